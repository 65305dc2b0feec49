"""The tariff of a site in Home Assistant: prices, calendars, and the action that writes it."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tesla_simulator import Simulator
from tesla_simulator.world import Account, Obedience, Site

from .conftest import SetUp, settle
from .helpers import SITE, START, asked, call, pass_time, state_of
from .planning import device_of

pytestmark = pytest.mark.freeze_time(START)

BUY = "sensor.powerwall_buy_price"
PRICES = "sensor.electricity_price"
FOLLOWS = "switch.powerwall_follow_price_entity"
NIGHT_AND_DAY: list[dict[str, Any]] = [
    {"from": "22:00", "to": "06:00", "price": 0.19},
    {"from": "06:00", "to": "22:00", "price": 0.34},
]


@pytest.fixture
def site(person: Account) -> Site:
    """Return the person's Powerwall."""
    return person.sites[0]


async def set_tariff(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Set the tariff with the action."""
    answer = await hass.services.async_call(
        DOMAIN, "set_tariff", {"device_id": device_of(hass, str(SITE)), **data}, blocking=True, return_response=True
    )
    assert isinstance(answer, dict)
    return answer


async def events(hass: HomeAssistant, entity_id: str, hours: float) -> list[str]:
    """Return the events of a calendar from now on."""
    now = datetime.now(UTC)
    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": entity_id, "start_date_time": now, "end_date_time": now + timedelta(hours=hours)},
        blocking=True,
        return_response=True,
    )
    found = answer[entity_id]["events"]
    return [f"{one['start'][8:16]} to {one['end'][8:16]} {one['summary']}" for one in found]


async def test_prices_and_calendars(
    hass: HomeAssistant,
    sim: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    entity_registry_enabled_by_default: None,
) -> None:
    """What holds now and what comes next, by the clock of the site, without a request."""
    await hass.config.async_update(time_zone="Europe/Berlin")
    await set_up()
    shown = {
        key: state_of(hass, f"sensor.powerwall_{key}")
        for key in (
            "buy_price", "next_buy_price", "buy_price_changes_at", "sell_price", "next_sell_price",
            "sell_price_changes_at",
        )
    }  # fmt: skip
    assert shown == {
        "buy_price": "0.31",
        "next_buy_price": "0.38",
        "buy_price_changes_at": "2026-06-10T15:00:00+00:00",
        "sell_price": "0.08",
        "next_sell_price": "unknown",
        "sell_price_changes_at": "unknown",
    }
    state = hass.states.get(BUY)
    assert state is not None
    assert state.attributes["unit_of_measurement"] == "EUR/kWh"
    assert state.attributes["label"] == "PARTIAL_PEAK"
    assert await events(hass, "calendar.powerwall_buy_tariff", 15) == [
        "10T06:00 to 10T17:00 Mid-peak: 0.31 EUR/kWh",
        "10T17:00 to 10T21:00 Peak: 0.38 EUR/kWh",
        "10T21:00 to 11T00:00 Mid-peak: 0.31 EUR/kWh",
        "11T00:00 to 11T06:00 Super off-peak: 0.19 EUR/kWh",
    ]
    assert await events(hass, "calendar.powerwall_sell_tariff", 20) == [
        "10T00:00 to 11T00:00 0.08 EUR/kWh",
        "11T00:00 to 12T00:00 0.08 EUR/kWh",
    ]
    calendar = hass.states.get("calendar.powerwall_buy_tariff")
    assert calendar is not None
    assert (calendar.state, calendar.attributes["message"]) == ("on", "Mid-peak: 0.31 EUR/kWh")
    before = len(asked(sim, "site_info"))
    await pass_time(hass, freezer, 3000)
    assert state_of(hass, BUY) == "0.31"
    await pass_time(hass, freezer, 15_001)
    assert state_of(hass, BUY) == "0.38"
    assert state_of(hass, "sensor.powerwall_next_buy_price") == "0.31"
    assert len(asked(sim, "site_info")) <= before + 2


async def test_set_periods(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """A tariff is written, shown and read back; the same again is not sent, and what is sold stays."""
    await hass.config.async_update(time_zone="Europe/Berlin")
    await set_up()
    sold = state_of(hass, "sensor.powerwall_sell_price")
    sim.clear_requests()
    answer = await set_tariff(hass, periods=NIGHT_AND_DAY, name="Night owl")
    assert answer["follow"] is False
    assert site.tariff == answer["tariff"]
    assert (site.tariff["name"], site.tariff["currency"]) == ("Night owl", "EUR")
    assert state_of(hass, BUY) == "0.34"
    assert state_of(hass, "sensor.powerwall_sell_price") == sold == "0.08"
    assert await events(hass, "calendar.powerwall_buy_tariff", 15) == [
        "10T06:00 to 10T22:00 Peak: 0.34 EUR/kWh",
        "10T22:00 to 11T06:00 Off-peak: 0.19 EUR/kWh",
    ]
    await pass_time(hass, freezer, 6)
    assert asked(sim) == ["time_of_use_settings", "site_info"]
    assert state_of(hass, "sensor.powerwall_settings") == "applied"
    state = hass.states.get("event.powerwall_settings")
    assert state is not None
    assert state.attributes["setting"] == "tariff"
    assert state.attributes["wanted"] == "Night owl"
    await set_tariff(hass, periods=NIGHT_AND_DAY, name="Night owl")
    assert len(asked(sim, "time_of_use_settings")) == 1
    weekend = [{"price": "0.3", "days": ["saturday", "sunday"]}]
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    await set_tariff(
        hass,
        periods=[*weekend, {"price": 0.2, "days": days, "to": "12:00"}, {"price": 0.4, "days": days, "from": "12:00", "to": "24:00"}],
        sell_periods=[{"price": 0.1}],
    )  # fmt: skip
    assert (state_of(hass, BUY), state_of(hass, "sensor.powerwall_sell_price")) == ("0.4", "0.1")


FATES = {
    "late": (Obedience("late", 600), "applied", 4),
    "dropped": (Obedience("dropped"), "rejected", 4),
    "201 without effect": (Obedience("ignored"), "rejected", 4),
}


@pytest.mark.parametrize(("how", "outcome", "looks"), FATES.values(), ids=FATES)
async def test_fates_of_a_tariff(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    how: Obedience,
    outcome: str,
    looks: int,
) -> None:
    """It is followed as every other setting."""
    await set_up()
    site.obedience["tou_settings"] = how
    sim.clear_requests()
    await set_tariff(hass, periods=NIGHT_AND_DAY)
    assert state_of(hass, BUY) == "0.34"
    for seconds in (6, 26, 92):
        await pass_time(hass, freezer, seconds)
    assert state_of(hass, BUY) == "0.31"
    await pass_time(hass, freezer, 1682)
    assert state_of(hass, BUY) == ("0.34" if outcome == "applied" else "0.31")
    assert state_of(hass, "sensor.powerwall_settings") == outcome
    assert len(asked(sim, "time_of_use_settings")) == 1
    assert len(asked(sim, "site_info")) == looks


@pytest.mark.parametrize("in_body", [False, True])
async def test_refused(hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, in_body: bool) -> None:
    """Tesla's no is an error, and the tariff stays."""
    await set_up()
    before = deepcopy(site.tariff)
    site.obedience["tou_settings"] = Obedience("refused", in_body=in_body)
    with pytest.raises(HomeAssistantError):
        await set_tariff(hass, periods=NIGHT_AND_DAY)
    assert site.tariff == before
    assert len(asked(sim, "time_of_use_settings")) == 1
    assert state_of(hass, BUY) == "0.31"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "either periods"),
        ({"periods": NIGHT_AND_DAY, "price_entity": PRICES}, "either periods"),
        ({"periods": NIGHT_AND_DAY, "follow": True}, "either periods"),
        ({"price_entity": PRICES, "sell_periods": NIGHT_AND_DAY}, "either periods"),
        ({"periods": NIGHT_AND_DAY[:1]}, "leave a gap on monday at 06:00"),
        ({"periods": [*NIGHT_AND_DAY, {"from": "12:00", "to": "13:00", "price": 1}]}, "overlap on monday at 12:00"),
        ({"periods": [{"price": -1}]}, "no prices below zero, and one is -1"),
        ({"periods": [{"price": 0.05}]}, "it would sell for 0.08 and buy for 0.05"),
        ({"periods": NIGHT_AND_DAY, "currency": "Euro"}, "EURO is not a currency"),
        ({"price_entity": PRICES}, f"{PRICES} has no list of prices"),
    ],
)
async def test_sentences(hass: HomeAssistant, sim: Simulator, set_up: SetUp, data: dict[str, Any], words: str) -> None:
    """What Tesla would refuse is said before anything is sent."""
    await set_up()
    with pytest.raises(ServiceValidationError, match=words):
        await set_tariff(hass, **data)
    assert asked(sim, "time_of_use_settings") == []


