"""Routes, doors, the cable's lock and waking (fleet_api.md 5.5, 6.2 and 6.4)."""

from math import inf
from typing import Any

import pytest
from tesla_protocol.command.vcsec_pb2 import FromVCSECMessage, InformationRequest, RKEAction_E, UnsignedMessage

from tesla_simulator.world import Car

from .conftest import Client
from .signed_client import Bench, action, result_of
from .world_help import charge_state, pass_time, plugged_car, state_of

NAVIGATE = {"id": 7, "order": 1}
ROUTE = {
    "active_route_destination",
    "active_route_energy_at_arrival",
    "active_route_latitude",
    "active_route_longitude",
    "active_route_miles_to_arrival",
    "active_route_minutes_to_arrival",
    "active_route_traffic_minutes_delay",
}


def route_of(car: Car) -> dict[str, Any]:
    """Return what drive_state shows of the route."""
    return {name: value for name, value in car.vehicle_data()["drive_state"].items() if name.startswith("active_route")}


def key(pressed: RKEAction_E) -> bytes:
    """Press a button of the key fob."""
    return bytes(UnsignedMessage(RKEAction=pressed).SerializeToString())


LOCK, UNLOCK = key(RKEAction_E.RKE_ACTION_LOCK), key(RKEAction_E.RKE_ACTION_UNLOCK)


def test_route() -> None:
    """The car shows where it is to go, heats the battery after a while and not for ever, and arrives."""
    world, car, _ = plugged_car()
    car.unplug()
    assert route_of(car) == {}
    assert car.command("navigation_sc_request", {"id": 7, "order": 1}).result
    route = route_of(car)
    assert set(route) == ROUTE
    assert (route["active_route_destination"], charge_state(car)["battery_heater_on"]) == ("Supercharger 7", False)
    assert 0 < route["active_route_energy_at_arrival"] < car.battery.soc
    pass_time(world, 61)
    assert charge_state(car)["battery_heater_on"] is True
    assert car.vehicle_data()["climate_state"]["battery_heater"] is True
    before = car.battery.energy_wh
    pass_time(world, 1800)
    assert before - car.battery.energy_wh == pytest.approx(2600, rel=0.05)
    assert state_of(car) == "online"
    pass_time(world, 1800)
    assert (state_of(car), charge_state(car)["battery_heater_on"]) == ("asleep", False)
    car.drive(10)
    assert set(route_of(car)) == ROUTE
    pass_time(world, 601)
    assert route_of(car) == {}


def test_route_that_is_ignored() -> None:
    """A car that does not do what it accepts goes nowhere, and its doors stay."""
    _, car, _ = plugged_car(ignores_commands={"*"})
    assert car.command("navigation_sc_request", {"id": 7, "order": 1}).result
    assert car.command("door_unlock", {}).result
    assert (route_of(car), car.locked) == ({}, True)


async def test_route_unsigned(client: Client) -> None:
    """It needs both numbers, and `vehicle_cmds`; the destination is shown only with the location."""
    path = f"{client.luna}/command/navigation_sc_request"
    _, answer = await client.post(path, {"id": 7})
    assert answer["response"] == {"result": False, "reason": "missing order param"}
    _, answer = await client.post(path, NAVIGATE)
    assert answer["response"] == {"result": True, "reason": ""}
    for endpoints, shown in (("drive_state", False), ("drive_state;location_data", True)):
        _, body = await client.get(f"{client.luna}/vehicle_data", params={"endpoints": endpoints})
        assert ("active_route_destination" in body["response"]["drive_state"]) is shown
        assert "active_route_miles_to_arrival" in body["response"]["drive_state"]
    status, _ = await client.granted("openid", "vehicle_charging_cmds").post(path, NAVIGATE)
    assert status == 403


@pytest.mark.parametrize("taken", [False, True])
async def test_route_unsigned_at_a_car_that_wants_signatures(bench: Bench, taken: bool) -> None:
    """Whether it takes this form is not known; of any other command it does not."""
    if taken:
        bench.sim.behaviour.unsigned_at_all_cars = frozenset({"navigation_sc_request"})
    path = f"/api/1/vehicles/{bench.car.vin}/command"
    status, answer = await bench.client.post(f"{path}/navigation_sc_request", NAVIGATE)
    assert status == (200 if taken else 403)
    assert taken or "Protocol required" in answer["error"]
    assert (bench.car.route is not None) is taken
    assert (await bench.client.post(f"{path}/charge_stop"))[0] == 403


