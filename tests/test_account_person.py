"""The person of an account: profile, picture, orders, feature flags, home; nothing of it without the right to it."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging import image
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.components.image import async_get_image
from homeassistant.components.zone import DOMAIN as ZONE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, make_order

from .conftest import SetUp
from .helpers import START, asked, attribute, has_entity, pass_time, state_of

pytestmark = pytest.mark.freeze_time(START)

HOUR = 3600.0
NAME = "tesla_account_luna_juniper"
PICTURE = f"image.{NAME}_profile_picture"
ORDER = f"sensor.{NAME}_order"
WITHOUT = frozenset(Scope) - {Scope.USER_DATA}


@pytest.fixture
def pictured(person: Account) -> Account:
    """Give a person a picture."""
    person.profile_image_url = "{api}/pictures/alex.png"
    return person


async def act(hass: HomeAssistant, entry: MockConfigEntry, action: str, **data: Any) -> Any:
    """Take an action of the account, and return its answer."""
    data = {"config_entry_id": entry.entry_id, **data}
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)


async def test_nothing_without_the_right(
    hass: HomeAssistant, sim: Simulator, pictured: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without it nothing is asked and nothing is there, and an action says why."""
    pictured.orders.append(make_order(1))
    entry = await set_up(WITHOUT)
    await pass_time(hass, freezer, 13 * HOUR, times=4)
    assert asked(sim, "users/*") == []
    for platform, key in (("image", "profile_picture"), ("sensor", "full_name"), ("sensor", "order_status")):
        assert not has_entity(hass, platform, f"{entry.unique_id}-{key}")
    for action, data in (("get_account", {}), ("use_home_address", {"name": "Home"})):
        with pytest.raises(ServiceValidationError) as caught:
            await act(hass, entry, action, **data)
        assert caught.value.translation_key == "not_granted"
    assert asked(sim, "users/*") == []


async def test_asked_once_a_day(
    hass: HomeAssistant, sim: Simulator, pictured: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The three questions are put at first and then once a day; a restart is no reason to ask."""
    entry = await set_up()
    assert asked(sim, "users/*") == ["users/me", "users/orders", "users/feature_config"]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await pass_time(hass, freezer, 2 * HOUR, times=11)
    assert len(asked(sim, "users/*")) == 3
    since = state_of(hass, PICTURE)
    await pass_time(hass, freezer, 2 * HOUR, times=3)
    assert len(asked(sim, "users/*")) == 6
    assert state_of(hass, PICTURE) == since


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_name_and_orders(hass: HomeAssistant, sim: Simulator, person: Account, set_up: SetUp) -> None:
    """The name is there for who switches it on; an order tells how it stands."""
    person.orders += [make_order(1, model="m3", status="PREPARED"), make_order(2)]
    entry = await set_up()
    assert state_of(hass, f"sensor.{NAME}_name") == person.full_name
    assert state_of(hass, ORDER) == "PREPARED"
    assert [attribute(hass, ORDER, name) for name in ("substatus", "model", "orders")] == ["_Z", "m3", 2]
    person.orders.clear()
    assert await async_setup_component(hass, "homeassistant", {})
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": ORDER}, blocking=True)
    assert state_of(hass, ORDER) == "unknown"
    assert "RN0000" not in str(hass.states.async_all())
    assert entry.runtime_data.person.last_update_success


async def test_get_account(hass: HomeAssistant, person: Account, set_up: SetUp) -> None:
    """A person reads what Tesla has of them; the numbers of cars are left out."""
    person.orders.append(make_order(7, "5YJ3E7EB0SF000009"))
    entry = await set_up()
    answer = await act(hass, entry, "get_account")
    assert answer["profile"]["email"] == person.email
    assert answer["orders"][0]["referenceNumber"] == "RN00000007"
    assert (answer["region"], len(answer["scopes"])) == ("eu", len(Scope))
    assert "5YJ3E7EB0SF000009" not in str(answer)


@pytest.mark.parametrize("answer", ["missing_scopes", "internal"])
async def test_a_question_that_fails(
    hass: HomeAssistant, sim: Simulator, pictured: Account, set_up: SetUp, freezer: FrozenDateTimeFactory, answer: str
) -> None:
    """What is refused for good harms no other and is not asked again; what may pass is asked within an hour."""
    fault = sim.faults.add(Fault("users/orders", answer=answer))
    entry = await set_up()
    refused = answer == "missing_scopes"
    assert (hass.states.get(PICTURE) is not None) is refused
    await pass_time(hass, freezer, HOUR + 1)
    sim.faults.clear()
    count = fault.hits
    await pass_time(hass, freezer, HOUR, times=2)
    assert (hass.states.get(PICTURE)) is not None
    if refused:
        with pytest.raises(HomeAssistantError):
            await act(hass, entry, "get_account")
        assert fault.hits == count


# The picture


async def test_picture(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, pictured: Account, set_up: SetUp
) -> None:
    """It is fetched when somebody looks at it, without a token, once; and is not there for who has none."""
    await set_up()
    assert asked(sim, "picture") == []
    found = await async_get_image(hass, PICTURE)
    assert (found.content_type, found.content[:4]) == ("image/png", b"\x89PNG")
    assert (await async_get_image(hass, PICTURE)).content == found.content
    assert [one.client_id for one in sim.requests_for("picture")] == [None]
    client = await hass_client()
    answer = await client.get(f"/api/image_proxy/{PICTURE}")
    assert (answer.status, await answer.read()) == (200, found.content)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("picture", status=404, body="gone"),
        Fault("picture", body="no picture", content_type="text/html"),
        Fault("picture", reset=True),
        Fault("picture", status=200, body="x" * 300, content_type="image/png"),
    ],
    ids=["gone", "no picture", "no answer", "too large"],
)
async def test_a_picture_that_is_none(
    hass: HomeAssistant, sim: Simulator, pictured: Account, set_up: SetUp, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """What is no picture is not shown, and is looked for again the next time."""
    monkeypatch.setattr(image, "_MOST_BYTES", 200)
    await set_up()
    sim.faults.add(fault)
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, PICTURE)
    sim.faults.clear()
    assert (await async_get_image(hass, PICTURE)).content_type == "image/png"


async def test_another_picture(
    hass: HomeAssistant, sim: Simulator, pictured: Account, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Another address is another picture, and its time tells so; none at all leaves none."""
    await set_up()
    first = state_of(hass, PICTURE)
    await async_get_image(hass, PICTURE)
    pictured.profile_image_url = "{api}/pictures/other.png"
    await pass_time(hass, freezer, 9 * HOUR, times=3)
    assert state_of(hass, PICTURE) not in (first, "unknown")
    await async_get_image(hass, PICTURE)
    assert len(asked(sim, "picture")) == 2
    pictured.profile_image_url = ""
    await pass_time(hass, freezer, 9 * HOUR, times=3)
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, PICTURE)


