"""What one entry owns at run time: the client, the tokens, and a coordinator for each of the account's products."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .budget_feed import BudgetFeed
from .const import DOMAIN
from .coordinators import (
    CarFileCoordinator,
    PersonCoordinator,
    ProductsCoordinator,
    SiteInfoCoordinator,
    SiteLiveCoordinator,
    SiteSnapshot,
    SiteTodayCoordinator,
    VehicleCoordinator,
)
from .coordinators.base import Context, TeslaCoordinator
from .devices import account_device, part_names, site_device, site_part_devices, vehicle_device
from .fleet.client import FleetClient
from .fleet.models import EnergySite
from .fleet.models.access import key_state, key_view
from .fleet.models.vehicle import KeyState
from .fleet.scopes import Scope
from .hints import Hints
from .purse import Purse
from .reading_options import hint_entities, wishes_of
from .registrar import Registrar
from .strategies import StrategyKeeper
from .tariffs import TariffKeeper
from .token_keeper import TokenKeeper

# So long the product list may take before a car is looked at by itself.
_LIST_SECONDS: Final = 30.0

type TeslaConfigEntry = ConfigEntry[Account]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The coordinators of an energy site, and the snapshot that they share."""

    snapshot: SiteSnapshot
    live: SiteLiveCoordinator
    info: SiteInfoCoordinator
    strategy: StrategyKeeper
    tariff: TariffKeeper
    today: SiteTodayCoordinator

    @callback
    def stop(self) -> None:
        """End what runs by itself."""
        self.strategy.stop()
        self.tariff.stop()

    @property
    def data(self) -> EnergySite:
        """The snapshot as it is now."""
        return self.snapshot.current

    @property
    def coordinators(self) -> tuple[TeslaCoordinator[EnergySite], ...]:
        """All of them."""
        return self.live, self.info, self.today