async def test_route_signed(bench: Bench) -> None:
    """Its message is not published: the cloud lets it through or does not."""
    own = await bench.shaken()
    reply = await own.send(own.sign(action("navigationSuperchargerRequest", id=7, remote_nav_trip_order=1)))
    assert result_of(reply.protobuf_message_as_bytes) == (True, "")
    assert route_of(bench.car)["active_route_destination"] == "Supercharger 7"
    without_id = await bench.vehicle().navigation_sc_request(1)  # all that the library's signed form sends
    assert without_id["response"] == {"result": False, "reason": "missing id param"}
    bench.sim.behaviour.undocumented_action = "refuse"
    status, answer = await own.post(own.sign(action("navigationSuperchargerRequest", id=8)))
    assert (status, answer["error"]) == (400, "invalid_command")
    few = bench.own(client=bench.client.granted("openid", "vehicle_charging_cmds"))
    await few.handshake()
    bench.sim.behaviour.undocumented_action = "forward"
    assert (await few.post(few.sign(action("navigationSuperchargerRequest", id=8))))[0] == 403


async def test_doors_unsigned(client: Client) -> None:
    """Doors are unlocked and locked, as vehicle_state shows; charging's scope does not open a car."""
    car, path = client.sim.world.car_named("Luna"), f"{client.luna}/command"
    for name, locked in (("door_unlock", False), ("door_unlock", False), ("door_lock", True)):
        _, answer = await client.post(f"{path}/{name}")
        assert answer["response"] == {"result": True, "reason": ""}
        assert car.vehicle_data()["vehicle_state"]["locked"] is locked
    few = client.granted("openid", "vehicle_charging_cmds")
    assert (await few.post(f"{path}/door_unlock"))[0] == 403


async def test_doors_signed(bench: Bench) -> None:
    """VCSEC has the doors, and says so itself; a charging manager's key or token does not open them."""
    own, asks = await bench.shaken("vcsec"), UnsignedMessage(InformationRequest=InformationRequest())
    for pressed, locked in ((UNLOCK, False), (LOCK, True)):
        assert await own.fault(own.sign(pressed)) == 0
        assert bench.car.vehicle_data()["vehicle_state"]["locked"] is locked
        reply = await own.send(own.sign(asks.SerializeToString()))
        status = FromVCSECMessage.FromString(reply.protobuf_message_as_bytes).vehicleStatus
        assert (status.vehicleLockState == 1) is locked
    assert (await bench.vehicle().door_unlock())["response"]["result"] is True
    few = bench.own("vcsec", client=bench.client.granted("openid", "vehicle_charging_cmds"))
    await few.handshake()
    assert (await few.post(few.sign(LOCK)))[0] == 403
    bench.car.drive(10)
    assert (bench.car.locked, bench.car.doors_unlocked) == (False, False)


@pytest.mark.parametrize(("knobs", "held"), [({}, False), ({"relocks_after_seconds": 15.0}, True)])
def test_cable_locks_again(knobs: dict[str, Any], held: bool) -> None:
    """A cable that was unlocked and not pulled may be held again after a while, and be unlocked again."""
    world, car, _ = plugged_car(**knobs)
    for _ in range(2):
        car.command("charge_port_door_open", {})
        assert charge_state(car)["charge_port_latch"] == "Disengaged"
        pass_time(world, 14)
        assert charge_state(car)["charge_port_latch"] == "Disengaged"
        pass_time(world, 1)
        assert charge_state(car)["charge_port_latch"] == ("Engaged" if held else "Disengaged")
    assert charge_state(car)["charging_state"] == "Stopped"
    car.command("charge_port_door_open", {})
    car.unplug()
    pass_time(world, 60)
    assert (charge_state(car)["charge_port_latch"], car.charger.unlocked) == ("Engaged", False)


@pytest.mark.parametrize("takes", [5.0, 30.0, 120.0, inf])
async def test_waking(bench: Bench, takes: float) -> None:
    """However long it takes to wake, lists and commands of both kinds agree on whether it is awake."""
    clock, car, client, path = bench.sim.world.clock, bench.car, bench.client, f"/api/1/vehicles/{bench.car.vin}"
    own = await bench.shaken()
    clock.speed, car.wake_seconds = 0, takes
    car.sleep()
    assert (await client.post(f"{path}/wake_up"))[1]["response"]["state"] == "asleep"

    async def seen() -> set[str]:
        _, one = await client.get(path)
        _, vehicles = await client.get("/api/1/vehicles")
        _, products = await client.get("/api/1/products")
        listed = [*vehicles["response"], *products["response"]]
        states = {entry["state"] for entry in listed if entry.get("vin") == car.vin}
        signed, _ = await own.post(own.sign(action("chargingSetLimitAction", percent=70)))
        car.command_signing = "allowed"
        statuses = {
            signed,
            (await client.post(f"{path}/command/set_charge_limit", {"percent": 71}))[0],
            (await client.get(f"{path}/vehicle_data"))[0],
        }
        heard = {200: "online", 408: "asleep"}
        return states | {one["response"]["state"]} | {heard[status] for status in statuses}

    assert await seen() == {"asleep"}
    clock.advance(min(takes, 86_400.0) - 1)
    await client.post(f"{path}/wake_up")
    assert await seen() == {"asleep"}
    clock.advance(1)
    assert await seen() == {"online" if takes < inf else "asleep"}
