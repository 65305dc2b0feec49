"""What a Powerwall and a car can do; cars by model letter and region."""

from dataclasses import dataclass

MILES_PER_KM = 0.621371
POWERWALL_WH = 13_500  # nameplate of one Powerwall
POWERWALL_W = 5_000


@dataclass(frozen=True)
class CarModel:
    """One model; the letter is VIN[3], car_type is Tesla's (fleet_api.md 5.3)."""

    letter: str
    car_type: str
    trim_badging: str
    exterior_color: str
    capacity_wh: float
    rated_miles: float
    dc_max_w: float
    drive_wh_per_km: float

    @property
    def wh_per_rated_mile(self) -> float:
        """Battery energy of one rated mile."""
        return self.capacity_wh / self.rated_miles


@dataclass(frozen=True)
class Market:
    """A charging standard: AC amps by phases (7.4 or 11 kW in Europe), cable names (fleet_api.md 5.3)."""

    name: str
    ac_amps: dict[int, int]
    port: str
    ac_cable: str
    dc_cable: str
    fast_charger_type: str
    metric: bool
    native_type: str


MODELS = {
    model.letter: model
    for model in (
        CarModel("S", "models", "100d", "MidnightSilver", 95_000, 335, 150_000, 190),
        CarModel("3", "model3", "74d", "DeepBlue", 75_000, 330, 200_000, 150),
        CarModel("X", "modelx", "100d", "Pearl", 95_000, 305, 150_000, 220),
        CarModel("Y", "modely", "74d", "QuickSilver", 75_000, 320, 220_000, 165),
        CarModel("C", "cybertruck", "awd", "StainlessSteel", 123_000, 320, 250_000, 260),
    )
}
MARKETS = {
    market.name: market
    for market in (
        Market("eu", {1: 32, 3: 16}, "CCS", "IEC", "IEC", "Combo", True, "wgs"),
        Market("na", {1: 48}, "US", "SAE", "SAE", "Supercharger", False, "wgs"),
        Market("cn", {1: 32, 3: 16}, "GB", "GB_AC", "GB_DC", "GB", True, "gcj"),
    )
}
_YEARS = dict(zip(range(2012, 2031), "CDEFGHJKLMNPRSTVWXY", strict=True))
_MAKERS = {"C": "7G2", "X": "7SA"}


def make_vin(letter: str, year: int, number: int) -> str:
    """Return a fictitious VIN: VIN[3] is the model, VIN[9] the year."""
    return f"{_MAKERS.get(letter, '5YJ')}{letter}E7EB0{_YEARS[year]}F{number:06d}"
