"""What Superchargers have billed, through Home Assistant: asked for in time, seldom, and kept to the cent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging.charging.session import Place, Reason
from custom_components.tesla_charging.fleet import client as client_module
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account
from tests.conftest import SetUp, settle
from tests.helpers import LUNA, START, tracebacks

from .help import DAY, HISTORY, HOUR, asked, bills_of, cost_of, later, log_of, now_of, receipt_of, stop, stopped, told

pytestmark = pytest.mark.freeze_time(START)


async def test_a_stop(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """An hour after its end it is asked for, once; place, cost and news come with it."""
    news = told(hass, entry)
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR - 60)
    assert asked(sim) == 0
    await later(hass, sim, freezer, 120)
    assert asked(sim) <= 2  # where nothing was ever billed, page 0 may have to be page 1
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    billed = log_of(hass, entry).session(LUNA, "stop")
    assert billed is not None
    assert (billed.place, billed.place_name, billed.reason) == (Place.SUPERCHARGER, receipt.site, Reason.INVOICE)
    assert [one.session.id for one in news] == ["stop"]
    count = asked(sim)
    await later(hass, sim, freezer, 10 * DAY)
    assert asked(sim) == count


@pytest.mark.parametrize(
    ("first", "before", "wrapper"),
    [(0, "same", "data"), (1, "same", "response"), (1, "empty", "data"), (1, "refuse", "response")],
)
async def test_late_bill(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    first: int,
    before: str,
    wrapper: str,
) -> None:
    """A bill that takes 23 hours is there after 25, whatever the page base and the wrapper, for few requests."""
    behaviour = sim.behaviour
    behaviour.charging_first_page, behaviour.charging_page_before_first = first, before  # type: ignore[assignment]
    behaviour.charging_wrapper = wrapper  # type: ignore[assignment]
    session = stopped(sim)
    assert session.unplugged_at is not None
    receipt = receipt_of(sim, session, 23 * HOUR)
    stop(hass, entry, session)
    await later(hass, sim, freezer, 2 * HOUR)
    assert cost_of(hass, entry) is None
    await later(hass, sim, freezer, 22.5 * HOUR)
    assert now_of(sim) < session.unplugged_at.timestamp() + 25 * HOUR
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    assert asked(sim) <= 4


async def test_never_billed(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A stop that Tesla does not bill is asked for on nine days, with ten requests at most."""
    stop(hass, entry, stopped(sim))
    await later(hass, sim, freezer, 12 * DAY, step=12 * HOUR)
    assert 9 <= asked(sim) <= 10
    assert cost_of(hass, entry) is None


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(
    "trouble",
    [
        Fault(answer="internal"),
        Fault(answer="unavailable_html"),
        Fault(answer="timeout"),
        Fault.rate_limited(30),
        Fault.rate_limited(),
        Fault(answer="missing_scopes"),
        Fault(answer="not_registered"),
        Fault(answer="not_supported"),
        Fault(answer="invalid_request"),
        Fault(status=302, body=""),
        Fault(answer="exceeded_limit"),
        Fault(answer="payment_required"),
        Fault(answer="html"),
        Fault(answer="truncated"),
        Fault(answer="list"),
        Fault(answer="null_response"),
        Fault(reset=True),
    ],
    ids=lambda fault: fault.answer or ("reset" if fault.reset else str(fault.status)),
)
async def test_trouble(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    trouble: Fault,
    first: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Trouble that lasts costs ten requests at most; when it ends in time, the cost is there, wherever pages begin."""
    sim.behaviour.charging_first_page = first  # type: ignore[assignment]
    monkeypatch.setattr(client_module, "_SECONDS_OTHERWISE", 0.05)
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    sim.faults.add(replace(trouble, endpoint=HISTORY))
    stop(hass, entry, session)
    await later(hass, sim, freezer, 4 * HOUR, step=HOUR)
    await later(hass, sim, freezer, 3 * DAY)
    assert 1 <= asked(sim) <= 7
    assert cost_of(hass, entry) is None
    sim.faults.clear()
    await entry.runtime_data.purse.async_probe_again()
    # Where a question was put twice, a look later on has gone without one.
    await later(hass, sim, freezer, 50 * HOUR, step=3 * HOUR)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    await later(hass, sim, freezer, 8 * DAY, step=2 * DAY)
    assert asked(sim) <= 10
    assert tracebacks(caplog) == []


@pytest.mark.parametrize(("before", "most"), [(8, 2), (9, 0)])
async def test_token_ends_late(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    before: int,
    most: int,
) -> None:
    """A token that Tesla refuses at the end, so that it is asked once more, does not make eleven requests of ten."""
    stop(hass, entry, stopped(sim))
    await later(hass, sim, freezer, 60)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"tesla_charging.{entry.entry_id}.bills"]["data"]["stops"] = {"stop": [1, before, 0, 0.0]}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    sim.faults.add(Fault(endpoint=HISTORY, answer="token_expired", times=1))
    await later(hass, sim, freezer, 9 * DAY, step=3 * HOUR)
    assert asked(sim) == most


async def test_short_trouble(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A look that failed is tried again within the hour."""
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    sim.faults.add(Fault(endpoint=HISTORY, answer="internal", times=1))
    stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR + 1800, step=1800)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_no_scope(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Without the permission nothing is asked for at all."""
    entry = await set_up(frozenset(Scope) - {Scope.VEHICLE_CHARGING_CMDS})
    receipt_of(sim, stopped(sim))
    stop(hass, entry, stopped(sim))
    await later(hass, sim, freezer, 6 * DAY, step=DAY)
    assert asked(sim) == 0
    assert not bills_of(hass, entry).granted


async def test_scope_that_comes_later(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, person: Account, freezer: FrozenDateTimeFactory
) -> None:
    """When the permission is taken back while it runs, bills are asked for no more; when it is given, they are."""
    app, rest = sim.apps[0], frozenset(Scope) - {Scope.VEHICLE_CHARGING_CMDS}
    sim.grants.set_consent(person, app, rest)
    await later(hass, sim, freezer, 7 * HOUR, step=HOUR)
    assert entry.runtime_data.scopes == rest
    session, known = stopped(sim), asked(sim)
    receipt = receipt_of(sim, session)
    stop(hass, entry, session)
    await later(hass, sim, freezer, 4 * HOUR, step=HOUR)
    assert asked(sim) == known
    sim.grants.set_consent(person, app, frozenset(Scope))
    await later(hass, sim, freezer, 8 * HOUR, step=HOUR)
    assert entry.runtime_data.scopes == frozenset(Scope)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_no_money(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Without money nothing leaves; when there is some again, it is asked for."""
    purse = entry.runtime_data.purse
    await purse.async_set(budget=Decimal(0))
    session = stopped(sim)
    receipt = receipt_of(sim, session)
    stop(hass, entry, session)
    await later(hass, sim, freezer, 4 * HOUR, step=HOUR)
    assert asked(sim) == 0
    await purse.async_set(budget=Decimal(10))
    await later(hass, sim, freezer, HOUR)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_restarts(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Restarts neither forget a stop nor ask more often than ten times, nor import once more."""
    session = stopped(sim)
    receipt = receipt_of(sim, session, 2.5 * DAY)
    stop(hass, entry, session)
    for _ in range(4):
        await later(hass, sim, freezer, 2 * HOUR)
        assert await hass.config_entries.async_unload(entry.entry_id)
        freezer.tick(18 * HOUR)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
    await later(hass, sim, freezer, 2 * HOUR)
    assert asked(sim) <= 6
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)


async def test_paid_later_and_corrected(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """What is not paid yet is provisional and asked for again; what is put right meanwhile is right, and is news."""
    news = told(hass, entry)
    session = stopped(sim)
    receipt = receipt_of(sim, session, paid_at=now_of(sim) + 3 * DAY)
    if not receipt.net_due(0):
        receipt.correct(0, Decimal(5))
    stop(hass, entry, session)
    await later(hass, sim, freezer, HOUR + 10)
    known = log_of(hass, entry).session(LUNA, "stop")
    assert known is not None
    assert known.cost is not None
    assert known.cost.provisional
    receipt.correct(now_of(sim), Decimal("1.01"))
    await later(hass, sim, freezer, 5 * DAY, step=12 * HOUR)
    assert cost_of(hass, entry) == (receipt.net_due(now_of(sim)), receipt.fees[0].currency)
    known = log_of(hass, entry).session(LUNA, "stop")
    assert known is not None
    assert known.cost is not None
    assert not known.cost.provisional
    assert len(news) == 2
    assert asked(sim) <= 6
