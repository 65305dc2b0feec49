"""The actions that ask Tesla what is asked seldom, and those that let people into a car or out of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import voluptuous as vol

from homeassistant.components.zone import DOMAIN as ZONE_DOMAIN
from homeassistant.const import (
    ATTR_CODE,
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DEVICE_ID,
    ATTR_LATITUDE,
    ATTR_LONGITUDE,
    ATTR_NAME,
    UnitOfLength,
)
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util.unit_conversion import DistanceConverter

from .account import Account, TeslaConfigEntry
from .budget.asking import by_person
from .commands import async_check_granted, failed
from .const import DOMAIN
from .coordinators import CarFileCoordinator
from .device_targets import car_of
from .errors import translated
from .fleet.errors import FleetError
from .fleet.models.person import home_of
from .fleet.scopes import Scope, ordered
from .fleet.seldom import (
    CREATE_INVITATION,
    QUESTIONS,
    REDEEM_INVITATION,
    REMOVE_DRIVER,
    REVOKE_INVITATION,
    Topic,
    ask,
    items,
)
from .seldom_asking import async_asked, async_written

_CONFIRM: Final = "confirm"
_COUNT: Final = "count"
_INVITATION: Final = "invitation_id"
_RADIUS: Final = "radius"
_STAGED: Final = "staged"
_TOPICS: Final = "topics"
_USER: Final = "share_user_id"

# What `get_car_information` asks about, by the words of the action.
_INFORMATION: Final[Mapping[str, Topic]] = {
    "alerts": Topic.ALERTS,
    "mobile_access": Topic.MOBILE_ACCESS,
    "options": Topic.OPTIONS,
    "service": Topic.SERVICE,
    "subscriptions": Topic.SUBSCRIPTIONS,
    "upgrades": Topic.UPGRADES,
    "warranty": Topic.WARRANTY,
}
# Who reads an answer knows the car; and keys and links that open it are for nobody else.
_LEFT_OUT: Final = frozenset({"active_pubkeys", "public_key", "share_link", "vault_uuid", "vin"})
_SECRET: Final = _LEFT_OUT | {ATTR_CODE, "product_id"}
_LINK: Final = ("share_link", "id", "expires_at")

type _Action = Callable[[CarFileCoordinator, Mapping[str, Any]], Awaitable[ServiceResponse]]
type _AccountAction = Callable[[Account, Mapping[str, Any]], Awaitable[ServiceResponse]]


@dataclass(frozen=True, kw_only=True)
class CarAction:
    """An action of a car; without any of the scopes it says so. writes: whether it changes something at Tesla."""

    name: str
    action: _Action
    scopes: frozenset[Scope]
    fields: Mapping[Any, Any] = field(default_factory=dict)
    writes: bool = False


@dataclass(frozen=True, kw_only=True)
class AccountAction:
    """An action of an account; without any of the scopes it says so."""

    name: str
    action: _AccountAction
    scopes: frozenset[Scope]
    fields: Mapping[Any, Any] = field(default_factory=dict)


async def _nearby(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    answer = await async_asked(file, Topic.NEARBY, count=data.get(_COUNT), radius=data.get(_RADIUS))
    located = Scope.VEHICLE_LOCATION in file.context.scopes
    return {
        kind: [_site(site, located=located) for site in items(answer, kind)]
        for kind in ("superchargers", "destination_charging")
    }


def _site(site: Mapping[str, Any], *, located: bool) -> Any:
    """Return a site; where it is tells where the car is, which is for who may know that."""
    told = {key: value for key, value in site.items() if key != "location"}
    miles = site.get("distance_miles")
    if isinstance(miles, int | float):
        told["distance_km"] = round(DistanceConverter.convert(miles, UnitOfLength.MILES, UnitOfLength.KILOMETERS), 1)
    place = site.get("location")
    if located and isinstance(place, dict):
        told |= {ATTR_LATITUDE: place.get("lat"), ATTR_LONGITUDE: place.get("long")}
    return told


async def _release_notes(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    answer = await async_asked(file, Topic.RELEASE_NOTES, staged=data.get(_STAGED))
    return _object(answer)


async def _information(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    """Return what Tesla tells of each topic, or why it does not: one that is refused harms no other."""
    told: dict[str, Any] = {}
    for name in data.get(_TOPICS) or _INFORMATION:
        topic = _INFORMATION[name]
        try:
            await async_check_granted(file.hass, file.context.scopes, QUESTIONS[topic].scopes)
            told[name] = {"answer": _clean(await async_asked(file, topic))}
        except HomeAssistantError as err:
            told[name] = {"error": str(err)}
    return told


async def _drivers(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    return {"drivers": [_clean(one) for one in items(await async_asked(file, Topic.DRIVERS))]}


async def _remove_driver(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    _confirmed(data, "confirm_remove_driver")
    await async_written(file, REMOVE_DRIVER, params={_USER: data[_USER]})
    return None


async def _invitations(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    return {"invitations": [_clean(one, _SECRET) for one in items(await async_asked(file, Topic.INVITATIONS))]}


async def _create_invitation(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    _confirmed(data, "confirm_create_invitation")
    answer = _object(await async_written(file, CREATE_INVITATION), left_out=frozenset())
    return {key: answer.get(key) for key in _LINK}


async def _revoke_invitation(file: CarFileCoordinator, data: Mapping[str, Any]) -> ServiceResponse:
    _confirmed(data, "confirm_revoke_invitation")
    await async_written(file, REVOKE_INVITATION, id=data[_INVITATION])
    return None


def _confirmed(data: Mapping[str, Any], sentence: str) -> None:
    """Say what is lost to who has not said that it may be."""
    if not data.get(_CONFIRM):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=sentence)


def _clean(told: Any, left_out: frozenset[str] = _LEFT_OUT) -> Any:
    """Return what was told without what is nobody's business."""
    if isinstance(told, dict):
        return {key: _clean(value, left_out) for key, value in told.items() if key not in left_out}
    return [_clean(one, left_out) for one in told] if isinstance(told, list) else told


