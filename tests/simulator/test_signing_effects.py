"""What becomes of a command that was accepted, and the car's moods on demand (libraries.md 8.4 to 8.6)."""

import time
from typing import Any

import pytest
from tesla_fleet_api import exceptions
from tesla_protocol.command.universal_message_pb2 import OperationStatus_E
from tesla_protocol.command.vcsec_pb2 import FromVCSECMessage, OperationStatus_E as VcsecStatus

from tesla_simulator import Fault, SigningFault
from tesla_simulator.world import Car

from .signed_client import Bench, action, port, result_of


def limit(percent: int) -> bytes:
    """Order a charge limit."""
    return action("chargingSetLimitAction", percent=percent)


def shown(car: Car, name: str = "charge_limit_soc") -> Any:
    """Read what vehicle_data shows."""
    return car.vehicle_data()["charge_state"][name]


async def test_delay(bench: Bench) -> None:
    """vehicle_data shows what a command did later, command by command, with the time of now."""
    own, clock, car = await bench.shaken(), bench.sim.world.clock, bench.car
    clock.speed, car.effect_delay_seconds = 0, 15.0
    await own.send(own.sign(limit(60)))
    clock.advance(5)
    await own.send(own.sign(limit(70)))
    assert (car.charger.limit, shown(car)) == (70, 80)
    before = shown(car, "timestamp")
    clock.advance(9)
    assert (shown(car), shown(car, "timestamp") - before) == (80, 9000)
    clock.advance(1)
    assert shown(car) == 60
    clock.advance(5)
    assert shown(car) == 70


async def test_delay_over_rest(bench: Bench) -> None:
    """A command without a signature is as slow."""
    luna = bench.sim.world.accounts[0].cars[0]
    luna.effect_delay_seconds = 15.0
    await bench.client.post(f"{bench.client.luna}/command/charge_stop")
    assert (luna.charger.state, shown(luna, "charging_state")) == ("Stopped", "Charging")
    bench.sim.world.clock.advance(16)
    assert shown(luna, "charging_state") == "Stopped"


async def test_disobedience(bench: Bench) -> None:
    """The car says yes and does nothing; it still refuses what it would refuse, and does what it is not told to ignore."""
    luna = bench.sim.world.accounts[0].cars[0]
    bench.sim.world.clock.speed = 0
    luna.ignores_commands = {"*"}
    path, plan = f"{bench.client.luna}/command", luna.charger.plan
    place = {"lat": 52.4, "lon": 13.0, "days_of_week": "All", "enabled": True}
    before, session = luna.vehicle_data(), vars(luna.charger.sessions[-1]).copy()
    for name, body in (
        ("charge_stop", {}),
        ("set_charge_limit", {"percent": 55}),
        ("set_charging_amps", {"charging_amps": 3}),
        ("charge_max_range", {}),
        ("charge_port_door_open", {}),
        ("set_scheduled_departure", {"enable": True, "departure_time": 400}),
        ("add_charge_schedule", {**place, "start_enabled": True, "start_time": 60, "end_enabled": False}),
    ):
        status, answer = await bench.client.post(f"{path}/{name}", body)
        assert (status, answer["response"]["result"]) == (200, True)
        assert luna.vehicle_data() == before
    assert (vars(luna.charger.sessions[-1]), plan.charge) == (session, {})
    _, answer = await bench.client.post(f"{path}/set_charge_limit", {"percent": 80})
    assert answer["response"] == {"result": False, "reason": "already_set"}
    luna.ignores_commands = {"set_*"}
    await bench.client.post(f"{path}/set_charge_limit", {"percent": 70})
    await bench.client.post(f"{path}/charge_stop")
    assert (luna.charger.limit, luna.charger.state) == (80, "Stopped")


async def test_busy_after_waking(bench: Bench) -> None:
    """Infotainment may be busy while it boots; VCSEC is there at once."""
    own, vcsec, car = await bench.shaken(), await bench.shaken("vcsec"), bench.car
    car.fault_after_wake_seconds = 30.0
    car.sleep()
    car.wake()
    bench.sim.world.update()
    assert await own.fault(own.sign(limit(60))) == 1
    car.fault_after_wake = 11
    assert await own.fault(own.sign(limit(60))) == 11
    assert await vcsec.fault(vcsec.sign(port(opens=True))) == 0
    bench.sim.world.clock.advance(31)
    assert await own.fault(own.sign(limit(60))) == 0


