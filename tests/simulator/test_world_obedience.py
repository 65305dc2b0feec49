"""What becomes of a site's settings after the answer, and which ones Tesla does not take (users.md theme 7)."""

from copy import deepcopy
from typing import Any

import pytest

from tesla_simulator.world import InvalidParameter, Obedience, SettingRefused, Site, World
from tesla_simulator.world.tariff import TARIFF

from .conftest import Client
from .test_api import error_of
from .world_help import pass_time

DONE = {"code": 201, "message": "Updated"}
RESERVE = "backup_reserve_percent"
EXPORT = "customer_preferred_export_rule"
CHARGING = "disallow_charge_from_grid_with_solar_installed"


@pytest.fixture
def home() -> tuple[World, Site]:
    """Return the default household's site."""
    world = World.home()
    return world, next(iter(world.sites.values()))


# How, the answer, and the reserve at once, after 4 minutes, and after 12.
CASES: list[tuple[Obedience, object, list[float]]] = [
    (Obedience("late", 200), DONE, [20, 44, 44]),
    (Obedience("dropped"), "", [20, 20, 20]),
    (Obedience("ignored"), DONE, [20, 20, 20]),
    (Obedience("taken_back", 600), DONE, [44, 44, 20]),
    (Obedience("refused", in_body=True), {"code": 400, "message": f"{RESERVE} cannot be changed"}, [20, 20, 20]),
    (Obedience("ignored", times=0), DONE, [44, 44, 44]),
]


@pytest.mark.parametrize(("how", "answer", "reserves"), CASES)
def test_obedience(home: tuple[World, Site], how: Obedience, answer: object, reserves: list[float]) -> None:
    """A setting comes late, never, or goes again."""
    world, site = home
    site.obedience[RESERVE] = how
    assert site.write("backup", {RESERVE: 44}) == answer
    found = [site.site_info()[RESERVE]]
    for seconds in (240, 480):
        pass_time(world, seconds)
        found.append(site.site_info()[RESERVE])
    assert found == reserves


def test_refused(home: tuple[World, Site]) -> None:
    """A refusal changes nothing, and it may be the last one."""
    _, site = home
    site.obedience[RESERVE] = Obedience("refused", times=1)
    with pytest.raises(SettingRefused, match=RESERVE):
        site.write("backup", {RESERVE: 44})
    assert site.reserve == 20
    assert site.write("backup", {RESERVE: 44}) == DONE
    assert site.reserve == 44


def test_one_of_two(home: tuple[World, Site]) -> None:
    """Of two settings in one body each goes its own way, and a bad body changes nothing."""
    _, site = home
    site.obedience[EXPORT] = Obedience("ignored")
    with pytest.raises(InvalidParameter):
        site.write("grid_import_export", {CHARGING: False, EXPORT: "always"})
    assert site.write("grid_import_export", {CHARGING: False, EXPORT: "never"}) == DONE
    assert (site.grid_charging, site.export_rule) == (True, "pv_only")


def test_a_later_write_replaces_what_was_to_come(home: tuple[World, Site]) -> None:
    """Only the last value counts."""
    world, site = home
    site.obedience[RESERVE] = Obedience("late", 60, times=1)
    site.write("backup", {RESERVE: 44})
    site.write("backup", {RESERVE: 30})
    pass_time(world, 120)
    assert site.reserve == 30


@pytest.mark.parametrize(
    ("knob", "flag", "endpoint", "body"),
    [
        ("may_edit_grid_charging", "edit_setting_grid_charging", "grid_import_export", {CHARGING: False}),
        ("may_edit_exports", "edit_setting_energy_exports", "grid_import_export", {EXPORT: "never"}),
        (
            "supports_vehicle_reserve",
            "off_grid_vehicle_charging_reserve_supported",
            "off_grid_vehicle_charging_reserve",
            {"off_grid_vehicle_charging_reserve_percent": 30},
        ),
    ],
)
def test_permissions(home: tuple[World, Site], knob: str, flag: str, endpoint: str, body: dict[str, object]) -> None:
    """What the components forbid is refused."""
    _, site = home
    assert site.site_info()["components"][flag] is True
    setattr(site, knob, False)
    before = deepcopy(site.site_info())
    assert before["components"][flag] is False
    with pytest.raises(SettingRefused):
        site.write(endpoint, body)
    assert site.site_info() == before


def tariff(**changes: Any) -> dict[str, Any]:
    """Return the example with other parts."""
    return {**deepcopy(TARIFF), **changes}


def flat(price: float, label: str = "ALL", **period: int) -> dict[str, Any]:
    """Return charges and seasons of one price."""
    return {
        "energy_charges": {"Summer": {"rates": {label: price}}},
        "seasons": {
            "Summer": {
                "fromMonth": 1,
                "fromDay": 1,
                "toMonth": 12,
                "toDay": 31,
                "tou_periods": {label: {"periods": [{"toDayOfWeek": 6, **period}]}},
            }
        },
    }


@pytest.mark.parametrize(
    ("content", "documented_only", "words"),
    [
        (tariff(), True, None),
        (tariff(currency="AUD"), False, None),
        (tariff(currency="AUD"), True, "currency"),
        (tariff(**flat(0.3, "PERIOD_00_30")), False, None),
        (tariff(**flat(0.3, "PERIOD_00_30")), True, "PERIOD_00_30"),
        (tariff(**flat(-0.1)), False, "rates"),
        (tariff(**flat(0.3, toHour=6)), False, "gap"),
        (tariff(**flat(0.05)), False, "sells for more"),
        (tariff(sell_tariff=flat(0.5)), False, "sells for more"),
        (tariff(currency=None), False, "currency"),
    ],
)
def test_tariff_rules(
    home: tuple[World, Site], content: dict[str, Any], documented_only: bool, words: str | None
) -> None:
    """fleet_api.md 7.5: no gaps, no overlaps, no negative prices, buy at least sell; labels and currencies both ways."""
    _, site = home
    site.documented_tariffs_only = documented_only
    body: dict[str, object] = {"tou_settings": {"tariff_content_v2": content}}
    if words is None:
        assert site.write("time_of_use_settings", body) == DONE
        assert site.site_info()["tariff_content_v2"] == content
        return
    with pytest.raises(InvalidParameter, match=words):
        site.write("time_of_use_settings", body)
    assert site.site_info()["tariff_content_v2"] == TARIFF


async def test_over_the_api(client: Client) -> None:
    """A refusal is a 403, and the control page sets the obedience."""
    site = client.sim.world.accounts[0].sites[0]
    body = {"obedience": {RESERVE: {"kind": "refused", "times": 1}}}
    async with client.session.post(f"{client.sim.url('control')}/control/sites/{site.id}", json=body) as answer:
        assert (await answer.json())["obedience"][RESERVE]["kind"] == "refused"
    path = f"/api/1/energy_sites/{site.id}/backup"
    assert error_of(await client.post(path, {RESERVE: 44})) == (403, "setting not permitted")
    assert await client.post(path, {RESERVE: 44}) == (200, {"response": DONE})