def _object(answer: object, left_out: frozenset[str] = _LEFT_OUT) -> dict[str, Any]:
    return _clean(answer, left_out) if isinstance(answer, dict) else {}


# An account


async def _account(account: Account, data: Mapping[str, Any]) -> ServiceResponse:
    profile = await _of_person(account, Topic.PROFILE)
    orders = await _of_person(account, Topic.ORDERS)
    scopes: list[Any] = ordered(account.scopes)
    return {
        "profile": _object(profile),
        "orders": [_clean(one) for one in items(orders)],
        "region": account.client.region.id,
        "scopes": scopes,
    }


async def _home(account: Account, data: Mapping[str, Any]) -> ServiceResponse:
    """Make a zone where the person lives: nothing of it was asked for before, and nothing is kept elsewhere."""
    home = home_of(await _of_person(account, Topic.PROFILE))
    if home.latitude is None or home.longitude is None:
        key = "home_address_unknown" if home.address is None else "home_address_without_place"
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=key)
    zone = {ATTR_NAME: data[ATTR_NAME], ATTR_LATITUDE: home.latitude, ATTR_LONGITUDE: home.longitude}
    # Home Assistant 2026.10 keeps the collection itself there, 2026.11 has it beside others.
    kept = account.hass.data[ZONE_DOMAIN]
    made = await getattr(kept, "storage_collection", kept).async_create_item(zone)
    return {"zone": f"zone.{made['id']}", "address": home.address}


async def _redeem(account: Account, data: Mapping[str, Any]) -> ServiceResponse:
    try:
        with by_person():
            await ask(account.client, REDEEM_INVITATION, body={ATTR_CODE: data[ATTR_CODE]})
            await account.products.async_refresh()
    except FleetError as err:
        raise translated(err) from None
    return None


async def _of_person(account: Account, topic: Topic) -> Any:
    try:
        with by_person():
            return await account.person.async_ask(topic)
    except FleetError as err:
        raise failed(account.person, err) from None


_DATA: Final = frozenset({Scope.VEHICLE_DEVICE_DATA})
_COMMANDS: Final = frozenset({Scope.VEHICLE_CMDS})
_PERSON: Final = frozenset({Scope.USER_DATA})
_SURE: Final[dict[Any, Any]] = {vol.Optional(_CONFIRM): cv.boolean}
_NUMBER: Final = vol.All(vol.Coerce(int), vol.Range(min=1))

CAR_ACTIONS: Final = (
    CarAction(
        name="get_nearby_charging_sites",
        action=_nearby,
        scopes=_DATA,
        fields={vol.Optional(_COUNT): _NUMBER, vol.Optional(_RADIUS): _NUMBER},
    ),
    CarAction(
        name="get_release_notes", action=_release_notes, scopes=_DATA, fields={vol.Optional(_STAGED): cv.boolean}
    ),
    CarAction(
        name="get_car_information",
        action=_information,
        scopes=_DATA,
        fields={vol.Optional(_TOPICS): vol.All(cv.ensure_list, [vol.In([*_INFORMATION])])},
    ),
    CarAction(name="list_drivers", action=_drivers, scopes=_DATA),
    CarAction(
        name="remove_driver",
        action=_remove_driver,
        scopes=_COMMANDS,
        fields={vol.Required(_USER): cv.string, **_SURE},
        writes=True,
    ),
    CarAction(name="list_invitations", action=_invitations, scopes=_COMMANDS),
    CarAction(name="create_invitation", action=_create_invitation, scopes=_COMMANDS, fields=_SURE),
    CarAction(
        name="revoke_invitation",
        action=_revoke_invitation,
        scopes=_COMMANDS,
        fields={vol.Required(_INVITATION): cv.matches_regex(r"^\w+$"), **_SURE},
        writes=True,
    ),
)
ACCOUNT_ACTIONS: Final = (
    AccountAction(name="get_account", action=_account, scopes=_PERSON),
    AccountAction(name="use_home_address", action=_home, scopes=_PERSON, fields={vol.Required(ATTR_NAME): cv.string}),
    AccountAction(
        name="redeem_invitation", action=_redeem, scopes=_COMMANDS, fields={vol.Required(ATTR_CODE): cv.string}
    ),
)


@callback
def async_setup_seldom_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    for one in CAR_ACTIONS:
        _register_for_car(hass, one)
    for other in ACCOUNT_ACTIONS:
        _register_for_account(hass, other)


def _register_for_car(hass: HomeAssistant, one: CarAction) -> None:
    async def handle(call: ServiceCall) -> ServiceResponse:
        car = car_of(call)[1]
        await async_check_granted(hass, car.context.scopes, one.scopes)
        account: Account = car.context.entry.runtime_data
        return await one.action(account.files[car.vin], call.data)

    answers = SupportsResponse.NONE if one.writes else SupportsResponse.ONLY
    schema = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string, **one.fields})
    hass.services.async_register(DOMAIN, one.name, handle, schema=schema, supports_response=answers)


def _register_for_account(hass: HomeAssistant, one: AccountAction) -> None:
    async def handle(call: ServiceCall) -> ServiceResponse:
        entry: TeslaConfigEntry = service.async_get_config_entry(hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID])
        await async_check_granted(hass, entry.runtime_data.scopes, one.scopes)
        return await one.action(entry.runtime_data, call.data)

    schema = vol.Schema({vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string, **one.fields})
    hass.services.async_register(DOMAIN, one.name, handle, schema=schema, supports_response=SupportsResponse.OPTIONAL)
