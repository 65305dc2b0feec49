"""The README names every action, and every entity that a car has from the start, so that it cannot fall behind."""

from collections.abc import Iterator
from importlib import import_module
import json
from pathlib import Path
import re
from typing import Final

import pytest

from custom_components.tesla_charging import PLATFORMS
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.entity import VehicleDescription
from homeassistant.util.yaml import load_yaml_dict

ROOT: Final = Path(__file__).parents[1]
INTEGRATION: Final = ROOT / "custom_components" / DOMAIN
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES: Final = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
ACTIONS: Final = load_yaml_dict(str(INTEGRATION / "services.yaml"))
# Of these no entity belongs to a car.
NOT_OF_CARS: Final = {"image"}


def _descriptions(platform: str) -> Iterator[VehicleDescription]:
    """Yield what a platform has for cars: it has all of it at hand, alone or in tuples."""
    for value in vars(import_module(f"custom_components.{DOMAIN}.{platform}")).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, VehicleDescription):
                yield one


def _name(platform: str, description: VehicleDescription) -> str:
    name: str = NAMES["entity"][platform][description.translation_key or description.key]["name"]
    return name


SHOWN: Final = sorted(
    {
        (platform, _name(platform, description))
        for platform in map(str, PLATFORMS)
        for description in _descriptions(platform)
        if description.entity_registry_enabled_default
    }
)


def _of_cars() -> set[str]:
    """Return what the rows of the car list, in lower case, without what is in brackets; what is off keeps its *."""
    rows = re.findall(r"^\| Car, [^|]+ \| (.*) \|$", README, re.MULTILINE)
    items = re.split(r"[,;:]", re.sub(r" \([^)]*\)", "", ",".join(rows)).lower())
    return {item.strip() for item in items}


def test_all_platforms_are_looked_at() -> None:
    """Every platform but the ones that have nothing for cars tells of at least one entity."""
    assert {platform for platform, _ in SHOWN} == {str(platform) for platform in PLATFORMS} - NOT_OF_CARS


@pytest.mark.parametrize(("platform", "name"), SHOWN)
def test_entity_stands_in_readme(platform: str, name: str) -> None:
    """What a car shows from the start stands in its rows, and not as something that is off."""
    assert name.lower() in _of_cars()


@pytest.mark.parametrize("action", ACTIONS)
def test_action_stands_in_readme(action: str) -> None:
    """An action has a block of its own, or a row of the table, under its name."""
    name = NAMES["services"][action]["name"]
    assert f"### {name}: `{DOMAIN}.{action}`\n" in README or f"\n| {name}: `{action}` |" in README


@pytest.mark.parametrize("action", ACTIONS)
def test_fields_stand_in_readme(action: str) -> None:
    """So do its fields, in the same block or row; what the table calls needed is bold."""
    fields = {key for key in ACTIONS[action]["fields"] if key != "device_id"}
    if row := re.search(rf"^\| [^|]+: `{action}` \|.*$", README, re.MULTILINE):
        needed = {key for key in fields if ACTIONS[action]["fields"][key].get("required")}
        assert set(re.findall(r"\*\*`(\w+)`\*\*", row[0])) == needed
        text = row[0]
    else:
        text = README.partition(f"`{DOMAIN}.{action}`\n")[2].partition("\n##")[0]
    assert {key for key in fields if f"`{key}`" not in text} == set()
