"""The action that plans when to charge, and writes it into the car."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from .account import TeslaConfigEntry
from .car_plans import plans_of
from .charging.pace import Pace, PaceUnknown, pace_of
from .charging.plan import Plan, PriceStep, Wish, make_plan
from .charging.power import plugged_in
from .charging.price_lists import read_price_steps, tariff_steps
from .charging.schedules import Home, Place, near, zone_at
from .charging.session import Place as PlaceKind
from .charging.week import told_once
from .charging_costs import charging_costs_of
from .charging_log import charging_log_of
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .device_targets import car_of
from .energy.tariff import tariff_of
from .energy.tariff_write import TariffFlaw
from .scheduling import home_of
from .tariffs import zone_of

_APPLY: Final = "apply"
_CAPACITY: Final = "battery_capacity"
_CLEAR: Final = "clear"
_CONTINUOUS: Final = "continuous"
_DEPARTURE: Final = "departure"
_ENTITY: Final = "price_entity"
_MAX_PRICE: Final = "max_price"
_POWER: Final = "charge_power"
_PRICES: Final = "prices"
_SHORTEST: Final = "min_block"
_TARGET: Final = "target"
# One-time schedules have a day of the week, and nothing more.
_FURTHEST: Final = timedelta(days=6)

_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Optional(_DEPARTURE): vol.Any(cv.datetime, cv.time),
        vol.Optional(_TARGET): vol.All(vol.Coerce(float), vol.Range(min=1, max=100)),
        vol.Optional(_MAX_PRICE): vol.All(vol.Coerce(str), vol.Coerce(Decimal)),
        vol.Exclusive(_ENTITY, "prices"): cv.entity_id,
        vol.Exclusive(_PRICES, "prices"): vol.Any([dict], [vol.Coerce(float)], dict),
        vol.Optional(_POWER): vol.All(vol.Coerce(float), vol.Range(min=0.5, max=50)),
        vol.Optional(_CAPACITY): vol.All(vol.Coerce(float), vol.Range(min=10, max=300)),
        vol.Optional(_CONTINUOUS, default=False): cv.boolean,
        vol.Optional(_SHORTEST): cv.positive_time_period,
        vol.Optional(_APPLY): cv.boolean,
        vol.Optional(_CLEAR, default=False): cv.boolean,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Where:
    """Where the car is to charge, by what clock, and what kind of place that is."""

    place: Place
    zone: tzinfo
    kind: PlaceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class _Prices:
    steps: tuple[PriceStep, ...]
    currency: str


@callback
def async_setup_plan_actions(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, "plan_charging", _plan_charging, schema=_SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )


async def _plan_charging(call: ServiceCall) -> ServiceResponse:
    """Plan; write it into the car if asked to. Who reads the answer is told there why it is not written."""
    entry, coordinator = car_of(call)
    plans, data = plans_of(call.hass, entry), call.data
    if data[_CLEAR]:
        return {"cleared": await plans.async_clear(coordinator)}
    if _DEPARTURE not in data:
        raise _error("plan_no_departure")
    where = _where(call.hass, coordinator)
    plan, answer = await _plan(call.hass, entry, coordinator, where, data)
    if _APPLY not in data:
        return answer
    try:
        if data[_APPLY]:
            planned = await plans.async_apply(coordinator, plan.blocks, where.place, where.zone)
            answer |= {"applied": True, "schedules": [one.id for one in planned.schedules]}
            answer["other_schedules"] = len(plans.others(coordinator, where.place))
        else:
            answer["message"] = None if await plans.async_clear(coordinator) else str(_error("plan_cleared_later"))
    except HomeAssistantError as err:
        if not call.return_response:
            raise
        answer |= {"applied": False, "message": str(err)}
    return answer


async def _plan(
    hass: HomeAssistant,
    entry: TeslaConfigEntry,
    coordinator: VehicleCoordinator,
    where: _Where,
    data: Mapping[str, Any],
) -> tuple[Plan, dict[str, JsonValueType]]:
    charge, now = coordinator.data.charge_state, dt_util.utcnow()
    level, limit = charge.battery_level, charge.charge_limit_soc
    if level is None:
        raise _error("plan_level_unknown")
    target = float(data.get(_TARGET, 80 if limit is None else limit))
    if limit is not None and target > limit:
        raise _error("plan_above_limit", target=f"{target:.0f}", limit=str(limit))
    departure = _departure(data[_DEPARTURE], now)
    pace = _pace(hass, entry, coordinator, where, data)
    prices = await _prices(hass, entry, data, now, departure)
    running = plans_of(hass, entry).planned(coordinator.vin).running(now) if coordinator.data.charging else None
    wish = Wish(
        now=now,
        departure=departure,
        duration=pace.duration(target - level),
        energy_wh=pace.wall_wh(target - level),
        limit=data.get(_MAX_PRICE),
        continuous=data[_CONTINUOUS],
        shortest=data.get(_SHORTEST, timedelta(0)),
        running_until=running,
        may_switch=partial(told_once, zone=where.zone),
    )
    plan = await hass.async_add_executor_job(make_plan, wish, prices.steps)
    return plan, _told(plan, wish, pace, level, target, prices.currency)


def _where(hass: HomeAssistant, coordinator: VehicleCoordinator) -> _Where:
    """Return where the car is plugged in; that is at home where it is not known, or still to come."""
    home: Home = home_of(hass)
    drive, place = coordinator.data.drive_state, home.place
    plugged = plugged_in(coordinator.data.charge_state)
    if plugged and drive.latitude is not None and drive.longitude is not None:
        here = Place(drive.latitude, drive.longitude)
        place = home.place if near(here, home.place) else here
    kind = PlaceKind.HOME if place == home.place else PlaceKind.ELSEWHERE
    return _Where(place=place, zone=zone_at(coordinator.data, place, home), kind=kind)


def _departure(wanted: datetime | time, now: datetime) -> datetime:
    """Return a departure in UTC: a time of day is the next one by Home Assistant's clock."""
    if isinstance(wanted, time):
        zone = dt_util.get_default_time_zone()
        today = now.astimezone(zone).date()
        days = (datetime.combine(today + timedelta(days=days), wanted, zone).astimezone(UTC) for days in range(3))
        return next(day for day in days if day > now)
    departure: datetime = dt_util.as_utc(wanted)
    if departure <= now:
        raise _error("plan_past")
    if departure > now + _FURTHEST:
        raise _error("plan_too_far", days=str(_FURTHEST.days))
    return departure