def prices(today: list[float], tomorrow: list[float] | None) -> dict[str, Any]:
    """Return the attributes of a price entity."""
    return {"today": today, "tomorrow": tomorrow, "unit_of_measurement": "ct/kWh"}


FEW = [30.0] * 6 + [20.0] * 12 + [45.0] * 6
MANY = [10.0 + count for count in range(24)]


async def test_price_entity(hass: HomeAssistant, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """The next 24 hours of an entity are written; what is sold is never dearer."""
    await set_up()
    hass.states.async_set(PRICES, "20", prices(FEW, [2.0] * 24))
    hass.states.async_set("sensor.feed_in", "0.07", {"prices_today": [0.07] * 24, "unit_of_measurement": "EUR/kWh"})
    await set_tariff(hass, price_entity=PRICES, sell_price_entity="sensor.feed_in")
    assert (state_of(hass, BUY), state_of(hass, "sensor.powerwall_sell_price")) == ("0.2", "0.07")
    assert site.tariff["name"] == "Home Assistant"
    await pass_time(hass, freezer, 86_400 - 4 * 3600)
    assert (state_of(hass, BUY), state_of(hass, "sensor.powerwall_sell_price")) == ("0.02", "0.02")


@pytest.mark.parametrize("documented_only", [False, True])
async def test_labels(
    hass: HomeAssistant,
    sim: Simulator,
    site: Site,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    documented_only: bool,
) -> None:
    """Many prices have labels as in real objects; where Tesla refuses them, four bands, and that is remembered."""
    site.documented_tariffs_only = documented_only
    await set_up()
    hass.states.async_set(PRICES, "20", prices(MANY, None))
    await set_tariff(hass, price_entity=PRICES)
    assert len(asked(sim, "time_of_use_settings")) == (2 if documented_only else 1)
    seasons: Any = site.tariff["seasons"]
    assert len(seasons["Summer"]["tou_periods"]) == (4 if documented_only else 24)
    assert state_of(hass, BUY) == ("0.245" if documented_only else "0.22")
    hass.states.async_set(PRICES, "20", prices([one + 1 for one in MANY], None))
    await pass_time(hass, freezer, 6)
    await set_tariff(hass, price_entity=PRICES)
    assert len(asked(sim, "time_of_use_settings")) == (3 if documented_only else 2)


async def test_follow(
    hass: HomeAssistant, sim: Simulator, site: Site, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """New prices are written when the next day's come, not more than twice a day, also after a restart."""
    await hass.config.async_update(time_zone="Europe/Berlin")
    entry = await set_up()
    hass.states.async_set(PRICES, "20", prices(FEW, None))
    answer = await set_tariff(hass, price_entity=PRICES, follow=True)
    assert answer["follow"] is True
    sim.clear_requests()

    async def tell(*values: Any) -> int:
        hass.states.async_set(PRICES, str(len(sim.requests)), prices(*values))
        await settle(hass)
        await pass_time(hass, freezer, 6)
        return len(asked(sim, "time_of_use_settings"))

    assert await tell(FEW, None) == 0
    assert await tell(FEW, MANY) == 1
    assert await tell(FEW, MANY) == 1
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.states.async_remove(PRICES)
    await pass_time(hass, freezer, 86_400)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert await tell(MANY, None) == 1
    assert await tell(MANY, FEW) == 2
    site.obedience["tou_settings"] = Obedience("refused")
    await pass_time(hass, freezer, 86_400)
    assert await tell(FEW, MANY) == 3
    site.obedience.clear()
    assert await tell(FEW, MANY) == 4
    assert await tell(FEW, [*MANY, *MANY]) == 4
    assert state_of(hass, FOLLOWS) == "on"
    await set_tariff(hass, periods=NIGHT_AND_DAY)
    assert state_of(hass, FOLLOWS) == "off"
    await pass_time(hass, freezer, 86_400)
    count = len(asked(sim, "time_of_use_settings"))
    assert await tell(MANY, FEW) == count


async def test_switch(hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory) -> None:
    """Following is stopped and begun again, once an entity was named."""
    await set_up()
    assert state_of(hass, FOLLOWS) == "off"
    with pytest.raises(ServiceValidationError, match="No price entity has been named"):
        await call(hass, "switch.turn_on", FOLLOWS)
    hass.states.async_set(PRICES, "20", prices(FEW, None))
    await set_tariff(hass, price_entity=PRICES, follow=True)
    state = hass.states.get(FOLLOWS)
    assert state is not None
    assert (state.state, state.attributes["price_entity"]) == ("on", PRICES)
    await call(hass, "switch.turn_off", FOLLOWS)
    assert state_of(hass, FOLLOWS) == "off"
    hass.states.async_set(PRICES, "21", prices(FEW, MANY))
    await settle(hass)
    assert len(asked(sim, "time_of_use_settings")) == 1
    await call(hass, "switch.turn_on", FOLLOWS)
    assert state_of(hass, FOLLOWS) == "on"
    assert len(asked(sim, "time_of_use_settings")) == 2


async def test_broken_tariff(hass: HomeAssistant, site: Site, set_up: SetUp) -> None:
    """A tariff that cannot be read shows no price, and can be replaced."""
    site.tariff = {"name": "x"}
    await set_up()
    assert hass.states.get(BUY) is None
    await set_tariff(hass, periods=NIGHT_AND_DAY, currency="aud")
    await settle(hass)
    assert state_of(hass, BUY) == "0.34"
    assert site.tariff["currency"] == "AUD"
