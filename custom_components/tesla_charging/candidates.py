"""Which entities there are: each may exist, and does as soon as it is granted and supported."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import Account, Site, TeslaConfigEntry
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .energy.settings import RULES
from .entity import AccountDescription, PersonDescription, SiteDescription, VehicleDescription, WallConnectorDescription
from .fleet.models.person import Person
from .fleet.scopes import Scope


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An entity that may exist: whether it is granted and supported, and how it is made."""

    unique_id: str
    granted: bool
    is_supported: Callable[[], bool]
    make: Callable[[], Entity]


def _car_supports(coordinator: VehicleCoordinator, description: VehicleDescription) -> bool:
    return description.supported_fn(coordinator.data)


def site_supports(site: Site, description: SiteDescription) -> bool:
    """Whether a site has what an entity is for; one that never answered has nothing."""
    return site.data.has_answered and description.supported_fn(site.data)


def _may_change(account: Account, site: Site, description: SiteDescription) -> bool:
    """Whether there is another entity that shows the same setting and changes it."""
    setting = description.shows
    return setting is not None and Scope.ENERGY_CMDS in account.scopes and RULES[setting].supported(site.data)


def _site_shows(account: Account, site: Site, description: SiteDescription) -> bool:
    return site_supports(site, description) and not _may_change(account, site, description)


def _connector_supports(site: Site, din: str, description: WallConnectorDescription) -> bool:
    return site.data.has_answered and description.supported_fn(site.data.wall_connector(din))


def account_candidates[D: AccountDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[TeslaConfigEntry, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each description."""
    for description in descriptions:
        yield Candidate(
            unique_id=f"{entry.runtime_data.account_id}-{description.key}",
            granted=entry.runtime_data.scopes >= description.scopes,
            is_supported=lambda: True,
            make=partial(of, entry, description),
        )


def person_candidates[D: PersonDescription](
    entry: TeslaConfigEntry,
    descriptions: Iterable[D],
    of: Callable[[TeslaConfigEntry, D], Entity],
    supported: Callable[[D, Person], bool] = lambda _, __: True,
) -> Iterator[Candidate]:
    """Return a candidate for each description; nothing is supported before it was asked who the person is."""
    account = entry.runtime_data

    def is_there(description: D) -> bool:
        person = account.person.data
        return person.asked_at is not None and supported(description, person)

    for description in descriptions:
        yield Candidate(
            unique_id=f"{account.account_id}-{description.key}",
            granted=account.scopes >= description.scopes,
            is_supported=partial(is_there, description),
            make=partial(of, entry, description),
        )


def vehicle_candidates[D: VehicleDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[VehicleCoordinator, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each car and description."""
    account = entry.runtime_data
    for vin, coordinator in account.vehicles.items():
        for description in descriptions:
            yield Candidate(
                unique_id=f"{vin}-{description.key}",
                granted=bool(account.scopes & description.scopes) and not account.scopes & description.unless,
                is_supported=partial(_car_supports, coordinator, description),
                make=partial(of, coordinator, description),
            )


def site_candidates[D: SiteDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[Site, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each energy site and description."""
    account = entry.runtime_data
    for site_id, site in account.sites.items():
        for description in descriptions:
            yield Candidate(
                unique_id=f"{site_id}-{description.key}",
                granted=account.scopes >= description.scopes and not _may_change(account, site, description),
                is_supported=partial(_site_shows, account, site, description),
                make=partial(of, site, description),
            )


def wall_connector_candidates[D: WallConnectorDescription](
    entry: TeslaConfigEntry, descriptions: Iterable[D], of: Callable[[Site, str, D], Entity]
) -> Iterator[Candidate]:
    """Return a candidate for each Wall Connector and description."""
    for site in entry.runtime_data.sites.values():
        for din in site.data.dins:
            for description in descriptions:
                yield Candidate(
                    unique_id=f"{din}-{description.key}",
                    granted=True,
                    is_supported=partial(_connector_supports, site, din, description),
                    make=partial(of, site, din, description),
                )


@callback
def async_follow_products(
    entry: TeslaConfigEntry,
    platform: str,
    async_add_entities: AddConfigEntryEntitiesCallback,
    candidates: Callable[[], Iterable[Candidate]],
) -> None:
    """Add the entities that exist now, and those that come to exist later; remove those that are not granted.

    Who may exist is thought over when the products change, whether it does each time that something was read.
    """
    account = entry.runtime_data
    registry = er.async_get(account.hass)
    added: set[str] = set()
    waiting: dict[str, Candidate] = {}
    shape: object = None

    @callback
    def take_shape() -> None:
        found = {candidate.unique_id: candidate for candidate in candidates()}
        added.intersection_update(found)
        waiting.clear()
        for unique_id, candidate in found.items():
            if candidate.granted:
                if unique_id not in added:
                    waiting[unique_id] = candidate
                continue
            added.discard(unique_id)
            if entity_id := registry.async_get_entity_id(platform, DOMAIN, unique_id):
                registry.async_remove(entity_id)

    @callback
    def look() -> None:
        nonlocal shape
        if shape != account.shape:
            shape = account.shape
            take_shape()
        if ready := [unique_id for unique_id, candidate in waiting.items() if candidate.is_supported()]:
            added.update(ready)
            async_add_entities([waiting.pop(unique_id).make() for unique_id in ready])

    look()
    entry.async_on_unload(account.async_follow(look))
