"""The person that an account belongs to: asked once a day, and only with the scope for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import random
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..budget.asking import asked_by_person
from ..budget.seldom import DAILY, SPREAD, is_shut
from ..const import DOMAIN
from ..fleet.errors import Fault, FleetError
from ..fleet.models.car_file import Asked
from ..fleet.models.parse import parse
from ..fleet.models.person import Person, with_orders
from ..fleet.paying import PriceClass
from ..fleet.scopes import Scope
from ..fleet.seldom import QUESTIONS, Topic, ask, is_for_good, is_lasting, items
from .base import Context, TeslaCoordinator

_LOOK_EVERY: Final = timedelta(hours=1)
_TOPICS: Final = (Topic.PROFILE, Topic.ORDERS, Topic.FEATURES)


class PersonCoordinator(TeslaCoordinator[Person]):
    """Keeps what was told of the person; without the scope it asks nothing and knows nothing."""

    def __init__(self, context: Context) -> None:
        """Start with what is on disk."""
        super().__init__(context, "person", None, context.snapshots.person, subject="person")
        self._refused: dict[Topic, Asked] = {}
        self._phase = random()
        self._stop_looking: CALLBACK_TYPE | None = None

    @property
    def granted(self) -> bool:
        """Whether anything may be asked."""
        return Scope.USER_DATA in self.context.scopes

    @callback
    def async_start(self) -> None:
        """Ask now where nothing was asked for a day, and look each hour whether a day is over."""
        self._stop_looking = async_track_time_interval(self.hass, self._think, _LOOK_EVERY, name=f"{DOMAIN} person")
        self.async_follow_scopes()

    @callback
    def async_follow_scopes(self) -> None:
        """Begin to ask where that is granted; forget everything where it is not."""
        if not self.granted and self.data != Person():
            self._replace(Person())
        self._think()

    @callback
    def _think(self, _: datetime | None = None) -> None:
        asked_at, now = self.data.asked_at, dt_util.utcnow()
        over = asked_at is None or not timedelta(0) <= now - asked_at < DAILY + SPREAD * self._phase
        if self.granted and over and self.asks_by_itself and self.context.purse.may_import(PriceClass.ACCOUNT):
            self.context.entry.async_create_background_task(self.hass, self.async_refresh(), f"{DOMAIN} person")

    async def async_ask(self, topic: Topic) -> Any:
        """Return Tesla's answer; raises FleetError. What was refused is not asked again for a while (`is_shut`)."""
        if self._is_shut(topic):
            raise FleetError(Fault.REFUSED_BEFORE)
        try:
            return await ask(self.client, QUESTIONS[topic])
        except FleetError as err:
            if is_lasting(err):
                self._refused[topic] = Asked(at=dt_util.utcnow(), refused_with=self._scopes, refused_as=err.fault)
            raise

    def _is_shut(self, topic: Topic) -> bool:
        refused = self._refused.get(topic)
        if refused is None or refused.refused_with != self._scopes:
            return False
        for_good = is_for_good(topic, refused.refused_as)
        return is_shut(refused.at, dt_util.utcnow(), for_good=for_good, person=asked_by_person())

    @property
    def _scopes(self) -> str:
        return " ".join(sorted(self.context.scopes))

    @override
    async def async_request_refresh(self) -> None:
        """Ask because `homeassistant.update_entity` wants to know."""
        await self.async_refresh_for_person()

    @override
    async def _fetch(self) -> Person:
        person = self.data
        for topic in _TOPICS:
            try:
                person = _KEEP[topic](person, await self.async_ask(topic))
            except FleetError as err:
                if not is_lasting(err) and err.fault is not Fault.BAD_ANSWER:
                    raise
        if not self.granted:
            return Person()
        return replace(person, asked_at=dt_util.utcnow())

    @override
    async def async_shutdown(self) -> None:
        """Ask no more."""
        if self._stop_looking is not None:
            self._stop_looking()
        await super().async_shutdown()

    @override
    def _take(self, data: Person) -> None:
        if data != self.context.snapshots.person:
            self.context.snapshots.person = data
            self.context.snapshots.async_save()


def _with_profile(known: Person, answer: object) -> Person:
    person = parse(Person, answer, known)
    if person.profile_image_url == known.profile_image_url:
        return person
    return replace(person, pictured_at=dt_util.utcnow())


def _with_orders(known: Person, answer: object) -> Person:
    return with_orders(known, items(answer))


def _with_features(known: Person, answer: object) -> Person:
    return replace(known, features=answer if isinstance(answer, dict) else known.features)


_KEEP: Final[Mapping[Topic, Callable[[Person, object], Person]]] = {
    Topic.PROFILE: _with_profile,
    Topic.ORDERS: _with_orders,
    Topic.FEATURES: _with_features,
}
