"""One car: its state for free, its data only when it is awake anyway."""

import asyncio
from dataclasses import replace
from typing import Any, Final, override

from homeassistant.util import dt as dt_util

from ..budget import polling
from ..charging.inference import fallen_asleep
from ..fleet.errors import Fault, FleetError
from ..fleet.models import Vehicle, parse
from ..fleet.models.vehicle import KeyState, VehicleState
from ..fleet.scopes import Scope
from .base import Context, TeslaCoordinator

_ENDPOINTS: Final = ["charge_state", "drive_state", "vehicle_config", "vehicle_state"]
_LOCATION: Final = "location_data"
# Faults of the data read that leave the state of the car known.
_NO_DATA_NOW: Final = frozenset({Fault.ASLEEP, Fault.IN_SERVICE, Fault.MOBILE_ACCESS_DISABLED})


class VehicleCoordinator(TeslaCoordinator[Vehicle]):
    """Keeps the snapshot of a car."""

    def __init__(self, context: Context, vin: str, item: dict[str, Any]) -> None:
        """Start with what is on disk and in the product list."""
        self.vin = vin
        known = context.snapshots.vehicles.get(vin, Vehicle(vin=vin))
        vehicle = parse(Vehicle, item, known.with_key(context.client.key_fingerprint))
        super().__init__(context, f"car …{vin[-4:]}", polling.vehicle_interval(vehicle), vehicle)
        self._location_denied = False
        self.command_lock = asyncio.Lock()

    @override
    async def _fetch(self) -> Vehicle:
        before = self.data
        vehicle = parse(Vehicle, await self.client.vehicle(self.vin), before)
        if vehicle.state is VehicleState.ONLINE and not vehicle.in_service:
            try:
                vehicle = await self._read(vehicle)
            except FleetError as err:
                if err.fault not in _NO_DATA_NOW:
                    raise
                if err.fault is Fault.ASLEEP:
                    vehicle = replace(vehicle, state=VehicleState.ASLEEP)
        if vehicle.state is VehicleState.ASLEEP:
            vehicle = fallen_asleep(vehicle)
        # What was learned while this read was on its way, no read knows better.
        known = self.data
        return replace(
            vehicle, key_state=known.key_state, key_refused=known.key_refused, learned_signing=known.learned_signing
        )

    def learn(self, **what: bool | KeyState | None) -> None:
        """Keep what was learned of keys and signing; a read that is on its way stays as good as it is."""
        learned = replace(self.data, **what)  # type: ignore[arg-type]
        if learned != self.data:
            self._replace(learned)

    async def _read(self, vehicle: Vehicle) -> Vehicle:
        endpoints = list(_ENDPOINTS)
        if Scope.VEHICLE_LOCATION in self.context.scopes and not self._location_denied:
            endpoints.append(_LOCATION)
        try:
            answer = await self.client.vehicle_data(self.vin, endpoints)
        except FleetError as err:
            if err.fault is not Fault.LOCATION_DENIED or _LOCATION not in endpoints:
                raise
            self._location_denied = True
            answer = await self.client.vehicle_data(self.vin, list(_ENDPOINTS))
        # The list item of a data answer may be older than the one just read.
        blocks = {name: block for name, block in answer.items() if isinstance(block, dict)}
        return replace(parse(Vehicle, blocks, vehicle), read_at=dt_util.utcnow())

    @override
    def _take(self, data: Vehicle) -> None:
        self.update_interval = polling.vehicle_interval(data)
        if data != self.context.snapshots.vehicles.get(self.vin):
            self.context.snapshots.vehicles[self.vin] = data
            self.context.snapshots.async_save()
