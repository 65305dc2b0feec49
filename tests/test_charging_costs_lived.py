"""A car charges at its Wall Connector, with sun, a Powerwall and a tariff: what it cost is what it truly did."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.charging.mix import Rule, share
from custom_components.tesla_charging.charging.session import Basis, Place, Reason, Source
from custom_components.tesla_charging.charging_costs import charging_costs_of
from custom_components.tesla_charging.charging_log import charging_log_of
from homeassistant.core import HomeAssistant
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Car, Site
from tesla_simulator.world.flows import Flows

from .conftest import SetUp
from .cost_help import passes, say, tariff_of, true_cost, used_then
from .helpers import LUNA, START, at_home, pass_time, tracebacks
from .history_help import caught_up, forbid_sums_of_today, history_of, imported

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("recorder_mock")]

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)


def record(monkeypatch: pytest.MonkeyPatch, site: Site) -> dict[int, float]:
    """Return a dict that fills with what cars truly take from the wall at a site, in Wh by five minutes."""
    car: dict[int, float] = {}
    step = site.lived.step

    def seen(start: float, seconds: float, flows: Flows, car_w: float, *, up: bool) -> None:
        slot = int(start - start % 300)
        if car_w:
            car[slot] = car.get(slot, 0.0) + car_w * seconds / 3600
        step(start, seconds, flows, car_w, up=up)

    monkeypatch.setattr(site.lived, "step", seen)
    return car


@pytest.mark.parametrize(
    ("hour", "sunny", "tolerance"),
    [(10, True, 0.03), (14, True, 0.03), (20, False, 0.01)],
    ids=["noon", "peak", "night"],
)
async def test_a_charge_at_the_wall_connector(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    luna: Car,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    hour: int,
    sunny: bool,
    tolerance: float,
) -> None:
    """Plugged in, charged with a pause, unplugged: by the tariff, by both rules, with what the site says of each five minutes."""
    site = person.sites[0]
    forbid_sums_of_today(hass, site)
    site.installed = NOON - timedelta(days=2)
    if not sunny:
        site.reserve = site.percentage = 100.0
    luna.unplug()
    luna.battery.energy_wh = 0.3 * luna.battery.capacity_wh
    freezer.move_to(NOON.replace(hour=hour))
    entry = await set_up()
    history, log = history_of(hass, entry, site), charging_log_of(hass, entry)
    await imported(hass, freezer, history)
    await pass_time(hass, freezer, 30, times=4)
    before = len(log.sessions(LUNA))

    car = record(monkeypatch, site)

    async def lives(minutes: int) -> None:
        await pass_time(hass, freezer, 60, times=minutes)

    luna.plug_in(at_home(sim))
    await lives(75)
    provisional = log.sessions(LUNA)[-1]
    assert provisional.open and provisional.cost is not None and provisional.cost.provisional
    assert provisional.place is Place.HOME and provisional.site_id == site.id
    luna.charger.stop_now(luna.now)
    await lives(15)
    luna.charger.start_now()
    await lives(50)
    luna.unplug()
    await pass_time(hass, freezer, 60, times=10)
    await passes(hass, freezer)
    closed = log.sessions(LUNA)[-1]
    assert not closed.open and closed.cost is not None
    await pass_time(hass, freezer, 300, times=18)
    await caught_up(hass, freezer, history)
    await passes(hass, freezer)

    assert len(log.sessions(LUNA)) == before + 1
    session = log.sessions(LUNA)[-1]
    true = luna.charger.sessions[-1]
    assert session.used.wh == pytest.approx(true.energy_used_wh, rel=0.02)
    assert session.cost is not None and session.mix is not None and session.mix.settled
    assert (session.cost.basis, session.cost.currency, session.cost.provisional) == (Basis.TARIFF, "EUR", False)
    solar = sum(share(Rule.HOUSE_FIRST, used_then(site, slot), wh).solar_wh for slot, wh in car.items())
    assert session.mix.solar_wh == pytest.approx(solar, rel=0.05, abs=50)
    assert (solar > 0.2 * session.used.wh) is sunny
    for rule in Rule:
        say(hass, entry, rule=rule.value)
        await passes(hass, freezer)
        cost = log.sessions(LUNA)[-1].cost
        assert cost is not None
        wanted = true_cost(site, car, tariff_of(site), rule)
        # How much energy it was is for the log to know, to 2 %; here it is what a kWh of it cost.
        known = session.used.wh / true.energy_used_wh
        assert float(cost.amount) == pytest.approx(known * wanted, rel=tolerance)
        assert sum(part for _, part in cost.hours) == cost.amount
    # The Wall Connector's own history comes later, and may know the energy better; then nothing changes any more.
    reasons: list[Reason] = []
    log.async_follow(LUNA, lambda: reasons.append(log.sessions(LUNA)[-1].reason))
    for again in (False, True):
        for _ in range(9):
            await pass_time(hass, freezer, 3 * 3600)
            await caught_up(hass, freezer, history)
        last = log.sessions(LUNA)[-1]
        assert last.used.source is Source.WALL_HISTORY
        assert last.used.wh == pytest.approx(true.energy_used_wh, rel=0.002)
        assert last.cost is not None
        assert float(last.cost.amount) == pytest.approx(
            true_cost(site, car, tariff_of(site), [*Rule][-1]), rel=tolerance
        )
        assert len(reasons) <= (0 if again else 2), reasons
        reasons.clear()
    assert await charging_costs_of(hass, entry).async_reprice() == 0
    assert tracebacks(caplog) == []
