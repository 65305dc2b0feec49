"""Sessions for tests: made up, and put into the charging log of an account."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from custom_components.tesla_charging.charging.session import (
    Basis,
    Cost,
    Energy,
    Mix,
    Place,
    Reason,
    Run,
    Session,
    Source,
)
from custom_components.tesla_charging.charging_log import ChargingLog, charging_log_of
from custom_components.tesla_charging.energy.spread import Stretch
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .helpers import LUNA

HOUR_S = 3600
EVENING = datetime(2026, 6, 9, 18, tzinfo=UTC)


def measured(kwh: float, source: Source = Source.CAR, *, estimated: bool = False) -> Energy:
    """Return an energy."""
    return Energy(wh=kwh * 1000, source=source, estimated=estimated)


def cost(amount: str, currency: str = "EUR", *, provisional: bool = False, hours: dict[int, str] | None = None) -> Cost:
    """Return a cost of home charging."""
    parts = tuple((hour, Decimal(part)) for hour, part in (hours or {}).items())
    return Cost(amount=Decimal(amount), currency=currency, basis=Basis.NUMBER, provisional=provisional, hours=parts)


def session(number: int = 1, start: datetime = EVENING, hours: float = 2.0, kwh: float = 10.0, **more: Any) -> Session:
    """Return a session at home that is over: it charges evenly from plug-in, and is unplugged an hour later."""
    seconds = round(hours * HOUR_S)
    end = start + timedelta(seconds=seconds)
    usual: dict[str, Any] = {
        "id": f"s{number}",
        "vin": LUNA,
        "plugged_at": start,
        "unplugged_at": end + timedelta(hours=1),
        "runs": (Run(start=start, end=end),),
        "added": measured(kwh),
        "used": measured(kwh / 0.9, Source.WALL_CONNECTOR),
        "flow": (Stretch(round(start.timestamp()), seconds, kwh * 1000),),
        "place": Place.HOME,
    }
    return Session(**{**usual, **more})


def supercharged(number: int = 100, start: datetime = EVENING, **more: Any) -> Session:
    """Return a session at a Supercharger."""
    usual = {"place": Place.SUPERCHARGER, "place_name": "Dresden, Germany", "direct_current": True, "kwh": 30.0}
    return session(number, start, 0.5, **{**usual, **more})


def sunny(solar: float, grid: float = 0.0) -> Mix:
    """Return a mix of so many kWh."""
    return Mix(solar_wh=solar * 1000, grid_wh=grid * 1000, settled=True)


def keep(
    hass: HomeAssistant, entry: ConfigEntry[Any], *sessions: Session, reason: Reason = Reason.CLOSED
) -> ChargingLog:
    """Put sessions into the log of an account."""
    log = charging_log_of(hass, entry)
    for one in sessions:
        log.async_amend(one, reason)
    return log
