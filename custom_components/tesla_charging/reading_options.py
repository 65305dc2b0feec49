"""What a person has said about the reads of each car: the entry's options."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from .budget.policy import Sleep, Wishes

CONF_CARS: Final = "cars"
CONF_DRIVING: Final = "driving"
CONF_HINTS: Final = "hints"
CONF_NEAR_HOME: Final = "near_home"
CONF_PAUSED: Final = "paused"
CONF_SLEEP: Final = "sleep"

# How much more than usual a drive is worth: the reads of a drive are apart by the square root of it.
DRIVING: Final = {"less": 0.25, "usual": 1.0, "more": 4.0}
USUAL: Final = "usual"
_SLEEP: Final[Mapping[str, Sleep]] = {sleep.value: sleep for sleep in Sleep}


def options_of(entry: ConfigEntry[Any], vin: str) -> Mapping[str, Any]:
    """Return what was said about a car."""
    cars = entry.options.get(CONF_CARS)
    said = cars.get(vin) if isinstance(cars, Mapping) else None
    return said if isinstance(said, Mapping) else {}


def with_options(entry: ConfigEntry[Any], vin: str, **said: Any) -> dict[str, Any]:
    """Return the options of an entry with something else said about a car."""
    cars = {**entry.options.get(CONF_CARS, {}), vin: {**options_of(entry, vin), **said}}
    return {**entry.options, CONF_CARS: cars}


def wishes_of(entry: ConfigEntry[Any], vin: str) -> Wishes:
    """Return what a person wants of the reads of a car."""
    said = options_of(entry, vin)
    return Wishes(
        driving=DRIVING.get(said.get(CONF_DRIVING, USUAL), 1.0),
        near_home=said.get(CONF_NEAR_HOME) is True,
        sleep=_SLEEP.get(said.get(CONF_SLEEP, ""), Sleep.AUTOMATIC),
        paused=said.get(CONF_PAUSED) is True,
    )


def hint_entities(entry: ConfigEntry[Any], vin: str) -> list[str]:
    """Return the entities whose change says that there is something to see at a car."""
    return [*options_of(entry, vin).get(CONF_HINTS, ())]
