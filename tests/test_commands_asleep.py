"""Commands to a car that sleeps, that wants them signed, or that a person may not command."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging import commands
from custom_components.tesla_charging.fleet.commands import CHARGE_START
from custom_components.tesla_charging.fleet.scopes import Scope
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, Car

from .conftest import SetUp, settle
from .helpers import (
    JUNIPER,
    asked,
    at_home,
    call,
    entity_ids,
    has_entity,
    list_again,
    set_number,
    state_of,
    unsigned_car,
)

ALL = frozenset(Scope)


@pytest.fixture
def nova(sim: Simulator, person: Account) -> Car:
    """Return a car that sleeps, takes unsigned commands and wakes soon."""
    car = unsigned_car(wake_seconds=0.02)
    person.cars.append(car)
    sim.world.update()
    return car


async def known_and_asleep(hass: HomeAssistant, sim: Simulator, car: Car, set_up: SetUp) -> None:
    """Set up with a car whose values are known and that fell asleep, which is known too."""
    await set_up()
    car.sleep()
    await list_again(hass)
    assert state_of(hass, "sensor.nova_status") == "asleep"
    assert state_of(hass, "number.nova_charge_limit") == "80"
    sim.clear_requests()


async def test_asleep_car_is_woken_once(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """It is woken, waited for at no cost, and told."""
    await known_and_asleep(hass, sim, nova, set_up)
    await set_number(hass, "number.nova_charge_limit", 72)
    assert nova.charger.limit == 72
    assert asked(sim, "wake_up") == ["wake_up"]
    assert asked(sim, vin=nova.vin)[-1] == "command/set_charge_limit"
    assert set(asked(sim, vin=nova.vin)) == {"vehicle", "wake_up", "command/set_charge_limit"}
    assert state_of(hass, "sensor.nova_status") == "online"
    assert state_of(hass, "number.nova_charge_limit") == "72"


async def test_awake_after_all(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A car that woke by itself since the last look is not woken again: a look is free."""
    await known_and_asleep(hass, sim, nova, set_up)
    nova.drive(30)
    await set_number(hass, "number.nova_charge_limit", 72)
    assert asked(sim, vin=nova.vin) == ["vehicle", "command/set_charge_limit"]
    assert state_of(hass, "sensor.nova_status") == "online"


