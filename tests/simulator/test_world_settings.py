"""Settings of an energy site (fleet_api.md 7.5)."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tesla_simulator.world import InvalidParameter, Site, UnknownCommand, World
from tesla_simulator.world.tariff import TARIFF, price_rank

from .world_help import pass_time


@pytest.fixture
def home() -> tuple[World, Site]:
    """Return the default household's site."""
    world = World.home()
    return world, next(iter(world.sites.values()))


@pytest.mark.parametrize(
    ("endpoint", "body", "path", "value"),
    [
        ("backup", {"backup_reserve_percent": 35}, "backup_reserve_percent", 35),
        (
            "off_grid_vehicle_charging_reserve",
            {"off_grid_vehicle_charging_reserve_percent": 70},
            "off_grid_vehicle_charging_reserve_percent",
            70,
        ),
        ("operation", {"default_real_mode": "autonomous"}, "default_real_mode", "autonomous"),
        ("storm_mode", {"enabled": False}, "user_settings.storm_mode_enabled", False),
        (
            "grid_import_export",
            {"customer_preferred_export_rule": "never"},
            "components.customer_preferred_export_rule",
            "never",
        ),
        (
            "grid_import_export",
            {"disallow_charge_from_grid_with_solar_installed": True},
            "components.disallow_charge_from_grid_with_solar_installed",
            True,
        ),
        (
            "grid_import_export",
            {"disallow_charge_from_grid_with_solar_installed": False},
            "components.disallow_charge_from_grid_with_solar_installed",
            None,
        ),
        (
            "time_of_use_settings",
            {"tou_settings": {"tariff_content_v2": TARIFF, "optimization_strategy": "balanced"}},
            "tou_settings.optimization_strategy",
            "balanced",
        ),
    ],
)
def test_writes(home: tuple[World, Site], endpoint: str, body: dict[str, object], path: str, value: object) -> None:
    """A written setting is read back."""
    _, site = home
    assert site.write(endpoint, body) == {"code": 201, "message": "Updated"}
    shown: Any = site.site_info()
    *parents, key = path.split(".")
    for parent in parents:
        shown = shown[parent]
    assert shown.get(key) == value
    assert (key in shown) is (value is not None)


@pytest.mark.parametrize(
    ("endpoint", "body", "words"),
    [
        ("backup", {}, "missing backup_reserve_percent param"),
        ("backup", {"backup_reserve_percent": "20"}, "invalid backup_reserve_percent param"),
        ("backup", {"backup_reserve_percent": 101}, "invalid backup_reserve_percent param"),
        ("operation", {"default_real_mode": "economy"}, "invalid default_real_mode param"),
        ("storm_mode", {"enabled": 1}, "invalid enabled param"),
        ("grid_import_export", {}, "missing customer_preferred_export_rule param"),
        (
            "grid_import_export",
            {"customer_preferred_export_rule": "always", "disallow_charge_from_grid_with_solar_installed": False},
            "invalid customer_preferred_export_rule param",
        ),
        ("time_of_use_settings", {"tou_settings": {}}, "missing tariff_content_v2 param"),
        ("time_of_use_settings", {"tou_settings": []}, "invalid tou_settings param"),
        (
            "time_of_use_settings",
            {"tou_settings": {"tariff_content_v2": {"energy_charges": {}, "seasons": {}}}},
            "missing seasons param",
        ),
    ],
)
def test_bad_writes(home: tuple[World, Site], endpoint: str, body: dict[str, object], words: str) -> None:
    """A bad body changes nothing."""
    _, site = home
    before = deepcopy(site.site_info())
    with pytest.raises(InvalidParameter, match=words):
        site.write(endpoint, body)
    assert site.site_info() == before
    with pytest.raises(UnknownCommand):
        site.write("self_destruct", {})


@pytest.mark.parametrize(
    ("percent", "snaps", "later"), [(80, True, 80), (81, True, 80), (99, True, 80), (100, True, 100), (90, False, 90)]
)
def test_reserve_snaps(home: tuple[World, Site], percent: int, snaps: bool, later: int) -> None:
    """OBSERVED: a reserve of 81 to 99 is accepted and becomes 80 after 20 minutes."""
    world, site = home
    site.snaps_reserve = snaps
    site.write("backup", {"backup_reserve_percent": percent})
    pass_time(world, 19 * 60)
    assert site.site_info()["backup_reserve_percent"] == percent
    pass_time(world, 120)
    assert site.site_info()["backup_reserve_percent"] == later


def test_tariff_leaves_out_zeros(home: tuple[World, Site]) -> None:
    """fleet_api.md 7.5: no zero-valued from/to keys."""

    def zeros(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [key for key, one in value.items() if one == 0 and key.startswith(("from", "to"))]
            return own + [found for one in value.values() for found in zeros(one)]
        return [found for one in value for found in zeros(one)] if isinstance(value, list) else []

    assert zeros(home[1].site_info()["tariff_content_v2"]) == []


SEASONS: dict[str, Any] = {
    "energy_charges": {
        "Winter": {"rates": {"PERIOD_A": 0.2, "PERIOD_B": 0.4, "NOTE": "free text"}},
        "Summer": {"rates": {"ALL": 0.3}},
    },
    "seasons": {
        "Winter": {
            "fromMonth": 10,
            "fromDay": 1,
            "toMonth": 3,
            "toDay": 31,
            "tou_periods": {
                "PERIOD_A": {"periods": [{"toDayOfWeek": 6, "fromHour": 22, "toHour": 6}]},
                "PERIOD_B": {"periods": [{"toDayOfWeek": 6, "fromHour": 6, "toHour": 22}]},
            },
        },
        "Summer": {
            "fromMonth": 4,
            "fromDay": 1,
            "toMonth": 9,
            "toDay": 30,
            "tou_periods": {"ALL": {"periods": [{"toDayOfWeek": 6}]}},
        },
    },
}


@pytest.mark.parametrize(
    ("tariff", "month", "hour", "rank"),
    [
        (TARIFF, 6, 3, -1),
        (TARIFF, 6, 12, 0),
        (TARIFF, 6, 18, 1),
        (TARIFF, 12, 23, 0),
        (SEASONS, 12, 23, -1),
        (SEASONS, 2, 3, -1),
        (SEASONS, 12, 12, 1),
        (SEASONS, 7, 12, 0),
        ({}, 7, 12, 0),
    ],
)
def test_price_rank(tariff: dict[str, object], month: int, hour: int, rank: int) -> None:
    """Cheap and dear hours, over midnight and the new year, with left-out zeros."""
    at = datetime(2026, month, 10, hour, 30, tzinfo=UTC).timestamp()
    assert price_rank(tariff, at, ZoneInfo("UTC")) == rank
