"""Events of the charging log of a car: what has happened, with the car's time and not the poll's."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.event import EventEntityDescription
from homeassistant.core import CALLBACK_TYPE, callback

from .charging.news import Happening, News
from .charging_log import charging_log_of
from .entity import TellingEntity, VehicleDescription, VehicleEntity


@dataclass(frozen=True, kw_only=True)
class ChargingEventDescription(VehicleDescription, EventEntityDescription):
    """The events of charging."""


CHARGING_EVENTS: Final = ChargingEventDescription(
    key="charging", event_types=[one.value for one in Happening], needs_data=False
)


class ChargingEvents(TellingEntity, VehicleEntity):
    """What happens in the charging sessions of a car."""

    entity_description: ChargingEventDescription

    @override
    def _follow(self) -> CALLBACK_TYPE:
        log = charging_log_of(self.hass, self.coordinator.context.entry)
        return log.async_follow_news(self.coordinator.vin, self._tell)

    @callback
    def _tell(self, news: News) -> None:
        session = news.session
        cost = session.cost
        self.tell(
            news.what.value,
            session_id=session.id,
            at=news.at.isoformat(),
            soc=news.soc,
            energy=round(session.added.wh / 1000, 3),
            cost=None if cost is None else float(cost.amount),
            currency=None if cost is None else cost.currency,
            location_type=session.place.value,
            source=session.added.source.value,
            estimated=news.estimated or session.added.estimated,
        )