async def test_fell_asleep_since(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A car thought to be awake says that it sleeps: woken once, told once more."""
    await set_up()
    nova.sleep()
    sim.clear_requests()
    await set_number(hass, "number.nova_charge_limit", 72)
    found = asked(sim, vin=nova.vin)
    assert (found[0], found[1], found[-1]) == ("command/set_charge_limit", "wake_up", "command/set_charge_limit")
    assert set(found[2:-1]) == {"vehicle"}
    assert nova.charger.limit == 72
    assert state_of(hass, "number.nova_charge_limit") == "72"


@pytest.mark.parametrize("reachable", [True, False])
async def test_does_not_wake(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, reachable: bool) -> None:
    """A car that does not wake in time is given up, with a sentence; it is woken once and not told."""
    nova.wake_seconds = 1e6
    await known_and_asleep(hass, sim, nova, set_up)
    nova.reachable = reachable
    with pytest.raises(HomeAssistantError) as failure:
        await set_number(hass, "number.nova_charge_limit", 72)
    assert failure.value.translation_key == "asleep"
    assert asked(sim, "wake_up") == ["wake_up"]
    assert asked(sim, "command/*") == []
    assert len(asked(sim, "vehicle")) == 1 + len(commands.WAKE_LOOKS)
    assert state_of(hass, "number.nova_charge_limit") == "80"
    assert state_of(hass, "sensor.nova_status") == ("asleep" if reachable else "offline")


async def test_ten_commands_wake_once(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """Ten at once, from different entities: one wake, each is carried out, and of those about the same the last."""
    sim.world.car_named("Luna").unplug()
    nova.plug_in(at_home(sim))
    nova.command("charge_stop", {})
    await known_and_asleep(hass, sim, nova, set_up)
    limits = (call(hass, "number.set_value", "number.nova_charge_limit", value=60 + n) for n in range(4))
    amps = (call(hass, "number.set_value", "number.nova_charging_amps", value=6 + n) for n in range(3))
    buttons = ("open_charge_port", "charge_to_maximum_range", "wake_up")
    presses = (call(hass, "button.press", f"button.nova_{name}") for name in buttons)
    await asyncio.gather(*limits, *amps, *presses)
    assert asked(sim, "wake_up") == ["wake_up"]
    assert asked(sim, "command/*") == [
        "command/set_charging_amps",
        "command/charge_port_door_open",
        "command/charge_max_range",
    ]
    await settle(hass)
    assert nova.charger.amps_setting == 8
    assert state_of(hass, "number.nova_charge_limit") == str(nova.charger.limit) == "100"


async def test_ten_commands_to_a_car_that_does_not_wake(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp
) -> None:
    """They fail together: it is not woken again for each of them, but for the next one that a person tries."""
    nova.wake_seconds = 1e6
    await known_and_asleep(hass, sim, nova, set_up)
    buttons = ("open_charge_port", "close_charge_port", "charge_to_maximum_range", "wake_up")
    presses = [call(hass, "button.press", f"button.nova_{name}") for name in buttons]
    limits = [call(hass, "number.set_value", "number.nova_charge_limit", value=60 + n) for n in range(6)]
    outcomes = await asyncio.gather(*presses, *limits, return_exceptions=True)
    assert [getattr(outcome, "translation_key", outcome) for outcome in outcomes] == ["asleep"] * 10
    assert asked(sim, "wake_up") == ["wake_up"]
    nova.wake_seconds = nova.waking_s = 0.0
    await call(hass, "button.press", "button.nova_charge_to_maximum_range")
    assert nova.charger.limit == 100


async def test_time_runs_out_for_all(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one command has used up its time, those behind it neither wake the car again nor take as long."""
    await known_and_asleep(hass, sim, nova, set_up)
    monkeypatch.setattr(commands, "_LONGEST", 0.2)
    nova.wake_seconds = 1e6
    sim.faults.add(Fault("vehicle", vin=nova.vin, hang=True, skip=1))
    names = ("open_charge_port", "charge_to_maximum_range", "wake_up")
    presses = [call(hass, "button.press", f"button.nova_{name}") for name in names]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert [getattr(outcome, "translation_key", outcome) for outcome in outcomes] == ["no_answer"] * 3
    assert asked(sim, "wake_up") == ["wake_up"]
    sim.faults.clear()


async def test_wake_button(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """It wakes, and shows at once what the car has to say; an awake car is not woken."""
    await known_and_asleep(hass, sim, nova, set_up)
    nova.charger.limit = 77
    await call(hass, "button.press", "button.nova_wake_up")
    await settle(hass)
    assert state_of(hass, "sensor.nova_status") == "online"
    assert state_of(hass, "number.nova_charge_limit") == "77"
    await call(hass, "button.press", "button.nova_wake_up")
    assert asked(sim, "wake_up") == ["wake_up"]


async def test_wake_that_fails(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A wake-up that Tesla turns down is a sentence."""
    await known_and_asleep(hass, sim, nova, set_up)
    sim.faults.add(Fault("wake_up", answer="rate_limited", retry_after=30))
    with pytest.raises(HomeAssistantError) as failure:
        await call(hass, "button.press", "button.nova_wake_up")
    assert failure.value.translation_key == "rate_limited"
    assert len(asked(sim, "wake_up")) == 1


async def test_refresh_button(
    hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """It reads at once, says when that fails, and is fine again as soon as it works."""
    await set_up()
    nova.charger.limit = 66
    sim.faults.add(Fault("vehicle_data", vin=nova.vin, answer="internal", times=1))
    freezer.tick(6)
    with pytest.raises(HomeAssistantError):
        await call(hass, "button.press", "button.nova_refresh")
    assert state_of(hass, "number.nova_charge_limit") == "80"
    await call(hass, "button.press", "button.nova_refresh")
    assert state_of(hass, "number.nova_charge_limit") == "66"


async def test_refresh_button_after_a_failure(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """An old failure is no reason to complain about a read that went well."""
    sim.faults.add(Fault("vehicle_data", vin=nova.vin, answer="internal", times=1))
    await set_up()
    assert state_of(hass, "number.nova_charge_limit") in (None, "unavailable")
    await call(hass, "button.press", "button.nova_refresh")
    assert state_of(hass, "number.nova_charge_limit") == "80"


# A car that wants its commands signed


@pytest.mark.parametrize(
    ("service", "entity_id", "data"),
    [
        ("switch.turn_on", "switch.juniper_charging", {}),
        ("number.set_value", "number.juniper_charge_limit", {"value": 70}),
        ("button.press", "button.juniper_open_charge_port", {}),
    ],
)
async def test_signing_required(
    hass: HomeAssistant, sim: Simulator, set_up: SetUp, service: str, entity_id: str, data: dict[str, Any]
) -> None:
    """It says so, and is neither asked nor woken for it."""
    juniper = sim.world.car_named("Juniper")
    juniper.wake_seconds = 0
    juniper.wake()
    await set_up()
    juniper.sleep()
    sim.clear_requests()
    with pytest.raises(HomeAssistantError) as failure:
        await call(hass, service, entity_id, **data)
    assert failure.value.translation_key == "signing_required"
    assert sim.requests == []


async def test_signing_required_in_tesla_s_words(hass: HomeAssistant, sim: Simulator, nova: Car, set_up: SetUp) -> None:
    """A car that does not say so beforehand says so in its answer."""
    await set_up()
    sim.faults.add(Fault("command/*", answer="protocol_required"))
    with pytest.raises(HomeAssistantError) as failure:
        await set_number(hass, "number.nova_charge_limit", 72)
    assert failure.value.translation_key == "signing_required"


async def test_waking_needs_no_signature(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """A car that we have no key to is woken all the same."""
    sim.world.car_named("Juniper").wake_seconds = 0.02
    await set_up()
    assert state_of(hass, "sensor.juniper_battery_level") == "unavailable"
    await call(hass, "button.press", "button.juniper_wake_up")
    await settle(hass)
    assert state_of(hass, "sensor.juniper_status") == "online"
    assert state_of(hass, "sensor.juniper_battery_level") == "48"
    assert asked(sim, "wake_up", vin=JUNIPER) == ["wake_up"]


# What is not granted


@pytest.mark.parametrize("how", ["not asked for", "not granted"])
async def test_without_the_scope(hass: HomeAssistant, sim: Simulator, set_up: SetUp, how: str) -> None:
    """Without the right to charge there is nothing to press; calling it all the same does no harm."""
    less = ALL - {Scope.VEHICLE_CHARGING_CMDS, Scope.VEHICLE_CMDS}
    await (set_up(less) if how == "not asked for" else set_up(ALL, less))
    told = {entity_id for entity_id in entity_ids(hass, start="luna") if entity_id.startswith(("switch", "number"))}
    assert told == {"switch.luna_automatic_updates"}
    assert state_of(hass, "button.luna_open_charge_port") is None
    assert state_of(hass, "sensor.luna_battery_level") == "62"
    sim.clear_requests()
    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert sim.requests == []
    assert sim.world.car_named("Luna").charger.state == "Charging"


async def test_either_scope_will_do(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Charging may be commanded with the right to charge, and with the right to everything."""
    await set_up(ALL - {Scope.VEHICLE_CMDS})
    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert sim.world.car_named("Luna").charger.state == "Stopped"


async def test_the_right_to_everything_is_enough(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """The same with `vehicle_cmds` alone."""
    await set_up(ALL - {Scope.VEHICLE_CHARGING_CMDS})
    await call(hass, "switch.turn_off", "switch.luna_charging")
    assert sim.world.car_named("Luna").charger.state == "Stopped"


async def test_taken_back_at_tesla(
    hass: HomeAssistant, sim: Simulator, person: Account, nova: Car, set_up: SetUp
) -> None:
    """A right that was taken back while all is running: one refusal, and then the entities go."""
    await set_up()
    left = ALL - {Scope.VEHICLE_CMDS, Scope.VEHICLE_CHARGING_CMDS}
    sim.grants.set_consent(person, sim.apps[0], left)
    sim.faults.add(Fault("command/*", answer="missing_scopes", times=1))
    with pytest.raises(HomeAssistantError) as failure:
        await set_number(hass, "number.nova_charge_limit", 72)
    assert failure.value.translation_key == "missing_scopes"
    await settle(hass)
    assert not has_entity(hass, "number", f"{nova.vin}-charge_limit_soc")
    assert state_of(hass, "sensor.nova_battery_level") == "50"


async def test_no_way_round_the_scope(hass: HomeAssistant, sim: Simulator, set_up: SetUp) -> None:
    """Even where something else than an entity sends it, a command that is not granted is not sent."""
    entry = await set_up(ALL - {Scope.VEHICLE_CHARGING_CMDS, Scope.VEHICLE_CMDS})
    sim.clear_requests()
    car = next(iter(entry.runtime_data.vehicles.values()))
    with pytest.raises(ServiceValidationError) as refusal:
        await commands.async_send(car, CHARGE_START)
    assert refusal.value.translation_key == "not_granted"
    assert "Vehicle charging management" in str(refusal.value)
    assert sim.requests == []
    assert not has_entity(hass, "switch", f"{car.vin}-charge")
