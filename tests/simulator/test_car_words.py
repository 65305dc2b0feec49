"""Where the words of signed and unsigned commands differ, and the car that does not hear (fleet_api.md 6)."""

from typing import Any

import pytest
from tesla_protocol.command.car_server_pb2 import Action, VehicleAction

from .car_table import ALL_BUILT_IN
from .signed_client import Bench, action, result_of


async def test_several_seats_in_one_message(bench: Bench) -> None:
    """What a car does with several seats at once is not known: here it refuses, and does nothing."""
    own = await bench.shaken()
    two: list[dict[str, dict[str, str]]] = [
        {"CAR_SEAT_FRONT_LEFT": {}, "SEAT_HEATER_LOW": {}},
        {"CAR_SEAT_FRONT_RIGHT": {}, "SEAT_HEATER_LOW": {}},
    ]
    none: list[dict[str, dict[str, str]]] = [{"CAR_SEAT_FRONT_LEFT": {}}]
    for seats in (two, none):
        order = VehicleAction(hvacSeatHeaterActions={"hvacSeatHeaterAction": seats})
        assert await own.fault(own.sign(Action(vehicleAction=order).SerializeToString())) == 9
    for empty in ("vehicleControlWindowAction", "stwHeatLevelAction"):
        assert await own.fault(own.sign(action(empty))) == 9
    reply = await own.send(own.sign(action("hvacSeatCoolerActions")))
    assert reply.signedMessageStatus.signed_message_fault == 9
    reply = await own.send(own.sign(action("setCopTempAction")))
    assert result_of(reply.protobuf_message_as_bytes) == (False, "invalid cop_temp param")


async def test_asleep_and_in_service(bench: Bench) -> None:
    """No command wakes the car: asleep 408, at service 405, and it stays so."""
    luna = bench.sim.world.accounts[0].cars[0]
    luna.unplug()
    path = f"{bench.client.luna}/command"
    luna.sleep()
    for name in ("auto_conditioning_start", "door_lock", "media_toggle_playback"):
        assert (await bench.client.post(f"{path}/{name}"))[0] == 408
    assert luna.state == "asleep"
    luna.in_service = True
    assert (await bench.client.post(f"{path}/door_lock"))[0] == 405


@pytest.mark.parametrize(
    ("key", "sent", "taken"),
    [
        ("both", "heater", True),
        ("both", "seat_position", True),
        ("heater", "heater", True),
        ("heater", "seat_position", False),
        ("seat_position", "heater", False),
        ("seat_position", "seat_position", True),
    ],
)
async def test_name_of_the_seat(bench: Bench, key: Any, sent: str, taken: bool) -> None:
    """Tesla's docs and tesla-fleet-api name the seat differently (6.4)."""
    luna = bench.sim.world.accounts[0].cars[0]
    bench.sim.behaviour.seat_heater_key = key
    await bench.client.post(f"{bench.client.luna}/command/auto_conditioning_start")
    _, answer = await bench.client.post(
        f"{bench.client.luna}/command/remote_seat_heater_request", {sent: 1, "level": 2}
    )
    assert (answer["response"]["result"], luna.climate.heaters.get("right")) == (taken, 2 if taken else None)


@pytest.mark.parametrize(("from_one", "level"), [(False, 2), (True, 1)])
async def test_levels_of_cooled_seats(bench: Bench, from_one: bool, level: int) -> None:
    """Tesla's docs and its proxy count differently (6.4); off cannot be said from one."""
    luna = bench.sim.world.accounts[0].cars[0]
    luna.hardware = ALL_BUILT_IN
    bench.sim.behaviour.seat_cooler_from_one = from_one
    path = f"{bench.client.luna}/command"
    await bench.client.post(f"{path}/auto_conditioning_start")
    await bench.client.post(f"{path}/remote_seat_cooler_request", {"seat_position": 1, "seat_cooler_level": 2})
    assert luna.climate.coolers == {"left": level}
    body = {"seat_position": 1, "seat_cooler_level": 0}
    _, answer = await bench.client.post(f"{path}/remote_seat_cooler_request", body)
    assert answer["response"]["result"] is not from_one


async def test_sunroof_opens_only_signed(bench: Bench) -> None:
    """REST vents, closes and stops it (6.4)."""
    luna = bench.sim.world.accounts[0].cars[0]
    luna.hardware = ALL_BUILT_IN
    _, answer = await bench.client.post(f"{bench.client.luna}/command/sun_roof_control", {"state": "open"})
    assert answer["response"] == {"result": False, "reason": "invalid state param"}
    assert luna.body.sunroof == 0