class Account:
    """The account of an entry."""

    def __init__(self, context: Context, tokens: TokenKeeper, registrar: Registrar) -> None:
        """Make it; `async_start` brings it to life."""
        self._context = context
        self._described: object = None
        self._followers: list[Callable[[], None]] = []
        self._forget_what_is_not_granted()
        self._registrar = registrar
        self.registered_key: str | None = None
        self._was_closed = context.purse.closed
        self.tokens = tokens
        self.products = ProductsCoordinator(context)
        self.person = PersonCoordinator(context)
        self.vehicles: dict[str, VehicleCoordinator] = {}
        self.files: dict[str, CarFileCoordinator] = {}
        self.sites: dict[int, Site] = {}
        self.budget = BudgetFeed(context.hass, context.purse)
        self.hints = Hints(context.hass, self.vehicles, partial(hint_entities, context.entry))

    @property
    def hass(self) -> HomeAssistant:
        """Home Assistant."""
        return self._context.hass

    @property
    def client(self) -> FleetClient:
        """The client of the account."""
        return self._context.client

    @property
    def purse(self) -> Purse:
        """What pays for the requests of the account."""
        return self._context.purse

    @property
    def account_id(self) -> str:
        """What names the account here."""
        return self._context.entry.unique_id or self._context.entry.entry_id

    @property
    def device(self) -> dr.DeviceInfo:
        """The device that stands for the account itself."""
        return account_device(self.account_id, self._context.entry.title, self.purse.client_id)

    def price_of_freshness(self) -> float:
        """Return what freshness may cost now, in seconds; infinite where there is no money for a read."""
        return self._context.pacer.k()

    @property
    def scopes(self) -> frozenset[str]:
        """What was asked for and is granted: all there is."""
        return self._context.scopes

    @callback
    def async_apply_options(self) -> None:
        """Follow what a person has said about the reads of the cars."""
        for vin, car in self.vehicles.items():
            car.planner.wishes = wishes_of(self._context.entry, vin)
            car.planner.follow()
            car.async_update_listeners()
        self.hints.async_follow()

    @callback
    def async_apply_scopes(self, scopes: frozenset[str]) -> None:
        """Follow what is granted now: what is not takes its entities along, and the rest goes on as it was."""
        self._context.scopes = scopes
        self._context.too_narrow_for.clear()
        self._forget_what_is_not_granted()
        self.products.async_follow_scopes()
        for car in self.vehicles.values():
            car.async_follow_scopes()
        self.person.async_follow_scopes()
        self._sync()
        self._refresh(self.products)

    async def async_start(self) -> None:
        """Show what is known, and read the rest; only an account that was never read has to be waited for."""
        known = self._context.snapshots
        if known.vehicles or known.sites:
            self._refresh(self.products)
        else:
            await self.products.async_config_entry_first_refresh()
        self._sync()
        self.budget.async_start()
        self._watch(self.person)
        self.person.async_start()
        self._context.entry.async_on_unload(self.products.async_add_listener(self._sync))
        self._context.entry.async_on_unload(self.purse.async_listen(self._read_when_reopened))

    @callback
    def _read_when_reopened(self) -> None:
        """Read everything, when Tesla has had the app switched off and answers again."""
        was_closed, self._was_closed = self._was_closed, self.purse.closed
        if was_closed and not self._was_closed:
            sites = [part for site in self.sites.values() for part in site.coordinators]
            read: list[TeslaCoordinator[Any]] = [self.products, *self.vehicles.values(), *sites]
            for coordinator in read:
                self._refresh(coordinator)

    @property
    def shape(self) -> object:
        """What the account consists of and what is granted: other products and other rights are another shape."""
        sites = tuple((site_id, site.data.exists, site.data.dins) for site_id, site in self.sites.items())
        return tuple(self.vehicles), sites, self.scopes

    @callback
    def async_follow(self, follower: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back whenever there may be something new to show."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower)

    async def async_check_keys(self) -> None:
        """Ask Tesla which cars hold the app's key, and which key that is; wakes nothing. Raises FleetError."""
        cars = dict(self.vehicles)
        if not cars:
            return
        status = await self.client.fleet_status(list(cars))
        views = {vin: key_view(car.data, status) for vin, car in cars.items()}
        if any(view.signs for view in views.values()):
            self.registered_key = await self._registrar.async_registered_key(self.client.region)
        for vin, view in views.items():
            state = key_state(cars[vin].data, view, self.registered_key)
            if state is KeyState.MISSING:
                # Tesla knows that it is not there: its next word that it is counts again.
                cars[vin].learn(key_state=state, key_refused=None)
            elif state is not None:
                cars[vin].learn(key_state=state)

    def forget_refusals(self) -> None:
        """Let what the cars have said of the key count no more, because a person has just paired it."""
        for car in self.vehicles.values():
            car.learn(key_refused=None)

    async def async_stop(self) -> None:
        """Stop reading."""
        for site in self.sites.values():
            site.stop()
        self.budget.async_stop()
        self.hints.async_stop()
        self._context.pacer.stop()
        # Together: what is on its way is given some time.
        await asyncio.gather(*(coordinator.async_shutdown() for coordinator in self._coordinators()))
        await self._context.snapshots.async_flush()

    def _coordinators(self) -> list[TeslaCoordinator[Any]]:
        sites = [part for site in self.sites.values() for part in site.coordinators]
        return [self.products, self.person, *self.vehicles.values(), *self.files.values(), *sites]

    def _forget_what_is_not_granted(self) -> None:
        if Scope.VEHICLE_LOCATION not in self.scopes:
            cars = self._context.snapshots.vehicles
            cars.update({vin: car.without_location() for vin, car in cars.items()})
        if Scope.VEHICLE_DEVICE_DATA not in self.scopes:
            self._context.snapshots.vehicles.clear()
            self._context.snapshots.files.clear()
        if Scope.ENERGY_DEVICE_DATA not in self.scopes:
            self._context.snapshots.sites.clear()
            self._context.snapshots.notes.clear()

    @callback
    def _sync(self) -> None:
        """Follow the product list: make what is new, drop what has gone, and tell the cars whether they are awake."""
        products, told = self.products.data, self.products.last_update_success
        before = {*self.vehicles, *self.sites}
        for vin, item in products.vehicles.items():
            if vin in self.vehicles:
                if item and told:
                    self.vehicles[vin].take_item(item)
            else:
                car = self.vehicles[vin] = VehicleCoordinator(self._context, vin, item)
                car.planner.wishes = wishes_of(self._context.entry, vin)
                self._watch(car)
                self.files[vin] = CarFileCoordinator(self._context, car)
                if not item:
                    # The product list, which is on its way, tells whether it is awake.
                    car.planner.wait(_LIST_SECONDS)
                car.planner.follow()
        for site_id, item in products.sites.items():
            if site_id in self.sites:
                self.sites[site_id].snapshot.take_item(item)
            else:
                snapshot = SiteSnapshot(self._context, site_id, item)
                info = SiteInfoCoordinator(self._context, snapshot)
                site = self.sites[site_id] = Site(
                    snapshot=snapshot,
                    live=SiteLiveCoordinator(self._context, snapshot),
                    info=info,
                    strategy=StrategyKeeper(info),
                    tariff=TariffKeeper(info),
                    today=SiteTodayCoordinator(self._context, snapshot),
                )
                for coordinator in (site.live, site.info):
                    self._watch(coordinator)
                    self._refresh(coordinator)
        for vin in set(self.vehicles) - set(products.vehicles):
            self._end(self.files.pop(vin))
            self._end(self.vehicles.pop(vin))
            self._context.snapshots.vehicles.pop(vin, None)
            self._context.snapshots.files.pop(vin, None)
        for site_id in set(self.sites) - set(products.sites):
            site = self.sites.pop(site_id)
            site.stop()
            for part in site.coordinators:
                self._end(part)
            self._context.snapshots.sites.pop(site_id, None)
            self._context.snapshots.notes.pop(site_id, None)
        if before != {*self.vehicles, *self.sites}:
            self.hints.async_follow()
        self._tell_followers()
        self._remove_stale_devices()

    def _end(self, coordinator: TeslaCoordinator[Any]) -> None:
        self._context.pacer.forget(coordinator.subject)
        self._context.snapshots.async_save()
        self._context.entry.async_create_task(self.hass, coordinator.async_shutdown(), f"{DOMAIN} {coordinator.name}")

    def _watch(self, coordinator: TeslaCoordinator[Any]) -> None:
        self._context.entry.async_on_unload(coordinator.async_add_listener(self._tell_followers))

    def _refresh(self, coordinator: TeslaCoordinator[Any]) -> None:
        """Read on its own time, so that no other has to wait for it."""
        self._context.entry.async_create_background_task(
            self.hass, coordinator.async_refresh(), f"{DOMAIN} {coordinator.name}"
        )

    @callback
    def _tell_followers(self) -> None:
        self.hints.take_sites(site.data for site in self.sites.values())
        self._describe_devices()
        for follower in self._followers:
            follower()

    def _describe_devices(self) -> None:
        """Keep the devices as the snapshots say: a name, a model or a version may come to be known, or change."""
        sites = [site.data for site in self.sites.values() if site.data.has_answered]
        found = (
            [self.device, *(vehicle_device(vin, coordinator.data) for vin, coordinator in self.vehicles.items())],
            [(site_device(site), site_part_devices(site)) for site in sites],
        )
        if found == self._described:
            return
        self._described = found
        registry, entry_id = dr.async_get(self.hass), self._context.entry.entry_id
        for device in found[0]:
            registry.async_get_or_create(config_entry_id=entry_id, **device)
        for site in sites:
            parent = registry.async_get_or_create(config_entry_id=entry_id, **site_device(site))
            for part in site_part_devices(site, parent.id):
                registry.async_get_or_create(config_entry_id=entry_id, **part)

    def knows(self, device: dr.DeviceEntry) -> bool:
        """Whether a device is the account itself, or something that Tesla tells of."""
        parts = (part for site in self.sites.values() for part in part_names(site.data))
        present = {self.account_id, *self.vehicles, *map(str, self.sites), *parts}
        return any(identifier in present for domain, identifier in device.identifiers if domain == DOMAIN)

    def _remove_stale_devices(self) -> None:
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(registry, self._context.entry.entry_id):
            if not self.knows(device):
                registry.async_remove_device(device.id)
