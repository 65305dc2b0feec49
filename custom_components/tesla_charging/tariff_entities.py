"""The tariff of a site as entities: the price now, the next one, and calendars of what is bought and sold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .account import Site
from .energy.tariff import Side, Slot, Tariff, tariff_of
from .entity import SiteDescription, SiteEntity
from .fleet.models import EnergySite
from .tariffs import zone_of

_AHEAD: Final = timedelta(days=8)
_DIGITS: Final = 4

type SideOf = Callable[[Tariff], Side | None]


def _buy(tariff: Tariff) -> Side | None:
    return tariff.buy


def _sell(tariff: Tariff) -> Side | None:
    return tariff.sell


def _has(side: SideOf) -> Callable[[EnergySite], bool]:
    def has(site: EnergySite) -> bool:
        tariff = tariff_of(site.site_info)
        return tariff is not None and side(tariff) is not None

    return has


def _price(slot: Slot | None) -> StateType:
    return None if slot is None else float(slot.price)


@dataclass(frozen=True, kw_only=True)
class PriceSensorDescription(SiteDescription, SensorEntityDescription):
    """A price, or when it changes: of the slot that holds now, or of the next one that costs something else."""

    live: bool = False
    side: SideOf
    upcoming: bool = False
    value_fn: Callable[[Slot | None], StateType | datetime] = _price


@dataclass(frozen=True, kw_only=True)
class TariffCalendarDescription(SiteDescription, CalendarEntityDescription):
    """A calendar of prices."""

    live: bool = False
    side: SideOf


def _sensors(direction: str, side: SideOf, *, enabled: bool) -> Iterator[PriceSensorDescription]:
    supported = _has(side)
    yield PriceSensorDescription(
        key=f"{direction}_price", side=side, supported_fn=supported, state_class=SensorStateClass.MEASUREMENT
    )
    yield PriceSensorDescription(
        key=f"next_{direction}_price",
        side=side,
        upcoming=True,
        supported_fn=supported,
        entity_registry_enabled_default=enabled,
    )
    yield PriceSensorDescription(
        key=f"{direction}_price_change",
        side=side,
        upcoming=True,
        supported_fn=supported,
        entity_registry_enabled_default=enabled,
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda slot: None if slot is None else slot.start,
    )


PRICE_SENSORS: Final = (*_sensors("buy", _buy, enabled=True), *_sensors("sell", _sell, enabled=False))
TARIFF_CALENDARS: Final = tuple(
    TariffCalendarDescription(key=key, side=side, supported_fn=_has(side))
    for key, side in (("buy_tariff", _buy), ("sell_tariff", _sell))
)


class PriceSensor(SiteEntity, SensorEntity):
    """A price that changes by the clock, without anything being read."""

    entity_description: PriceSensorDescription
    _cancel: CALLBACK_TYPE | None = None
    _turns_at: datetime | None = None

    @override
    def _show(self) -> object:
        description, now, zone = self.entity_description, dt_util.utcnow(), zone_of(self.site)
        tariff = tariff_of(self.site.site_info)
        side = None if tariff is None else description.side(tariff)
        slot = later = None
        if side is not None:
            slot, later = side.at(zone, now), side.next_change(zone, now)
        shown = later if description.upcoming else slot
        self._attr_native_value = description.value_fn(shown)
        unit = None
        if description.device_class is None and tariff is not None:
            unit = f"{tariff.currency or self.coordinator.hass.config.currency}/kWh"
            self._attr_suggested_display_precision = _DIGITS
        self._attr_native_unit_of_measurement = unit
        self._attr_extra_state_attributes = {} if shown is None else {"label": shown.label}
        self._turns_at = slot.end if slot is not None else later.start if later is not None else None
        return self._attr_native_value, unit, self._attr_extra_state_attributes

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to follow the clock."""
        await super().async_added_to_hass()
        self._handle_coordinator_update()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Show it, and again when another slot begins."""
        super()._handle_coordinator_update()
        self._stop()
        if self._turns_at is not None:
            self._cancel = async_track_point_in_utc_time(self.hass, self._turn, self._turns_at)

    @callback
    def _turn(self, _: datetime) -> None:
        self._cancel = None
        self._handle_coordinator_update()

    def _stop(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Wait for nothing more."""
        self._stop()
        await super().async_will_remove_from_hass()


class TariffCalendar(SiteEntity, CalendarEntity):
    """What energy costs, or earns, and when."""

    entity_description: TariffCalendarDescription

    def __init__(self, site: Site, description: TariffCalendarDescription, labels: Mapping[str, str]) -> None:
        """Call Tesla's labels by these names; others stay as they are."""
        self._labels = labels
        super().__init__(site, description)

    @override
    def _show(self) -> object:
        return self.site.site_info.tariff_content_v2, self.site.site_info.tariff_content, zone_of(self.site)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """What holds now, else what comes next."""
        now = dt_util.now()
        return next(self._events(now, now + _AHEAD), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the prices between two times."""
        return list(self._events(start_date, end_date))

    def _events(self, begin: datetime, end: datetime) -> Iterator[CalendarEvent]:
        tariff = tariff_of(self.site.site_info)
        side = None if tariff is None else self.entity_description.side(tariff)
        if tariff is None or side is None:
            return
        unit = f"{tariff.currency or self.coordinator.hass.config.currency}/kWh"
        for slot in side.slots(zone_of(self.site), begin, end):
            price = f"{slot.price.normalize():f} {unit}"
            label = self._labels.get(slot.label, slot.label)
            yield CalendarEvent(
                start=dt_util.as_local(slot.start),
                end=dt_util.as_local(slot.end),
                summary=f"{label}: {price}" if label else price,
                description=tariff.name,
                uid=f"{slot.start.timestamp():.0f}",
            )
