"""A site's history in Home Assistant's statistics: external ones, hourly, that are only written where they change."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from homeassistant.components.recorder import get_instance, history
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import UnitOfEnergy, UnitOfTime
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import DurationConverter, EnergyConverter

from .const import DOMAIN
from .energy.clock import HOUR_S
from .energy.flows import FLOWS
from .energy.history import COMPENSATION, COST
from .energy.price_list import read_unit
from .energy.prices import by_steps
from .energy.sums import Known, Row, plan
from .energy.tariff import PriceAt

CHARGES: Final = "wall_connector"
OUTAGES: Final = "outage_time"
MONEY: Final = (COST, COMPENSATION)
WHATS: Final = (*FLOWS, *MONEY, CHARGES, OUTAGES)

# How far to look for the rows beside a window: most often they are near.
_LOOKS: Final = (timedelta(days=2), timedelta(days=70), timedelta(days=365 * 40))
# So many rows at a time take the event loop a millisecond or two.
_PORTION: Final = 400


def statistic_id(site_id: int, what: str) -> str:
    """Return the id of a statistic of a site."""
    return f"{DOMAIN}:{site_id}_{what}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a statistic is to hold, by hour; `whole` when there is to be nothing in any other hour."""

    metadata: StatisticMetaData
    hours: Mapping[int, float]
    whole: bool = False


async def async_metadata(
    hass: HomeAssistant, name: str, owner: str, text_key: str, unit: str, unit_class: str | None
) -> StatisticMetaData:
    """Describe a statistic that is added up by hours; what it is called is whose it is, and a common text."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return StatisticMetaData(
        has_sum=True,
        mean_type=StatisticMeanType.NONE,
        name=f"{owner} {texts.get(f'component.{DOMAIN}.common.{text_key}', text_key)}",
        source=DOMAIN,
        statistic_id=name,
        unit_class=unit_class,
        unit_of_measurement=unit,
    )


async def _metadata(hass: HomeAssistant, site_id: int, site_name: str, what: str, currency: str) -> StatisticMetaData:
    unit, unit_class = {
        **dict.fromkeys(MONEY, (currency, None)),
        OUTAGES: (UnitOfTime.HOURS, DurationConverter.UNIT_CLASS),
    }.get(what, (UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter.UNIT_CLASS))
    return await async_metadata(hass, statistic_id(site_id, what), site_name, f"statistic_{what}", unit, unit_class)


async def async_write(
    hass: HomeAssistant,
    site_id: int,
    site_name: str,
    currency: str,
    values: Mapping[str, Mapping[int, float]],
    incomplete: Iterable[int] = (),
) -> int:
    """Make the statistics of a site hold these values, by what they are and by hour; return how many rows that took.

    When this returns, they are in the database.
    """
    wanted = [
        Wanted(await _metadata(hass, site_id, site_name, what, currency), hours)
        for what, hours in values.items()
        if hours
    ]
    return await async_write_all(hass, wanted, incomplete)


async def async_write_all(hass: HomeAssistant, wanted: Iterable[Wanted], incomplete: Iterable[int] = ()) -> int:
    """Make statistics hold what is wanted; return how many rows that took.

    When this returns, they are in the database. Home Assistant looks at each row in its event loop, so they come in portions.
    """
    instance = get_instance(hass)
    changes = await instance.async_add_executor_job(_plan, hass, tuple(wanted), frozenset(incomplete))
    written = 0
    for metadata, portions, end, shift in changes:
        for portion in portions:
            written += len(portion)
            async_add_external_statistics(hass, metadata, portion)
            await asyncio.sleep(0)
        if shift:
            instance.async_adjust_statistics(
                metadata["statistic_id"], _moment(end), shift, metadata["unit_of_measurement"] or ""
            )
        await asyncio.sleep(0)
    if changes:
        # `async_block_till_done` would not wait for the task that is at work, the last one in the queue.
        done = hass.loop.create_future()
        instance.queue_task(SynchronizeTask(done))
        await done
    return written


async def async_has_any(hass: HomeAssistant, site_id: int) -> bool:
    """Whether there are statistics of a site."""
    return bool(await async_existing(hass, site_id))


async def async_existing(hass: HomeAssistant, site_id: int) -> set[str]:
    """Return what there are statistics of."""
    there = await async_written(hass, (statistic_id(site_id, what) for what in WHATS))
    return {what for what in WHATS if statistic_id(site_id, what) in there}


async def async_written(hass: HomeAssistant, names: Iterable[str]) -> set[str]:
    """Return which of these statistics have rows."""

    def look() -> set[str]:
        return {name for name in names if _last(hass, name) is not None}

    return await get_instance(hass).async_add_executor_job(look)


def _plan(
    hass: HomeAssistant, wanted: Iterable[Wanted], incomplete: frozenset[int]
) -> list[tuple[StatisticMetaData, list[list[StatisticData]], int, float]]:
    """Compare with what is in the database; in the recorder's executor. Return the rows in portions, and what shifts after them."""
    changes = []
    for one in wanted:
        name, hours = one.metadata["statistic_id"], one.hours
        if one.whole:
            known = Known(rows={row.start: row for row in _rows(hass, name, 0, None)})
            hours = {**dict.fromkeys(known.rows, 0.0), **hours}
            end = 0
        else:
            start, end = min(hours), max(hours) + HOUR_S
            known = _known(hass, name, start, end)
        found = plan(known, hours, incomplete)
        rows = [StatisticData(start=_moment(row.start), state=row.state, sum=row.total) for row in found.rows]
        portions = [rows[first : first + _PORTION] for first in range(0, len(rows), _PORTION)]
        if portions or found.shift:
            changes.append((one.metadata, portions, end, found.shift))
    return changes


