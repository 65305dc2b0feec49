"""Any rights at all: what they open is there and nothing else, Tesla refuses nothing, and what stays does not blink."""

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tesla_charging import account, history_entities, schedule_entities
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.entity import (
    PersonDescription,
    SiteDescription,
    VehicleDescription,
    WallConnectorDescription,
)
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import EntityDescription
from scripts import scope_table
from tesla_simulator import App, Simulator
from tesla_simulator.world import Account

from .conftest import SetUp
from .helpers import START, pass_time
from .setting_up import later

pytestmark = [pytest.mark.freeze_time(START), pytest.mark.usefixtures("entity_registry_enabled_by_default")]

HOUR = 3600.0
CHOICES = [scope for scope in Scope if scope not in SIGN_IN]
# They are there only with a recorder, and for each schedule of a car.
ELSEWHERE = {
    *(one.key for one in (history_entities.IMPORT, history_entities.PROGRESS, history_entities.OUTAGES)),
    *(one.key for one in schedule_entities.SCHEDULE_SWITCHES),
}
OWNERS = (VehicleDescription, SiteDescription, WallConnectorDescription)


def covering(size: int, strength: int) -> list[tuple[bool, ...]]:
    """Return rows in which any `strength` of so many columns have every combination of values, found greedily."""
    wanted = {
        (columns, values)
        for columns in combinations(range(size), strength)
        for values in product((False, True), repeat=strength)
    }
    rows: list[tuple[bool, ...]] = []
    while wanted:
        best = max(product((False, True), repeat=size), key=lambda row: sum(_has(row, one) for one in wanted))
        wanted = {one for one in wanted if not _has(best, one)}
        rows.append(best)
    return rows


def _has(row: tuple[bool, ...], one: tuple[tuple[int, ...], tuple[bool, ...]]) -> bool:
    return all(row[column] is value for column, value in zip(*one, strict=True))


SUBSETS = [frozenset(scope for scope, on in zip(CHOICES, row, strict=True) if on) for row in covering(len(CHOICES), 3)]


def test_all_combinations_of_three_are_there() -> None:
    """Any three rights are granted and not granted in every way beside others; and there are fewer rows than subsets."""
    assert len(SUBSETS) < 30
    for three in combinations(CHOICES, 3):
        assert {tuple(scope in granted for scope in three) for granted in SUBSETS} == {
            *product((False, True), repeat=3)
        }


def expected(entry: MockConfigEntry, granted: frozenset[str]) -> set[str]:
    """Return what should be there by the tables and by what is known of the products."""
    return {one for _, one, _ in _expected(entry, granted)}


def _expected(entry: MockConfigEntry, granted: frozenset[str]) -> Iterator[tuple[str, str, EntityDescription]]:
    found: account.Account = entry.runtime_data
    for platform, one in scope_table.descriptions():
        if one.key in ELSEWHERE or not scope_table.is_granted(one, granted):
            continue
        for owner in _owners(found, one):
            yield platform, f"{platform} {owner}-{one.key}", one


def _owners(found: account.Account, one: EntityDescription) -> Iterable[object]:
    if isinstance(one, VehicleDescription):
        return [vin for vin, car in found.vehicles.items() if one.supported_fn(car.data)]
    if isinstance(one, SiteDescription):
        return [key for key, site in found.sites.items() if site.data.has_answered and one.supported_fn(site.data)]
    if isinstance(one, WallConnectorDescription):
        return [
            din
            for site in found.sites.values()
            for din in site.data.dins
            if one.supported_fn(site.data.wall_connector(din))
        ]
    supported: Any = getattr(one, "supported_fn", lambda _: True)
    return [found.account_id] if not isinstance(one, PersonDescription) or supported(found.person.data) else []


def there(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return what is there, in the registry and as a state."""
    registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert all(hass.states.get(one.entity_id) for one in registered)
    named = {f"{one.domain} {one.unique_id}" for one in registered}
    return {one for one in named if one.rpartition("-")[2] not in ELSEWHERE}


@pytest.fixture(autouse=True)
def somebody(sim: Simulator, person: Account) -> None:
    """Let there be something to show of everything, and a car that takes unsigned commands."""
    sim.world.car_named("Juniper").command_signing = "off"
    person.profile_image_url = f"{sim.url('eu')}/picture.png"
    person.orders.append({"orderStatus": "BOOKED", "modelCode": "my"})


@pytest.mark.parametrize("granted", SUBSETS, ids=lambda granted: "+".join(sorted(granted)) or "nothing")
async def test_what_is_granted_is_there_and_nothing_is_refused(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory, granted: frozenset[str]
) -> None:
    """For more than a day Tesla refuses nothing, and what is there is what the tables say."""
    scopes = SIGN_IN | granted
    entry = await set_up(scopes)
    await pass_time(hass, freezer, 61, times=2)
    await pass_time(hass, freezer, 1.5 * HOUR, times=2)
    await pass_time(hass, freezer, 11 * HOUR, times=2)
    assert [(one.endpoint, one.status) for one in sim.requests if one.status == 403] == []
    assert there(hass, entry) == expected(entry, scopes)
    assert bool(entry.runtime_data.vehicles) is (Scope.VEHICLE_DEVICE_DATA in granted)
    assert bool(entry.runtime_data.sites) is (Scope.ENERGY_DEVICE_DATA in granted)


def ids(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the ids of the entities, by platform and unique id."""
    registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {f"{one.domain} {one.unique_id}": f"{one.id} {one.entity_id}" for one in registered}


@pytest.mark.parametrize("taken", CHOICES)
async def test_a_right_that_is_taken_back_and_given_again(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    app: App,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    taken: Scope,
) -> None:
    """Its entities go, the others never blink; given again, they are the same ones."""
    entry = await set_up()
    before, every, rest = ids(hass, entry), frozenset(Scope), frozenset(Scope) - {taken}
    assert there(hass, entry) == expected(entry, every)
    blinked: list[str] = []
    gone: set[str] = set()

    @callback
    def watch(event: Event[EventStateChangedData]) -> None:
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        if state is None:
            gone.add(entity_id)
        elif state.state == STATE_UNAVAILABLE:
            blinked.append(entity_id)

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, watch)
    sim.grants.set_consent(person, app, rest)
    await later(hass, freezer, 6.5 * HOUR)
    stop()
    assert there(hass, entry) == expected(entry, rest)
    after = ids(hass, entry)
    # What shows now what could be changed before is new.
    left = {entity_id.split()[1] for key, entity_id in after.items() if key in before}
    assert not gone & left
    assert not set(blinked) & left
    assert {key: value for key, value in after.items() if before.get(key, value) != value} == {}

    sim.requests.clear()
    await pass_time(hass, freezer, 61, times=2)
    assert [one.endpoint for one in sim.requests if one.status == 403] == []

    sim.grants.set_consent(person, app, every)
    await later(hass, freezer, 6.5 * HOUR)
    await pass_time(hass, freezer, 61, times=2)
    # What depends on the hardware comes with the first read.
    sim.world.car_named("Luna").wake()
    await pass_time(hass, freezer, 61, times=2)
    assert ids(hass, entry) == before
    assert there(hass, entry) == expected(entry, every)
    assert DOMAIN in hass.config.components