def _pace(
    hass: HomeAssistant,
    entry: TeslaConfigEntry,
    coordinator: VehicleCoordinator,
    where: _Where,
    data: Mapping[str, Any],
) -> Pace:
    power_kw, capacity_kwh = data.get(_POWER), data.get(_CAPACITY)
    try:
        return pace_of(
            coordinator.data,
            charging_log_of(hass, entry).sessions(coordinator.vin),
            where.kind,
            power_w=None if power_kw is None else power_kw * 1000,
            capacity_wh=None if capacity_kwh is None else capacity_kwh * 1000,
        )
    except PaceUnknown as unknown:
        raise _error(str(unknown)) from None


async def _prices(
    hass: HomeAssistant, entry: TeslaConfigEntry, data: Mapping[str, Any], now: datetime, departure: datetime
) -> _Prices:
    """Return the prices that are named; else those of the entity that home charging is priced by, or of a site's tariff."""
    if _PRICES in data:
        prices = _listed(hass, {"prices": data[_PRICES]})
    elif _ENTITY in data:
        prices = _of_entity(hass, data[_ENTITY])
    else:
        known = charging_costs_of(hass, entry).prices
        entities = (known.entities(site_id)[0] for site_id in (None, *entry.runtime_data.sites))
        found = (_of_entity(hass, entity) for entity in entities if entity is not None)
        prices = next((one for one in found if one is not None), None) or await _of_tariff(hass, entry, now, departure)
        if prices is None:
            raise _error("plan_no_prices")
    if prices is None:
        raise _error("prices_missing", entity=data.get(_ENTITY, _PRICES))
    return prices


def _of_entity(hass: HomeAssistant, entity_id: str) -> _Prices | None:
    state = hass.states.get(entity_id)
    return None if state is None else _listed(hass, state.attributes)


def _listed(hass: HomeAssistant, attributes: Mapping[str, Any]) -> _Prices | None:
    """Return prices in any of the shapes that are known, None if there are none."""
    unit, zone = attributes.get(ATTR_UNIT_OF_MEASUREMENT), dt_util.get_default_time_zone()
    try:
        steps, currency = read_price_steps(
            attributes, unit if isinstance(unit, str) else None, zone, dt_util.now(zone).date()
        )
    except TariffFlaw:
        return None
    return _Prices(steps=steps, currency=currency or str(hass.config.currency))


async def _of_tariff(
    hass: HomeAssistant, entry: TeslaConfigEntry, now: datetime, departure: datetime
) -> _Prices | None:
    """Return what the first site that has a tariff pays; also for a charge that takes longer than until the departure."""
    for site in entry.runtime_data.sites.values():
        tariff = tariff_of(site.data.site_info)
        if tariff is not None and tariff.buy is not None:
            if (name := site.data.site_info.installation_time_zone) is not None:
                await dt_util.async_get_time_zone(name)
            steps = tariff_steps(tariff.buy, zone_of(site.data), now, departure + timedelta(days=2))
            return _Prices(steps=steps, currency=tariff.currency or str(hass.config.currency))
    return None


def _told(plan: Plan, wish: Wish, pace: Pace, level: float, target: float, currency: str) -> dict[str, JsonValueType]:
    slots: list[JsonValueType] = [
        {
            "start": _local(slot.start),
            "end": _local(slot.end),
            "price": None if slot.price is None else float(slot.price),
            "energy": _kwh(slot.energy_wh),
            "cost": None if slot.price is None else _money(slot.price * Decimal(repr(slot.energy_wh)) / 1000),
        }
        for slot in plan.slots
    ]
    return {
        "slots": slots,
        "level": level,
        "target": target,
        "departure": _local(wish.departure),
        "ready_at": _local(plan.slots[-1].end) if plan.slots and (plan.reached or plan.at_once) else None,
        "target_reached": plan.reached,
        "at_once": plan.at_once,
        "provisional": plan.provisional,
        "energy": _kwh(plan.energy_wh),
        "energy_needed": _kwh(max(0.0, wish.energy_wh)),
        "cost": _money(plan.cost),
        "saving": _money(plan.saving),
        "currency": currency,
        "charge_power": round(pace.power_w / pace.efficiency / 1000, 2),
        "charge_power_from": pace.known_from.value,
        "battery_capacity": _kwh(pace.capacity_wh),
        "applied": False,
        "message": None,
    }


def _local(at: datetime) -> str:
    return dt_util.as_local(at).isoformat()


def _kwh(wh: float) -> float:
    return round(wh / 1000, 3)


def _money(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 4)


def _error(key: str, **blanks: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=blanks)