# Home


@pytest.mark.parametrize("key", ["home_address", "address"])
async def test_home_address(hass: HomeAssistant, sim: Simulator, set_up: SetUp, key: str) -> None:
    """On a person's word a zone is made where Tesla says that they live, if it says so."""
    assert await async_setup_component(hass, ZONE, {})
    entry = await set_up()
    told = {"address": "1 Example Lane", "latitude": 52.1, "longitude": 13.2}
    sim.faults.add(Fault("users/me", put={f"response.{key}": told}))
    answer = await act(hass, entry, "use_home_address", name="Home by Tesla")
    assert answer == {"zone": "zone.home_by_tesla", "address": "1 Example Lane"}
    assert attribute(hass, "zone.home_by_tesla", "latitude") == 52.1


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (None, "home_address_unknown"),
        ({}, "home_address_unknown"),
        ("1 Example Lane", "home_address_without_place"),
        ({"latitude": 52.1}, "home_address_without_place"),
    ],
)
async def test_no_home_address(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, hass_storage: dict[str, Any], told: Any, sentence: str
) -> None:
    """Where Tesla does not tell it, a sentence says so, without the address; nothing is kept."""
    entry = await set_up()
    sim.faults.add(Fault("users/me", put={"response.home_address": told}))
    with pytest.raises(HomeAssistantError) as caught:
        await act(hass, entry, "use_home_address", name="Home")
    if sentence == "home_address_without_place" and told == {"latitude": 52.1}:
        sentence = "home_address_unknown"
    assert caught.value.translation_key == sentence
    assert "Example Lane" not in str(caught.value)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert "1 Example Lane" not in str(hass_storage)


# System health


async def test_system_health(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """The page tells of the region, the scopes, the token and the last answer, and nothing private."""
    assert await async_setup_component(hass, "system_health", {})
    entry = await set_up(frozenset(Scope), frozenset(Scope) - {Scope.VEHICLE_LOCATION})
    await pass_time(hass, freezer, 1800)
    told = await get_system_health_info(hass, DOMAIN)
    assert await told.pop("can_reach_server") == "ok"
    assert told == {
        "accounts": 1,
        "region": "eu",
        "scopes_asked": " ".join(entry.data["scopes"]),
        "scopes_granted": " ".join(one for one in entry.data["scopes"] if one != "vehicle_location"),
        "token_age": "30 minutes",
        "last_answer": "200, 0 seconds",
    }
    assert await hass.config_entries.async_unload(entry.entry_id)
    told = await get_system_health_info(hass, DOMAIN)
    assert await told.pop("can_reach_server") == "ok"
    assert (told["accounts"], told["region"], told["last_answer"]) == (0, "–", "–")