def _known(hass: HomeAssistant, name: str, start: int, end: int) -> Known:
    last = _last(hass, name)
    if last is None:
        return Known()
    if last.start < start:
        return Known(before=last.total)
    rows = {row.start: row for row in _rows(hass, name, start, end)}
    before = after = None
    for look in _LOOKS:
        seconds = int(look.total_seconds())
        if before is None and (found := _rows(hass, name, max(0, start - seconds), start)):
            before = found[-1].total
        if after is None and last.start >= end and (found := _rows(hass, name, end, end + seconds)):
            after = found[0]
        if before is not None and (after is not None or last.start < end):
            break
    return Known(before, rows, after)


def _last(hass: HomeAssistant, name: str) -> Row | None:
    found = get_last_statistics(hass, 1, name, False, {"state", "sum"}).get(name)
    return _row(found[0]) if found else None


def _rows(hass: HomeAssistant, name: str, start: int, end: int | None) -> list[Row]:
    until = None if end is None else _moment(end)
    found = statistics_during_period(hass, _moment(start), until, {name}, "hour", None, {"state", "sum"})
    return [_row(one) for one in found.get(name, ())]


def _row(found: Mapping[str, Any]) -> Row:
    return Row(round(found["start"]), found.get("state") or 0.0, found.get("sum") or 0.0)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


# Prices of an entity


type Steps = list[tuple[float, Decimal | None]]


async def async_entity_prices(hass: HomeAssistant, entity_id: str, start: int, end: int) -> PriceAt:
    """Return the price per kWh that an entity had: its states, and its hourly means where states are no longer kept."""
    return by_steps(await async_entity_steps(hass, entity_id, start, end))


async def async_entity_steps(hass: HomeAssistant, entity_id: str, start: int, end: int) -> Steps:
    """Return the prices per kWh that an entity had, each since a time; None where it told none."""
    return await get_instance(hass).async_add_executor_job(_entity_steps, hass, entity_id, start, end)


def _entity_steps(hass: HomeAssistant, entity_id: str, start: int, end: int) -> Steps:
    now = hass.states.get(entity_id)
    factor = _factor(now)
    found = history.state_changes_during_period(
        hass, _moment(start), _moment(end), entity_id, no_attributes=True, include_start_time_state=True
    ).get(entity_id, [])
    states = [(one.last_updated_timestamp, _amount(one.state, factor)) for one in found]
    begin = min((since for since, _ in states), default=float(end))
    means = statistics_during_period(hass, _moment(start), _moment(end), {entity_id}, "hour", None, {"mean"})
    hours = [
        (one["start"], _amount(one.get("mean"), factor)) for one in means.get(entity_id, ()) if one["start"] < begin
    ]
    # A mean holds for its hour only.
    ends = [(since + HOUR_S, None) for since, _ in hours if since + HOUR_S not in {other for other, _ in hours}]
    return [*(step for step in ends if step[0] < begin), *hours, *states]


def step_now(state: State) -> tuple[float, Decimal | None]:
    """Return the price per kWh that an entity tells now, and since when."""
    return state.last_updated_timestamp, _amount(state.state, _factor(state))


def _factor(state: State | None) -> Decimal:
    unit = state.attributes.get("unit_of_measurement") if state is not None else None
    return read_unit(unit if isinstance(unit, str) else None)[0]


def _amount(value: object, factor: Decimal) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount * factor if amount.is_finite() else None


def utcnow() -> float:
    """Return the time by Home Assistant's clock, in epoch seconds."""
    return dt_util.utcnow().timestamp()
