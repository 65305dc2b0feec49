"""Ten years of charging sessions in Home Assistant: how long it takes to load, add to, query and export them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
import time
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
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.energy.clock import HOUR_S
from custom_components.tesla_charging.energy.spread import Stretch, energy_by_hour
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from tesla_simulator.world import build_car

from .energy import Loop, megabytes, watched, with_recorder
from .home import OURS, Home, open_home, open_tesla

DAYS_A_YEAR = 365.25
FILES = f"{DOMAIN}.*.charging_log"
QUERIED = timedelta(days=365)
MONEY = Decimal("0.01")


@dataclass(kw_only=True)
class Years:
    """What it took, in seconds and MB."""

    sessions: int = 0
    file_megabytes: float = 0.0
    start_s: float = 0.0
    megabytes: float = 0.0
    loop: Loop = field(default_factory=lambda: Loop(0))
    steps: dict[str, float] = field(default_factory=dict)


async def measure(years: float) -> Years:
    """Fill a log, start Home Assistant with it, and use it."""
    found, car = Years(), build_car("Juniper", "Y", 2025, 2)
    files = dict[str, bytes]()
    async with open_tesla(car) as tesla:
        async with open_home(tesla, OURS) as home:
            log = charging_log_of(home.hass, home.entry)
            for session in made_up(car.vin, years, datetime.now(UTC)):
                log.async_amend(session, Reason.IMPORTED)
                found.sessions += 1
            await home.hass.config_entries.async_unload(home.entry.entry_id)
            files |= await home.hass.async_add_executor_job(_read, home.hass.config.path(".storage"))
        found.file_megabytes = sum(map(len, files.values())) / 2**20

        async def before(hass: HomeAssistant) -> None:
            await with_recorder(hass)
            await hass.async_add_executor_job(_write, hass.config.path(".storage"), files)

        memory, began = megabytes(), time.perf_counter()
        with watched() as loop:
            async with open_home(tesla, OURS, before=before) as home:
                found.start_s, found.megabytes = time.perf_counter() - began, megabytes() - memory
                await _use(home, car.vin, found)
        found.loop = loop
    return found


def _read(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).glob(FILES)}


def _write(folder: str, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (Path(folder) / name).write_bytes(data)


async def _use(home: Home, vin: str, found: Years) -> None:
    log, now = charging_log_of(home.hass, home.entry), datetime.now(UTC)
    if len(log.sessions(vin)) != found.sessions:
        raise RuntimeError(f"{len(log.sessions(vin))} of {found.sessions} sessions were loaded")
    one = made_up(vin, 1 / DAYS_A_YEAR, now + timedelta(days=1))[0]
    found.steps["add one"] = _timed(lambda: log.async_amend(one, Reason.CLOSED))
    found.steps["last year, in memory"] = _timed(lambda: log.sessions(vin, now - QUERIED, now))
    found.steps["totals, in memory"] = _timed(lambda: log.totals(vin))
    device = next(
        device
        for device in dr.async_entries_for_config_entry(dr.async_get(home.hass), home.entry.entry_id)
        if (DOMAIN, vin) in device.identifiers
    )
    span = {"start": now - QUERIED, "end": now}
    for name, action, data in (
        ("last year, by the action", "get_charging_sessions", span),
        ("totals of all years, by the action", "get_charging_totals", {}),
        ("all years as CSV", "export_charging_sessions", {"format": "csv"}),
        ("all years as JSON", "export_charging_sessions", {"format": "json"}),
    ):
        began = time.perf_counter()
        await home.hass.services.async_call(
            DOMAIN, action, {"device_id": device.id, **data}, blocking=True, return_response=True
        )
        found.steps[name] = time.perf_counter() - began
    # What is worked off in the background belongs to it.
    await home.hass.async_block_till_done(wait_background_tasks=False)


def _timed(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def made_up(vin: str, years: float, end: datetime) -> list[Session]:
    """Return a session for each day, at home but for one in eight."""
    dice, days = Random(f"{vin}/{years}"), max(1, round(years * DAYS_A_YEAR))
    first = end.replace(minute=0, second=0, microsecond=0) - timedelta(days=days)
    return [_session(vin, first + timedelta(days=day, minutes=dice.randrange(600)), dice) for day in range(days)]


def _session(vin: str, plugged_at: datetime, dice: Random) -> Session:
    away = dice.random() < 1 / 8
    power_w, minutes = (120_000.0, dice.randint(12, 40)) if away else (9_900.0, dice.randint(40, 400))
    begin, parts = plugged_at + timedelta(minutes=1), 1 + minutes // 60
    flow = tuple(
        Stretch(int((begin + timedelta(minutes=minutes * part / parts)).timestamp()), minutes * 60 // parts, wh)
        for part, wh in enumerate([power_w * minutes / 60 / parts] * parts)
    )
    added_wh = sum(one.energy_wh for one in flow)
    hours = tuple((hour, (Decimal(kwh) / 3).quantize(MONEY)) for hour, kwh in sorted(energy_by_hour(flow).items()))
    end = begin + timedelta(minutes=minutes)
    return Session(
        id=f"{int(plugged_at.timestamp()):x}",
        vin=vin,
        plugged_at=plugged_at,
        unplugged_at=end + timedelta(hours=2),
        runs=(Run(start=begin, end=end),),
        added=Energy(wh=added_wh, source=Source.CAR),
        used=Energy(wh=added_wh / 0.9, source=Source.WALL_CONNECTOR),
        flow=flow,
        soc_start=30.0,
        soc_end=80.0,
        odometer_mi=plugged_at.timestamp() / HOUR_S / 100,
        place=Place.SUPERCHARGER if away else Place.HOME,
        place_name="Example Park" if away else None,
        direct_current=away,
        mix=None if away else Mix(solar_wh=added_wh / 3, grid_wh=added_wh * 2 / 3, settled=True),
        cost=Cost(
            amount=sum((amount for _, amount in hours), Decimal(0)),
            currency="EUR",
            basis=Basis.INVOICE if away else Basis.TARIFF,
            hours=hours,
        ),
    )
