"""Nothing is invented: Tesla's answers with any field dropped, nulled or of another type."""

from collections.abc import Mapping
from copy import deepcopy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from custom_components.tesla_charging.fleet.models import EnergySite, Vehicle, parse, to_json

from .answers import car_answer, flat, site_answers


def paths(data: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return every place in a piece of JSON."""
    inner: list[tuple[str | int, ...]] = []
    items = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        inner += [(*at, key), *paths(value, (*at, key))]
    return inner


CARS = {scene: car_answer(scene) for scene in ("charging", "driving")}
SITES = {"before": site_answers(), "now": site_answers()}
SITES["before"]["live_status"] |= {"solar_power": 77, "battery_power": -5.5, "storm_mode_active": True}
SITES["before"]["site_info"] |= {"backup_reserve_percent": 33, "default_real_mode": "backup"}
JUNK: dict[type, list[Any]] = {
    bool: [1, 0, "true", "yes", [], {}, None, "<invalid>"],
    int: ["junk", "12", True, [], {}, None, "<invalid>", float("nan"), float("inf"), "drop"],
    float: ["junk", "1.5", False, [], {}, None, "<invalid>", float("nan"), float("-inf")],
    str: [5, 2.5, True, [], {}, None, "<invalid>", ""],
    dict: [None, [], [1], "junk", 5, True, "<invalid>"],
    list: [None, {}, "junk", 5, True, [None], ["junk"], [[]], [5]],
    type(None): [[], {}, [{}], "<invalid>"],
}


@st.composite
def damages(draw: st.DrawFn, places: list[tuple[str | int, ...]]) -> list[tuple[tuple[str | int, ...], bool, int]]:
    """Draw some places, whether each is dropped, and which junk comes there otherwise."""
    damage = st.tuples(st.sampled_from(places), st.booleans(), st.integers(0, 20))
    return draw(st.lists(damage, min_size=1, max_size=6, unique_by=lambda one: one[0]))


def damaged(data: Any, harm: list[tuple[tuple[str | int, ...], bool, int]]) -> Any:
    """Return a piece of JSON with some of its places dropped, nulled or of another type."""
    data = deepcopy(data)
    for place, drop, which in harm:
        target = data
        try:
            for key in place[:-1]:
                target = target[key]
            value = target[place[-1]]
        except KeyError, IndexError, TypeError:
            continue
        if drop:
            del target[place[-1]]
        else:
            junk = JUNK[type(value)]
            target[place[-1]] = junk[which % len(junk)]
    return data


def assert_nothing_invented[T](of: type[T], before: Any, now: Any, broken: Any) -> None:
    """Every value is the true one, the one before, or none."""
    known, truth = flat(parse(of, before)), flat(parse(of, now, parse(of, before)))
    for result, fallback in ((parse(of, broken), {}), (parse(of, broken, parse(of, before)), known)):
        for path, value in flat(result).items():
            left_out = path.endswith("disallow_charge_from_grid_with_solar_installed") and value is False
            assert value in (None, truth.get(path), fallback.get(path)) or left_out, path


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300, deadline=None)
@given(harm=damages(paths(CARS["charging"])))
def test_damaged_car(harm: list[Any]) -> None:
    """Whatever is missing or wrong in what a car says, nothing raises and nothing is made up."""
    assert_nothing_invented(Vehicle, CARS["driving"], CARS["charging"], damaged(CARS["charging"], harm))


# A tariff is taken whole: what is damaged within is test_tariff.py's.
SITE_PATHS = [path for path in paths(SITES["now"]) if "tariff_content_v2" not in path[:-1]]


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300, deadline=None)
@given(harm=damages(SITE_PATHS))
def test_damaged_site(harm: list[Any]) -> None:
    """The same holds for the product list, the live status and the settings of a site."""
    assert_nothing_invented(EnergySite, SITES["before"], SITES["now"], damaged(SITES["now"], harm))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "vin",
                    "state",
                    "charge_state",
                    "drive_state",
                    "battery_level",
                    "timestamp",
                    "live_status",
                    "wall_connectors",
                    "din",
                    "site_info",
                    "components",
                    "user_settings",
                    "storm_mode_enabled",
                    "charging_state",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(data=JSON, before=JSON)
def test_any_json(data: Any, before: Any) -> None:
    """No JSON makes it raise, and what comes out can be stored and read back."""
    for of in (Vehicle, EnergySite):
        snapshot = parse(of, data, parse(of, before))
        stored = json.loads(json.dumps(to_json(snapshot), allow_nan=False))
        assert to_json(parse(of, stored)) == to_json(snapshot)