async def test_waiting(bench: Bench) -> None:
    """Each domain has its way to say that one should come again; nothing is done."""
    own, vcsec = await bench.shaken(), await bench.shaken("vcsec")
    for domain in ("infotainment", "vcsec"):
        bench.sim.signing_faults.add(domain=domain, wait=True)
    reply = await own.send(own.sign(limit(60)))
    assert reply.signedMessageStatus.operation_status == OperationStatus_E.OPERATIONSTATUS_WAIT
    reply = await vcsec.send(vcsec.sign(port(opens=True)))
    status = FromVCSECMessage.FromString(reply.protobuf_message_as_bytes).commandStatus
    assert status.operationStatus == VcsecStatus.OPERATIONSTATUS_WAIT
    assert (bench.car.charger.limit, bench.car.charger.door_open) == (80, False)


async def test_fault_after_it_was_done(bench: Bench) -> None:
    """A fault may be a lie: the car did it."""
    own = await bench.shaken()
    bench.sim.signing_faults.add(fault=2, executed=True)
    assert await own.fault(own.sign(limit(60))) == 2
    assert bench.car.charger.limit == 60
    bench.sim.signing_faults.add(executed=True, wait=True)
    await own.send(own.sign(limit(61)))
    assert bench.car.charger.limit == 61


async def test_duplicated_reply(bench: Bench) -> None:
    """The reply of before comes once more, to another request."""
    own = await bench.shaken()
    first = await own.send(own.sign(limit(60)))
    bench.sim.signing_faults.add(stale=True, executed=True)
    second = own.sign(limit(61))
    assert await own.send(second) == first
    assert (bench.car.charger.limit, first.request_uuid != second.uuid) == (61, True)


async def test_late_reply(bench: Bench) -> None:
    """A reply takes its time."""
    own = await bench.shaken()
    bench.sim.signing_faults.add(delay=0.1)
    began = time.monotonic()
    reply = await own.send(own.sign(limit(60)))
    assert time.monotonic() - began >= 0.1
    assert result_of(reply.protobuf_message_as_bytes) == (True, "")


async def test_forged_session_info(bench: Bench) -> None:
    """Session info whose tag is wrong is not believed by the library, which asks again."""
    car = bench.vehicle()
    car._handshake_retry_interval = 0.0  # type: ignore[misc]  # noqa: SLF001
    bench.sim.signing_faults.add(forged=True, handshakes=True, times=2)
    assert (await car.set_charge_limit(60))["response"]["result"] is True
    bench.sim.signing_faults.add(fault=17, forged=True)
    with pytest.raises(exceptions.SessionInfoAuthenticationFault):
        await car.set_charge_limit(61)


async def test_which_commands_are_struck(bench: Bench) -> None:
    """Faults are for a car, a domain, so many commands after so many; handshakes only if asked for."""
    own, faults = bench.own(), bench.sim.signing_faults
    faults.add("7SA*", fault=1)
    faults.add(domain="vcsec", fault=1)
    struck = faults.add(bench.car.vin, "infotainment", 99, 2, skip=1)
    await own.handshake()
    assert [await own.fault(own.sign(limit(60 + number))) for number in range(4)] == [0, 99, 99, 0]
    assert (struck.hits, len(faults.active)) == (3, 2)
    faults.clear()
    faults.add(fault=3, times=None, handshakes=True)
    assert await own.fault(own.request()) == 3


def test_json() -> None:
    """A fault comes from the control page."""
    fault = SigningFault.from_json({"domain": "vcsec", "fault": 5})
    assert (fault.domain, fault.as_json()["fault"]) == ("vcsec", 5)
    wrong: Any
    for wrong in ([], {"hits": 1}, {"what": 1}):
        with pytest.raises(ValueError, match="a signing fault is"):
            SigningFault.from_json(wrong)


async def test_two_cars(bench: Bench) -> None:
    """Two cars share nothing, and only one has the key."""
    luna = bench.sim.world.accounts[0].cars[0]
    luna.command_signing = "required"
    with pytest.raises(exceptions.NotOnWhitelistFault):
        await bench.vehicle(luna).charge_stop()
    await bench.sim.pair(luna, "home.example.com")
    for car in (luna, bench.car):
        assert (await bench.vehicle(car).set_charge_limit(66))["response"]["result"] is True
    assert bench.sim.signed_cars.computer(luna, "vcsec") is not bench.sim.signed_cars.computer(bench.car, "vcsec")
    bench.sim.faults.add(Fault("signed_command", answer="protocol_required", vin=luna.vin))
    with pytest.raises(exceptions.Forbidden):
        await bench.vehicle(luna).charge_stop()
