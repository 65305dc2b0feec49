"""What is asked of a car seldom: once a day where somebody looks, on a person's word, and while it drives."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import random
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..budget.asking import asked_by_person, by_person
from ..budget.seldom import is_due, is_shut, is_stale, nearby_is_worth_it
from ..const import DOMAIN
from ..fleet.errors import Fault, FleetError
from ..fleet.models.car_file import (
    Alert,
    Asked,
    CarFile,
    Service,
    Supercharger,
    nearest_with_room,
    new_alerts,
    superchargers,
)
from ..fleet.models.parse import parse
from ..fleet.models.vehicle import VehicleState
from ..fleet.paying import price_class
from ..fleet.seldom import QUESTIONS, Topic, ask, is_for_good, is_lasting, items
from .base import Context, TeslaCoordinator
from .vehicle import VehicleCoordinator

_LOOK_EVERY: Final = timedelta(minutes=15)
# What is asked about once a day where somebody looks.
_DAILY: Final = (Topic.ALERTS, Topic.SERVICE, Topic.MOBILE_ACCESS)


class CarFileCoordinator(TeslaCoordinator[CarFile]):
    """Keeps the file of a car."""

    def __init__(self, context: Context, vehicle: VehicleCoordinator) -> None:
        """Start with what is on disk."""
        vin = vehicle.vin
        known = context.snapshots.files.get(vin, CarFile(vin=vin))
        super().__init__(context, f"file of car …{vin[-4:]}", None, known, subject=f"{vin} file")
        self.vehicle = vehicle
        self.vin = vin
        self._started, self._phase = dt_util.utcnow(), random()
        self._watched = Counter[Topic]()
        self._on_alert: list[Callable[[Alert], None]] = []
        self._asking: set[Topic] = set()
        # Topics that the car has to be awake for, as its refusals have shown.
        self._when_awake: dict[Topic, datetime] = {}
        # Every Supercharger that was told, by its name, in memory only: where they are tells where the car is.
        self.told: dict[str, Supercharger] = {}
        self._age()
        self._stops = [
            vehicle.async_add_listener(self._think),
            async_track_time_interval(self.hass, self._think, _LOOK_EVERY, name=f"{DOMAIN} {self.name}"),
        ]

    # Who looks

    @callback
    def async_watch(self, topic: Topic) -> CALLBACK_TYPE:
        """Ask about a topic as long as somebody looks, until what is returned is called."""
        self._watched[topic] += 1

        @callback
        def stop() -> None:
            self._watched[topic] -= 1

        return stop

    @callback
    def async_follow_alerts(self, follower: Callable[[Alert], None]) -> CALLBACK_TYPE:
        """Call back for each alert that is new."""
        self._on_alert.append(follower)
        stop = self.async_watch(Topic.ALERTS)

        @callback
        def end() -> None:
            self._on_alert.remove(follower)
            stop()

        return end

    # Asking

    async def async_ask(self, topic: Topic, **params: object) -> Any:
        """Return Tesla's answer, and keep what is shown of it; raises FleetError. Wakes nothing.

        What Tesla has refused is not asked again for a while, or for good (`is_shut`). A question with `params` is a
        person's own: its answer is not what is shown, and its refusal says nothing of the topic.
        """
        if self.is_shut(topic, person=asked_by_person()):
            raise FleetError(Fault.REFUSED_BEFORE)
        own = any(value is not None for value in params.values())
        try:
            answer = await ask(self.client, QUESTIONS[topic], self.vin, params=params)
        except FleetError as err:
            if is_lasting(err) and (not own or err.fault is Fault.MISSING_SCOPES):
                self._note(topic, err.fault)
            elif err.fault is Fault.ASLEEP:
                self._when_awake[topic] = dt_util.utcnow()
            self.context.on_fault(err)
            raise
        self._when_awake.pop(topic, None)
        if topic is Topic.NEARBY:
            found = superchargers(items(answer, "superchargers"))
            self.told |= {one.name: one for one in found if one.name is not None}
        if not own:
            self._note(topic)
            self._keep(topic, answer)
        return answer

    async def async_ask_for_person(self, topic: Topic, **params: object) -> Any:
        """Ask because a person wants to know; raises FleetError."""
        with by_person():
            return await self.async_ask(topic, **params)

    def is_shut(self, topic: Topic, *, person: bool) -> bool:
        """Whether Tesla has refused this topic with the scopes of now, and is not asked again yet."""
        asked = self.data.asked_about(topic)
        for_good = is_for_good(topic, asked.refused_as)
        refused = asked.refused_with == self._scopes
        return refused and is_shut(asked.at, dt_util.utcnow(), for_good=for_good, person=person)

    def may_ask(self, topic: Topic) -> bool:
        """Whether a scope that is granted opens this topic."""
        return bool(self.context.scopes & QUESTIONS[topic].scopes)

    @override
    async def async_request_refresh(self) -> None:
        """Ask where the Superchargers are because `homeassistant.update_entity` wants to know; only a car that is awake can tell."""
        if self.vehicle.data.state is VehicleState.ONLINE:
            await self.async_refresh_for_person()

    @override
    async def _fetch(self) -> CarFile:
        await self.async_ask(Topic.NEARBY)
        return self.data

    @property
    def _scopes(self) -> str:
        return " ".join(sorted(self.context.scopes))

    def _note(self, topic: Topic, refused_as: Fault | None = None) -> None:
        scopes = None if refused_as is None else self._scopes
        asked = Asked(topic=topic, at=dt_util.utcnow(), refused_with=scopes, refused_as=refused_as)
        self._replace(self.data.with_asked(asked))

    def _keep(self, topic: Topic, answer: object) -> None:
        keep = _KEEP.get(topic)
        if keep is not None:
            self._replace(keep(self.data, answer))
        if topic is Topic.NEARBY:
            self._replace(replace(self.data, nearest_told_at=dt_util.utcnow()))
        if topic is Topic.SERVICE:
            service = self.data.service.told_of(self.vehicle.data.in_service)
            self._replace(replace(self.data, service=service))
        if topic is Topic.ALERTS:
            told, keys = new_alerts(items(answer, "recent_alerts"), self.data.alerts)
            self._replace(replace(self.data, alerts=keys))
            for alert in told:
                for follower in [*self._on_alert]:
                    follower(alert)

    # By itself

    def _age(self) -> None:
        """Drop what is over: a visit that has begun or ended, and free stalls that were told long ago."""
        file = self.data
        if file.service.is_over(self.vehicle.data.in_service):
            file = file.without_service()
        if file.nearest.available_stalls is not None and is_stale(file.nearest_told_at, dt_util.utcnow()):
            file = file.without_stalls()
        if file != self.data:
            self._replace(file)

    @callback
    def _think(self, _: datetime | None = None) -> None:
        """Ask what is due."""
        self._age()
        now = dt_util.utcnow()
        for topic in Topic:
            if topic not in self._asking and self._watched[topic] > 0 and self._is_due(topic, now):
                self._asking.add(topic)
                self.context.entry.async_create_background_task(
                    self.hass, self._ask_by_itself(topic), f"{DOMAIN} {self.name} {topic}"
                )

    def _is_due(self, topic: Topic, now: datetime) -> bool:
        car, asked = self.vehicle.data, self.data.asked_about(topic)
        if not self.asks_by_itself or not self.may_ask(topic) or self.is_shut(topic, person=False):
            return False
        asleep_at = self._when_awake.get(topic)
        if asleep_at is not None and (car.state is not VehicleState.ONLINE or now - asleep_at < _LOOK_EVERY):
            # One that says so although it is read is not asked with each read.
            return False
        if topic is Topic.NEARBY:
            awake = car.state is VehicleState.ONLINE and car.driving
            return awake and nearby_is_worth_it(asked.at, self.context.pacer.k(), now) and self._can_pay(topic)
        if topic not in _DAILY:
            return False
        if topic is Topic.SERVICE and not car.in_service and self.data.service == Service():
            # There is nothing to tell; a visit to come that a person has asked about is followed.
            return False
        if topic is Topic.MOBILE_ACCESS and car.mobile_access_disabled is not None:
            return False
        return is_due(asked.at, self._started, self._phase, now) and self._can_pay(topic)

    def _can_pay(self, topic: Topic) -> bool:
        return self.context.purse.may_import(price_class(QUESTIONS[topic].path.format(vin=self.vin)))

    async def _ask_by_itself(self, topic: Topic) -> None:
        try:
            await self.async_ask(topic)
        except FleetError as err:
            self.logger.debug("The %s was not told of %s: %s", self.name, topic, err)
            if not is_lasting(err) and topic not in self._when_awake:
                self._note(topic)
        finally:
            self._asking.discard(topic)

    @override
    def _take(self, data: CarFile) -> None:
        if data != self.context.snapshots.files.get(self.vin):
            self.context.snapshots.files[self.vin] = data
            self.context.snapshots.async_save()

    @override
    async def async_shutdown(self) -> None:
        """Ask no more."""
        while self._stops:
            self._stops.pop()()
        await super().async_shutdown()


def _with_nearest(known: CarFile, answer: object) -> CarFile:
    return replace(known, nearest=nearest_with_room(superchargers(items(answer, "superchargers"))).without_place)


def _with_service(known: CarFile, answer: object) -> CarFile:
    return replace(known, service=parse(Service, answer))


def _with_mobile_access(known: CarFile, answer: object) -> CarFile:
    return parse(CarFile, {"mobile_enabled": answer}, known)


_KEEP: Final[Mapping[Topic, Callable[[CarFile, object], CarFile]]] = {
    Topic.NEARBY: _with_nearest,
    Topic.SERVICE: _with_service,
    Topic.MOBILE_ACCESS: _with_mobile_access,
}
