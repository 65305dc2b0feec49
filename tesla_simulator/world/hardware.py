"""What a car is built with, and how that shows (vehicle_config and the fields that are there, fleet_api.md 5.3)."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What not every car has."""

    sunroof: bool = False
    tonneau: bool = False
    third_row: bool = False
    rear_heaters: bool = True
    seat_backs: bool = False  # heaters in the back rests of the second row
    cooled_seats: bool = False
    automatic_seats: bool = True  # and the automatic steering wheel
    wheel_heater: bool = True
    wheel_levels: bool = True
    powered_trunk: bool = True  # the rear one closes by itself too
    powered_frunk: bool = False
    bioweapon: bool = False
    fan_only_overheat: bool = True
    sentry: bool = True
    tire_sensors: bool = True
    homelink: bool = False
    outside_speaker: bool = True
    media_info: bool = True
    parental_controls: bool = True

    def config(self) -> dict[str, Any]:
        """Return its fields of vehicle_config."""
        return {
            "has_seat_cooling": self.cooled_seats,
            "plg": self.powered_trunk,
            "pws": self.outside_speaker,
            "rear_seat_heaters": 0 if not self.rear_heaters else 3 if self.third_row else 1,
            "sun_roof_installed": 1 if self.sunroof else None,
            "third_row_seats": "FuturisFoldFlat" if self.third_row else "None",
        }


OLD = Hardware(
    rear_heaters=True,
    automatic_seats=False,
    wheel_levels=False,
    bioweapon=True,
    fan_only_overheat=False,
    outside_speaker=False,
    media_info=False,
    parental_controls=False,
)
"""Model S and X before 2021, after the real answers of reference/examples."""

OLDEST = replace(OLD, sentry=False, tire_sensors=False)
"""The oldest of these: the real answers of reference/examples tell neither of a guard nor of tyres."""

HARDWARE: dict[str, Hardware] = {
    "S": Hardware(cooled_seats=True, bioweapon=True, homelink=True),
    "X": Hardware(cooled_seats=True, bioweapon=True, homelink=True, third_row=True, seat_backs=True),
    "3": Hardware(),
    "Y": Hardware(),
    "C": Hardware(tonneau=True, cooled_seats=True, bioweapon=True, powered_frunk=True),
}
"""By model letter; a test gives a car others."""


def hardware_of(letter: str, *, pre2021: bool) -> Hardware:
    """Return what a model has unless it is told otherwise."""
    return OLD if pre2021 else HARDWARE[letter]
