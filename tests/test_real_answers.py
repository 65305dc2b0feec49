"""Answers of real cars and sites are read whole, and load without a word in the log.

The real ones lie outside of the repository (reference/examples); where they are not there, old_car.json stands for them,
which we have written ourselves in their shape.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
import json
import logging
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.tesla_charging.fleet.models import EnergySite, Vehicle, parse
from custom_components.tesla_charging.fleet.scopes import SIGN_IN, Scope
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Account, build_car

from .car_help import drives_in, look
from .conftest import SetUp
from .helpers import START, state_of

EXAMPLES = Path(__file__).parents[2] / "shared" / "reference" / "examples" / "real_responses"
OURS = Path(__file__).parent / "old_car.json"
REAL_CARS = ("vehicle_data_BitcoinLightning_2023_10_09", "vehicle_data_HTLC_2023_09_19", "vehicle_data_HTLC_2023_10_09")
REAL_SITES = "energy_sites_gak_2023_11_06"
REAL_LIVE = "energy_sites_live_status_gak_unplugged_2023_11_06"
REAL_PRODUCTS = "products_gak_2024_01_20"
BLOCKS = {"charge_state", "climate_state", "drive_state", "gui_settings", "vehicle_config", "vehicle_state"}
SEE = SIGN_IN | {Scope.VEHICLE_DEVICE_DATA}


def answer(name: str) -> Any:
    """Return what an answer says; skip the test where the real answers are not there."""
    path = OURS if name == OURS.stem else EXAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no real answers in {EXAMPLES}")
    return json.loads(path.read_text(encoding="utf-8"))["response"]


def told(data: object, path: list[str]) -> object:
    """Return what stands at a path, None for all that says nothing."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    says_nothing = isinstance(data, str) and (data == "<invalid>" or not data.strip())
    return None if says_nothing else data


def lost(snapshot: Any, data: object, path: str = "") -> Iterator[str]:
    """Return the fields that stand in an answer and that a snapshot of it does not have."""
    for one in fields(snapshot):
        value, said = getattr(snapshot, one.name), told(data, (one.metadata.get("key") or one.name).split("."))
        if said is None:
            continue
        if is_dataclass(value):
            yield from lost(value, said, f"{path}{one.name}.")
        elif value is None:
            yield f"{path}{one.name}"


def shape(value: object) -> object:
    """Return the names in an answer, without what stands there."""
    return {name: shape(part) for name, part in value.items()} if isinstance(value, dict) else None


def test_lost_finds_what_is_lost() -> None:
    """A field that the parser cannot read is found, in a block and in a part of one; what says nothing is not."""
    data = {
        "charge_state": {"battery_level": "many", "charging_state": "<invalid>"},
        "vehicle_state": {"locked": None, "software_update": {"download_perc": "half"}},
    }
    assert set(lost(parse(Vehicle, data), data)) == {
        "charge_state.battery_level",
        "vehicle_state.software_update.download_perc",
    }


@pytest.mark.parametrize("name", [OURS.stem, *REAL_CARS])
def test_no_field_of_a_car_is_lost(name: str) -> None:
    """Each field that is in an answer and in our models is known, in every block."""
    data = answer(name)
    car = parse(Vehicle, data)
    assert set(lost(car, data)) == set()
    assert (car.vin, car.state) == (data["vin"], data["state"])
    assert set(data) & {one.name for one in fields(Vehicle)} >= BLOCKS


def test_no_field_of_a_product_is_lost() -> None:
    """The same holds for the products of an account."""
    for data in [*answer(REAL_PRODUCTS), *answer(REAL_SITES)]:
        snapshot = parse(Vehicle, data) if "vin" in data else parse(EnergySite, data)
        assert set(lost(snapshot, data)) == set()
        assert isinstance(snapshot, Vehicle) or (snapshot.energy_site_id, snapshot.exists) == (
            data["energy_site_id"],
            True,
        )


def test_no_field_of_a_site_is_lost() -> None:
    """And for what a site tells of now."""
    data = {"live_status": answer(REAL_LIVE)}
    assert set(lost(parse(EnergySite, data), data)) == set()


@pytest.mark.parametrize("name", REAL_CARS)
def test_ours_has_the_shape_of_a_real_one(name: str) -> None:
    """What stands for the real answers has all the names that they have."""
    ours, real = shape(answer(OURS.stem)), shape(answer(name))
    assert isinstance(ours, dict)
    assert isinstance(real, dict)
    assert real.keys() == ours.keys()
    for block in BLOCKS:
        assert real[block].keys() <= ours[block].keys()


@pytest.mark.parametrize("scopes", [frozenset(Scope), SEE], ids=["all", "see"])
@pytest.mark.parametrize("name", [OURS.stem, *REAL_CARS])
@pytest.mark.freeze_time(START)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_loads_without_a_word(
    hass: HomeAssistant,
    sim: Simulator,
    person: Account,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    name: str,
    scopes: frozenset[str],
) -> None:
    """It loads and is read again without a warning, with every entity there is; no state is missing of what it tells."""
    data = answer(name)
    car = drives_in(person, sim, build_car("Nova", "S", 2015, 7, kept_awake=True))
    person.sites.clear()
    # It is the car of the list that is asked.
    who = {"vin": car.vin, "id": car.id, "id_s": str(car.id), "vehicle_id": car.vehicle_id}
    told_by_car = sim.faults.add(Fault("vehicle_data", body={"response": {**data, **who}}))
    entry = await set_up(scopes)
    await look(hass, freezer)
    assert told_by_car.hits > 1
    words = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name != "homeassistant.loader"
    ]
    assert words == []
    charge = data["charge_state"]
    shown = {
        "sensor.nova_battery_level": str(charge["battery_level"]),
        "sensor.nova_charging_state": charge["charging_state"].lower(),
        "binary_sensor.nova_climate_automatic": "on" if data["climate_state"]["hvac_auto_request"] == "On" else "off",
        "binary_sensor.nova_right_hand_drive": "on" if data["vehicle_config"]["rhd"] else "off",
        "sensor.nova_charge_port_type": data["vehicle_config"]["charge_port_type"],
        ("number" if Scope.VEHICLE_CMDS in scopes else "sensor") + ".nova_charge_limit": str(
            charge["charge_limit_soc"]
        ),
    }
    assert {entity_id: state_of(hass, entity_id) for entity_id in shown} == shown
    registered = {one.entity_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}
    assert not [one for one in registered if any(word in one for word in ("sentry", "tire", "media_player"))]
