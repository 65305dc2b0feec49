"""A simulated car that lives a life: what Tesla's API shows is what the life says."""

from datetime import UTC, datetime, timedelta

import pytest

from scripts.bench.life import Life
from scripts.bench.lives import TUNING_SEEDS, household
from scripts.bench.living import furnish
from scripts.bench.polling_metrics import awake_s
from scripts.bench.polling_tesla import truth_of
from tesla_simulator.world import Account, Car, Clock, World

START = datetime(2026, 7, 1, tzinfo=UTC)
AROUND_S = (2.0, 40.0, 400.0)  # before or after a change


def moments(life: Life) -> list[float]:
    """Return moments around all changes of a life."""
    changes = [
        at
        for row in (life.drives, life.plugs, life.charges, life.present, life.sentry, life.awake)
        for one in row
        for at in (one.begin, one.end)
    ]
    found = {at + sign * around for at in changes for around in AROUND_S for sign in (-1, 1)}
    return sorted(at for at in found if 0 < at < life.seconds)


def state_of(car: Car) -> str:
    """Return the car's state, which time changes."""
    return car.state


@pytest.mark.parametrize("profile", ["commuter", "solar", "sentry", "old", "trip"])
def test_truth(profile: str) -> None:
    """The list, `vehicle_data` and the site show the life, around every change of it."""
    (life,) = household(profile, TUNING_SEEDS[0], 17 if profile == "trip" else 7)
    home = furnish([life])
    world, (car,) = World(Clock(0, START)), home.cars
    account = Account(sub="1", email="a@example.com", full_name="A", password="p", cars=[car], sites=[home.site])
    world.accounts.append(account)
    world.update()
    acts, looks = list(home.acts), moments(life)
    seen = 0
    for at in sorted([*looks, *(act.at for act in acts)]):
        world.clock.advance((START + timedelta(seconds=at) - world.clock.now()).total_seconds())
        while acts and acts[0].at <= at:
            acts.pop(0).do()
        if at in looks:
            world.update()
            seen += _compare(life, at, car, home.site.live_status()["wall_connectors"][0])
    assert not acts and seen > 100
    world.clock.advance(life.seconds - (world.clock.now() - START).total_seconds())
    assert home.sleeps() == [pytest.approx(life.seconds - awake_s(life, []), abs=5)]


def _compare(life: Life, at: float, car: Car, connector: dict[str, object]) -> bool:
    truth = life.truth_at(at)
    awake = any(span.begin <= at < span.end for span in life.awake)
    assert state_of(car) == ("online" if awake else "asleep"), at
    at_home = (plug := life.plug_at(at)) is not None and plug.where == "home"
    assert connector.get("vin") == (car.vin if at_home else None)
    assert (connector["wall_connector_state"] in (1, 9)) is (at_home and truth.charging)
    shown = truth_of(car.vehicle_data(), at)
    for name in ("driving", "plugged", "charging", "dc", "user_present", "sentry"):
        assert getattr(shown, name) is getattr(truth, name), (name, at)
    charge = life.charge_at(at)
    if charge is not None and at - charge.begin > 10:  # it has begun in earnest
        assert shown.power_kw == pytest.approx(truth.power_kw, abs=0.6)
        assert shown.soc == pytest.approx(truth.soc, abs=1.1)
        assert shown.limit == charge.limit
        if charge.ends == "full" and not truth.dc:
            assert shown.seconds_to_full == pytest.approx((charge.end - at) * charge.guess, abs=150)
    if truth.scheduled_start is not None:
        assert shown.scheduled_start == START.timestamp() + truth.scheduled_start
    if not truth.driving:
        assert shown.at_home is truth.at_home
    return awake
