"""The climate of a car, and the blocks that show it (fleet_api.md 5.3, climate_state)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .car import Car
    from .hardware import Hardware

SEATS = (
    "left",
    "right",
    "rear_left",
    "rear_left_back",
    "rear_center",
    "rear_right",
    "rear_right_back",
    "third_row_left",
    "third_row_right",
)
"""Seats by the number of `remote_seat_heater_request` (fleet_api.md 6.4)."""

FRONT_SEATS = {1: "left", 2: "right"}
"""Seats by the number of the commands for cooled and automatic seats (6.4)."""

KEEPER_MODES = ("off", "on", "dog", "camp")
OVERHEAT_TEMPERATURES = ("Low", "Medium", "High")
WHEEL_LEVELS = (0, 1, 3)
DEFROST_MAX = 2
MIN_C, MAX_C = 15.0, 28.0
HEAT_W = 2500.0
COMFORT_OFF = "cabin comfort remote settings not enabled"


@dataclass(eq=False)
class Climate:
    """What the climate was told; temperatures in °C, levels 0 to 3."""

    on: bool = False
    driver_c: float = 21.0
    passenger_c: float = 21.0
    keeper: str = "off"
    defrost: bool = False
    bioweapon: bool = False
    overheat: str = "On"
    overheat_temperature: str = "High"
    wheel: int = 0
    automatic_wheel: bool = False
    heaters: dict[str, int] = field(default_factory=dict)
    coolers: dict[str, int] = field(default_factory=dict)
    automatic_seats: dict[str, bool] = field(default_factory=lambda: {"left": True, "right": True})

    @property
    def running(self) -> bool:
        """Whether it was switched on, in whatever way."""
        return self.on or self.defrost or self.bioweapon or self.keeper != "off"

    def switch_off(self) -> None:
        """Switch all off that runs with it."""
        self.on = self.defrost = self.bioweapon = False
        self.keeper = "off"
        self.comfort_off()

    def comfort_off(self) -> None:
        """Switch seats and steering wheel off."""
        self.wheel = 0
        self.heaters.clear()
        self.coolers.clear()


def heated_seats(hardware: Hardware) -> set[str]:
    """Return the seats that have a heater."""
    rear = {"rear_left", "rear_center", "rear_right"} if hardware.rear_heaters else set()
    backs = {"rear_left_back", "rear_right_back"} if hardware.seat_backs else set()
    third = {"third_row_left", "third_row_right"} if hardware.third_row else set()
    return {"left", "right"} | rear | backs | third


def climate_fields(car: Car) -> dict[str, Any]:
    """Return the fields of climate_state that live; what the car does not have has no fields."""
    climate, hardware = car.climate, car.hardware
    warm = car.warming
    fields: dict[str, Any] = {
        "bioweapon_mode": climate.bioweapon,
        "cabin_overheat_protection": climate.overheat,
        "climate_keeper_mode": climate.keeper,
        "cop_activation_temperature": climate.overheat_temperature,
        "defrost_mode": DEFROST_MAX if climate.defrost else 0,
        "driver_temp_setting": climate.driver_c,
        "fan_status": 4 if warm else 0,
        "inside_temp": climate.driver_c if warm else round(car.outside_temp_c + 3.4, 1),
        "is_auto_conditioning_on": warm,
        "is_climate_on": warm,
        "is_front_defroster_on": climate.defrost,
        "is_preconditioning": car.preconditioning or climate.on,
        "is_rear_defroster_on": climate.defrost,
        "max_avail_temp": MAX_C,
        "min_avail_temp": MIN_C,
        "outside_temp": round(car.outside_temp_c, 1),
        "passenger_temp_setting": climate.passenger_c,
        "remote_heater_control_enabled": warm,
        "side_mirror_heaters": climate.defrost,
        "supports_fan_only_cabin_overheat_protection": hardware.fan_only_overheat,
        **{f"seat_heater_{seat}": climate.heaters.get(seat, 0) for seat in SEATS if seat in heated_seats(hardware)},
    }
    if hardware.cooled_seats:
        fields |= {f"seat_fan_front_{seat}": climate.coolers.get(seat, 0) for seat in FRONT_SEATS.values()}
    if hardware.automatic_seats:
        fields |= {f"auto_seat_climate_{seat}": climate.automatic_seats[seat] for seat in FRONT_SEATS.values()}
        fields["auto_steering_wheel_heat"] = climate.automatic_wheel
    if hardware.wheel_heater:
        fields["steering_wheel_heater"] = climate.wheel > 0
    if hardware.wheel_heater and hardware.wheel_levels:
        fields["steering_wheel_heat_level"] = climate.wheel
    return fields
