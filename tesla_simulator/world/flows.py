"""Energy flows of a site: who feeds whom, at one instant and summed in buckets (fleet_api.md 7.1 and 7.3)."""

from dataclasses import dataclass

BUCKET_S = 300  # calendar_history kind=energy, period=day


@dataclass(frozen=True)
class Flows:
    """Power in W at one instant; battery + is discharging, grid + is import; solar + battery + grid = load."""

    solar: float
    load: float
    battery: float
    grid: float

    def parts(self) -> dict[str, float]:
        """Return the power behind each key of calendar_history; sun feeds the house first, then battery, then grid."""
        charge, discharge = max(-self.battery, 0.0), max(self.battery, 0.0)
        imported, exported = max(self.grid, 0.0), max(-self.grid, 0.0)
        house_solar = min(self.solar, self.load)
        battery_solar = min(self.solar - house_solar, charge)
        export_solar = min(self.solar - house_solar - battery_solar, exported)
        export_battery = exported - export_solar
        house_battery = discharge - export_battery
        return {
            "solar_energy_exported": self.solar,
            "grid_energy_imported": imported,
            "grid_energy_exported_from_solar": export_solar,
            "grid_energy_exported_from_battery": export_battery,
            "battery_energy_exported": discharge,
            "battery_energy_imported_from_grid": charge - battery_solar,
            "battery_energy_imported_from_solar": battery_solar,
            "consumer_energy_imported_from_grid": self.load - house_solar - house_battery,
            "consumer_energy_imported_from_solar": house_solar,
            "consumer_energy_imported_from_battery": house_battery,
        }


def add_to_bucket(buckets: dict[int, dict[str, float]], start: float, seconds: float, flows: Flows) -> None:
    """Sum the energy of a stretch in its five-minute bucket, by epoch start."""
    bucket = buckets.setdefault(int(start // BUCKET_S) * BUCKET_S, {})
    for key, power_w in flows.parts().items():
        bucket[key] = bucket.get(key, 0.0) + power_w * seconds / 3600
