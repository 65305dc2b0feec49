"""tesla-fleet-api's VehicleSigned, unmodified, as a client of the simulated cars."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tesla_fleet_api import TeslaFleetApi, exceptions
from tesla_fleet_api.tesla.vehicle.signed import VehicleSigned

from .signed_client import DOMAIN, Bench

type Signed = VehicleSigned[TeslaFleetApi]

PLACE: dict[str, Any] = {"lat": 52.401, "lon": 13.0591}


async def test_charge(bench: Bench) -> None:
    """A command starts with a handshake, and the car does it."""
    bench.car.plug_in(bench.sim.world.stations[1])
    bench.car.charger.stop_now(bench.car.now)
    car = bench.vehicle()
    assert await car.charge_start() == {"response": {"result": True, "reason": ""}}
    assert bench.car.charger.active
    assert await car.charge_start() == {"response": {"result": False, "reason": "requested"}}
    assert bench.commands == ["handshake infotainment", "charge_start", "charge_start"]
    assert bench.sim.bill.counts("demo-client") == {"command": 3}


async def test_both_domains(bench: Bench) -> None:
    """Each domain has a session of its own."""
    car = bench.vehicle()
    for _ in range(2):
        assert (await car.charge_port_door_open())["response"]["result"] is True
        assert bench.car.charger.door_open
        assert (await car.charge_port_door_close())["response"]["result"] is True
        assert (await car.set_charge_limit(55))["response"]["result"] is True
        bench.car.charger.limit = 80
    assert bench.commands.count("handshake vcsec") == bench.commands.count("handshake infotainment") == 1
    assert not bench.car.charger.door_open


@pytest.mark.parametrize(
    ("send", "path", "value"),
    [
        (lambda car: car.set_charge_limit(66), "charge_state.charge_limit_soc", 66),
        (lambda car: car.set_charging_amps(8), "charge_state.charge_amps", 8),
        (lambda car: car.charge_max_range(), "charge_state.charge_limit_soc", 100),
        (lambda car: car.set_scheduled_charging(True, 90), "charge_state.scheduled_charging_start_time_minutes", 90),
        (
            lambda car: car.set_scheduled_departure(departure_time=480),
            "charge_state.scheduled_charging_mode",
            "DepartBy",
        ),
        (
            lambda car: car.set_scheduled_departure(preconditioning_weekdays_only=True),
            "charge_state.preconditioning_times",
            "weekdays",
        ),
        (
            lambda car: car.set_scheduled_departure(off_peak_charging_enabled=True),
            "charge_state.off_peak_charging_enabled",
            True,
        ),
        (
            lambda car: car.add_charge_schedule("Weekdays", True, **PLACE, start_time=60, id=7, name="Night"),
            "charge_schedule_data.charge_schedules.0.days_of_week",
            62,
        ),
        (
            lambda car: car.add_precondition_schedule(3, True, **PLACE, precondition_time=480, id=7),
            "preconditioning_schedule_data.precondition_schedules.0.days_of_week",
            3,
        ),
    ],
)
async def test_effects(bench: Bench, send: Callable[[Signed], Awaitable[Any]], path: str, value: object) -> None:
    """What was ordered shows in vehicle_data."""
    bench.car.legacy_schedules = "set"
    assert (await send(bench.vehicle()))["response"] == {"result": True, "reason": ""}
    found: Any = bench.car.vehicle_data()
    for part in path.split("."):
        found = found[int(part) if part.isdecimal() else part]
    assert found == value


async def test_schedules_are_removed(bench: Bench) -> None:
    """Schedules go by id and by place, and none is made twice."""
    car, plan = bench.vehicle(), bench.car.charger.plan
    for number in (1, 2, 2):
        await car.add_charge_schedule("All", True, **PLACE, end_time=300, one_time=True, id=number)
        await car.add_precondition_schedule(127, True, **PLACE, precondition_time=480, id=number)
    assert (list(plan.charge), list(plan.precondition)) == ([1, 2], [1, 2])
    assert plan.charge[1].one_time
    assert not plan.charge[1].start_enabled
    await car.remove_charge_schedule(1)
    await car.remove_precondition_schedule(1)
    assert (list(plan.charge), list(plan.precondition)) == ([2], [2])
    await car.batch_remove_charge_schedules(False, False, True)
    await car.batch_remove_precondition_schedules(True, False, False)
    assert (list(plan.charge), list(plan.precondition)) == ([2], [])
    await car.add_charge_schedule("All", True, **PLACE, start_time=0)
    assert len(plan.charge) == 2


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (lambda car: car.charge_start(), "disconnected"),
        (lambda car: car.charge_stop(), "not_charging"),
        (lambda car: car.set_charge_limit(80), "already_set"),
        (lambda car: car.charge_standard(), "already_standard"),
        (lambda car: car.set_scheduled_charging(True, 1440), "invalid time param"),
        (lambda car: car.charge_port_door_close(), "GENERICERROR_ALREADY_ON"),
        (lambda car: car.open_tonneau(), "GENERICERROR_NOT_SUPPORTED"),
        (lambda car: car.remote_seat_heater_request(0, 3), "cabin comfort remote settings not enabled"),
        (lambda car: car.sun_roof_control("vent"), "not_supported"),
        (lambda car: car.set_outlets(1), "unsupported"),
    ],
)
async def test_refusals(bench: Bench, send: Callable[[Signed], Awaitable[Any]], reason: str) -> None:
    """The car's reasons are those of REST, in each domain's form."""
    assert (await send(bench.vehicle()))["response"] == {"result": False, "reason": reason}


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
async def test_reboot(bench: Bench, domain: str) -> None:
    """A reboot between two commands costs one request more."""
    car = bench.vehicle()
    for send in (car.charge_port_door_open, lambda: car.set_charge_limit(60)):
        await send()
    bench.sim.clear_requests()
    bench.car.reboot()
    sent = await (car.charge_port_door_open() if domain == "vcsec" else car.set_charge_limit(61))
    assert sent["response"]["result"] is True
    assert len(bench.sim.requests) == 2


async def test_not_paired(bench: Bench) -> None:
    """A key that the car does not know gets no session, and a known one loses it."""
    car = bench.vehicle()
    bench.sim.unpair(bench.car, DOMAIN)
    with pytest.raises(exceptions.NotOnWhitelistFault):
        await car.charge_stop()
    await bench.sim.pair(bench.car, DOMAIN)
    assert (await car.charge_stop())["response"]["reason"] == "not_charging"
    bench.sim.unpair(bench.car, DOMAIN)
    with pytest.raises(exceptions.TeslaFleetMessageFaultUnknownKeyId):
        await car.charge_stop()


async def test_asleep_and_old(bench: Bench) -> None:
    """A sleeping car answers 408, one without the protocol 422."""
    bench.car.sleep()
    with pytest.raises(exceptions.VehicleOffline):
        await bench.vehicle().charge_stop()
    with pytest.raises(exceptions.InvalidResource):
        await bench.vehicle(bench.sim.world.accounts[0].cars[0]).charge_stop()


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
@pytest.mark.parametrize(
    ("fault", "exception"),
    [
        (1, exceptions.TeslaFleetMessageFaultBusy),
        (2, exceptions.TeslaFleetMessageFaultTimeout),
        (3, exceptions.TeslaFleetMessageFaultUnknownKeyId),
        (4, exceptions.TeslaFleetMessageFaultInactiveKey),
        (5, exceptions.TeslaFleetMessageFaultInvalidSignature),
        (7, exceptions.TeslaFleetMessageFaultInsufficientPrivileges),
        (8, exceptions.TeslaFleetMessageFaultInvalidDomains),
        (9, exceptions.TeslaFleetMessageFaultInvalidCommand),
        (10, exceptions.TeslaFleetMessageFaultDecoding),
        (11, exceptions.TeslaFleetMessageFaultInternal),
        (12, exceptions.TeslaFleetMessageFaultWrongPersonalization),
        (13, exceptions.TeslaFleetMessageFaultBadParameter),
        (17, exceptions.TeslaFleetMessageFaultTimeExpired),
        (20, exceptions.TeslaFleetMessageFaultTimeToLiveTooLong),
    ],
)
async def test_faults_on_demand(bench: Bench, domain: str, fault: int, exception: type[BaseException]) -> None:
    """Every fault reaches the library as itself; the car did nothing, and the next command works."""
    car = bench.vehicle()
    send = car.charge_port_door_open if domain == "vcsec" else lambda: car.set_charge_limit(71)
    bench.sim.signing_faults.add(bench.car.vin, domain, fault)
    with pytest.raises(exception):
        await send()
    assert (bench.car.charger.door_open, bench.car.charger.limit) == (False, 80)
    assert (await send())["response"]["result"] is True


@pytest.mark.parametrize("domain", ["infotainment", "vcsec"])
@pytest.mark.parametrize("fault", [6, 15])
async def test_faults_that_the_library_retries(bench: Bench, domain: str, fault: int) -> None:
    """Counter and epoch are set right and the command is sent again, four times in all."""
    car = bench.vehicle()
    send = car.charge_port_door_open if domain == "vcsec" else lambda: car.set_charge_limit(71)
    bench.sim.signing_faults.add("*", domain, fault, 3)
    assert (await send())["response"]["result"] is True
    assert len(bench.sim.requests) == 5
    bench.sim.signing_faults.add("*", domain, fault, None)
    with pytest.raises(exceptions.TeslaFleetMessageFault):
        await send()
