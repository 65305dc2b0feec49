"""Calendars: what a car plans, to read and to write, and what energy costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.calendar import (
    EVENT_END,
    EVENT_RRULE,
    EVENT_START,
    EVENT_SUMMARY,
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEntityFeature,
    CalendarEvent,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .account import Site, TeslaConfigEntry
from .candidates import async_follow_products, site_candidates, vehicle_candidates
from .charging.figures import charging_span
from .charging.recurrence import rule_days, rule_of
from .charging.schedules import (
    Changes,
    Kind,
    Schedule,
    all_schedules,
    known_schedules,
    occurrences,
    week_at_home,
    zone_of,
)
from .charging.session import Place, Session
from .charging.week import MOMENT, Span, day_mask, minutes_of
from .charging_log import charging_log_of
from .const import DOMAIN
from .coordinators import VehicleCoordinator
from .energy.tariff import ALL
from .entity import VehicleDescription, VehicleEntity
from .fleet.scopes import CHARGING
from .scheduling import async_add, async_load_zones, async_remove, async_update, home_of
from .tariff_entities import TARIFF_CALENDARS, TariffCalendar, TariffCalendarDescription

PARALLEL_UPDATES = 0

_AHEAD: Final = timedelta(days=8)
_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)
# An event whose title begins with one of these, or with the first word of the title in Home Assistant's language, is about
# when the car is to be ready; any other one is about charging.
_READY_WORDS: Final = ("ready", "precondition")
# Home Assistant's calendar sends the rule of a series only with this answer to its question which events are meant.
_WHOLE_SERIES: Final = "THISANDFUTURE"
# What the ids of past sessions begin with; those of schedules begin with their kind.
_SESSION: Final = "charged-"
_SHORTEST: Final = timedelta(minutes=1)
# Tesla's labels of prices, which have names in the texts.
_LABELS: Final = ("on_peak", "partial_peak", "off_peak", "super_off_peak")


@dataclass(frozen=True, kw_only=True)
class VehicleCalendarDescription(VehicleDescription, CalendarEntityDescription):
    """A calendar of a car."""


_WRITABLE: Final = (
    CalendarEntityFeature.CREATE_EVENT | CalendarEntityFeature.UPDATE_EVENT | CalendarEntityFeature.DELETE_EVENT
)
CALENDARS: Final = (VehicleCalendarDescription(key="charging_schedules"),)


async def async_setup_entry(
    hass: HomeAssistant, entry: TeslaConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the calendars."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    titles = {kind: texts[f"component.{DOMAIN}.common.title_{kind}"] for kind in Kind}
    words = Words(*(texts[f"component.{DOMAIN}.common.{key}"] for key in ("decimal_sign", "solar_share")))
    for coordinator in entry.runtime_data.vehicles.values():
        await async_load_zones(coordinator.data)

    def make(coordinator: VehicleCoordinator, description: VehicleCalendarDescription) -> ScheduleCalendar:
        return ScheduleCalendar(coordinator, description, titles, words)

    labels = {label.upper(): texts[f"component.{DOMAIN}.common.label_{label}"] for label in _LABELS} | {ALL: ""}
    for site in entry.runtime_data.sites.values():
        if site.data.site_info.installation_time_zone is not None:
            await dt_util.async_get_time_zone(site.data.site_info.installation_time_zone)

    def make_tariff(site: Site, description: TariffCalendarDescription) -> TariffCalendar:
        return TariffCalendar(site, description, labels)

    async_follow_products(
        entry,
        Platform.CALENDAR,
        async_add_entities,
        lambda: (*vehicle_candidates(entry, CALENDARS, make), *site_candidates(entry, TARIFF_CALENDARS, make_tariff)),
    )


@dataclass(frozen=True, slots=True)
class Words:
    """What a title is made of in Home Assistant's language."""

    decimal_sign: str
    solar_share: str


class ScheduleCalendar(VehicleEntity, CalendarEntity):
    """The charging and preconditioning schedules of a car, where they are enabled, and what it has charged."""

    entity_description: VehicleCalendarDescription

    def __init__(
        self,
        coordinator: VehicleCoordinator,
        description: VehicleCalendarDescription,
        titles: dict[Kind, str],
        words: Words,
    ) -> None:
        """Call the schedules by their titles, and past sessions by these words."""
        self._titles, self._words = titles, words
        super().__init__(coordinator, description)

    @override
    def _show(self) -> object:
        may_write = bool(self.coordinator.context.scopes & CHARGING)
        self._attr_supported_features = _WRITABLE if may_write else CalendarEntityFeature(0)
        return all_schedules(self.vehicle), self.vehicle.vehicle_config.utc_offset, may_write

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """What is on now, else what comes next."""
        now = dt_util.now()
        return min(self._events(now, now + _AHEAD), key=lambda event: event.start_datetime_local, default=None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return what is planned between two times, and what was charged."""
        events = (*self._events(start_date, end_date), *self._past(start_date, end_date))
        return sorted(events, key=lambda event: event.start_datetime_local)

    def _past(self, begin: datetime, end: datetime) -> Iterator[CalendarEvent]:
        """Return the sessions in which energy has flowed, from when to when it did."""
        log = charging_log_of(self.coordinator.hass, self.coordinator.context.entry)
        for session in log.sessions(self.coordinator.vin, begin, end):
            span = charging_span(session)
            if span is None or span[0] >= end or span[1] <= begin or not session.added.wh:
                continue
            yield CalendarEvent(
                start=dt_util.as_local(span[0]),
                end=dt_util.as_local(max(span[1], span[0] + _SHORTEST)),
                summary=summary_of(session, self._words),
                location=session.place_name if session.place is Place.SUPERCHARGER else None,
                uid=f"{_SESSION}{session.id}",
            )

    def _events(self, begin: datetime, end: datetime) -> Iterator[CalendarEvent]:
        home, now = home_of(self.coordinator.hass), dt_util.utcnow()
        for schedule in all_schedules(self.vehicle):
            zone = zone_of(self.vehicle, schedule, home)
            for span in occurrences(schedule, zone, begin, end, now):
                yield self._event(schedule, span)

    def _event(self, schedule: Schedule, span: Span) -> CalendarEvent:
        week = week_at_home(self.vehicle, schedule, home_of(self.coordinator.hass), span[0])
        start = dt_util.as_local(span[0])
        return CalendarEvent(
            start=start,
            end=dt_util.as_local(span[1]),
            summary=schedule.name or self._titles[schedule.kind],
            uid=f"{schedule.kind}-{schedule.id}",
            recurrence_id=None if schedule.one_time else f"{start:%Y%m%dT%H%M%S}",
            rrule=None if schedule.one_time else rule_of(week.days),
        )

    @override
    async def async_create_event(self, **kwargs: Any) -> None:
        """Plan something."""
        changes = self._changes(kwargs)
        title = kwargs[EVENT_SUMMARY].strip()
        ready = title.casefold().startswith((*_READY_WORDS, self._titles[Kind.PRECONDITION].split()[0].casefold()))
        kind = Kind.PRECONDITION if ready else Kind.CHARGE
        start, end = _clock(kwargs[EVENT_START]), _clock(kwargs[EVENT_END])
        changes["start"] = start
        if kind is Kind.CHARGE:
            changes["end"] = end
        await async_add(self.coordinator, kind, changes)

    @override
    async def async_update_event(
        self, uid: str, event: dict[str, Any], recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Change what is planned."""
        kind, number = _schedule_id(uid, recurrence_id, recurrence_range)
        changes = self._changes(event)
        start, end = _clock(event[EVENT_START]), _clock(event[EVENT_END])
        moment = event[EVENT_END] - event[EVENT_START] == MOMENT
        known = known_schedules(self.vehicle, kind) or ()
        week = next((one.week for one in known if one.id == number), None)
        if week is None or week.start is not None or not moment:
            changes["start"] = start
        if kind is Kind.CHARGE and (week is None or week.end is not None or not moment):
            changes["end"] = end
        await async_update(self.coordinator, kind, number, changes)

    @override
    async def async_delete_event(
        self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Plan something no more."""
        kind, number = _schedule_id(uid, recurrence_id, recurrence_range)
        await async_remove(self.coordinator, kind, number)

    def _changes(self, event: dict[str, Any]) -> Changes:
        """Return what an event says, but for its times; raises what tells why a car cannot plan it."""
        start, end = event[EVENT_START], event[EVENT_END]
        if not isinstance(start, datetime):
            raise _error("event_all_day")
        if end - start >= _DAY:
            raise _error("event_too_long")
        title = event[EVENT_SUMMARY].strip()
        name = None if title in self._titles.values() else title
        rule = event.get(EVENT_RRULE)
        if rule is None:
            now = dt_util.utcnow()
            if not now < start < now + _WEEK:
                raise _error("event_not_this_week")
            return Changes(name=name, days=day_mask(dt_util.as_local(start)), one_time=True)
        days = rule_days(rule, day_mask(dt_util.as_local(start)))
        if days is None:
            raise _error("event_rule")
        return Changes(name=name, days=days, one_time=False)


def summary_of(session: Session, words: Words) -> str:
    """Return a session in a line: its energy, and what is known of its cost and of the sun in it."""
    told = [f"{session.added.wh / 1000:.1f} kWh"]
    if session.cost is not None:
        told.append(f"{session.cost.amount:.2f} {session.cost.currency}")
    told = [one.replace(".", words.decimal_sign) for one in told]
    if session.mix is not None and (share := session.mix.solar_share) is not None:
        told.append(words.solar_share.format(percent=round(100 * share)))
    return " · ".join(told)


def _clock(at: datetime) -> int:
    return minutes_of(dt_util.as_local(at))


def _schedule_id(uid: str, recurrence_id: str | None, recurrence_range: str | None) -> tuple[Kind, int]:
    """Return which schedule an event is of; a car has no exceptions for single days, and no past."""
    if uid.startswith(_SESSION):
        raise _error("event_is_past")
    if recurrence_id and recurrence_range != _WHOLE_SERIES:
        raise _error("event_single")
    kind, _, number = uid.partition("-")
    if kind not in list(Kind) or not number.isdecimal():
        raise _error("event_not_planned")
    return Kind(kind), int(number)


def _error(key: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
