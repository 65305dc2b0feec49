"""What is decided of what is asked seldom: which answers are news, when it is time, what is private. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.tesla_charging.budget.seldom import (
    DAILY,
    FIRST_LATEST,
    NEARBY_EVERY,
    NEARBY_K_S,
    REFUSED_FOR,
    SPREAD,
    STALLS_FOR,
    is_due,
    is_shut,
    is_stale,
    nearby_is_worth_it,
)
from custom_components.tesla_charging.fleet.models import parse, to_json
from custom_components.tesla_charging.fleet.models.car_file import (
    Asked,
    CarFile,
    Service,
    Supercharger,
    find_supercharger,
    nearest_with_room,
    new_alerts,
    superchargers,
)
from custom_components.tesla_charging.fleet.models.person import HomeAddress, Order, Person, flags, home_of, with_orders
from custom_components.tesla_charging.fleet.paying import PriceClass, price_class
from custom_components.tesla_charging.fleet.seldom import QUESTIONS, Topic, is_for_good, items

NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def site(name: str, miles: object, free: object, **more: object) -> dict[str, object]:
    """Return a Supercharger as Tesla tells it."""
    return {"name": name, "distance_miles": miles, "available_stalls": free, "total_stalls": 8, **more}


@pytest.mark.parametrize(
    ("sites", "nearest"),
    [
        ([], None),
        ([site("far", 9, 1), site("near", 2, 3)], "near"),
        ([site("full", 1, 0), site("near", 2, 3)], "near"),
        ([site("closed", 1, 4, site_closed=True), site("near", 2, 3)], "near"),
        ([site("unknown", 1, None), site("near", 2, 3)], "near"),
        ([site("nowhere", None, 4), site("far", 99, 1)], "far"),
        ([site("same", 3, 1), site("same", 2, 2)], "same"),
    ],
)
def test_nearest(sites: list[dict[str, object]], nearest: str | None) -> None:
    """The nearest that is open and has a free stall; what is not known to be free is not."""
    found = nearest_with_room(superchargers(sites))
    assert found.name == nearest
    if nearest == "same":
        assert (found.distance_miles, found.available_stalls) == (2.0, 2)


def told(name: object, minute: int | None = 0) -> dict[str, object]:
    """Return an alert as Tesla tells it."""
    at = None if minute is None else (NOW + timedelta(minutes=minute)).isoformat()
    return {"name": name, "time": at, "user_text": "words"}


def test_first_alerts_are_no_news() -> None:
    """At first bearings are taken; an empty first answer counts as one."""
    news, known = new_alerts([told("a"), told("b")], None)
    assert (news, len(known)) == ([], 2)
    news, known = new_alerts([], None)
    assert (news, known) == ([], {})
    assert [one.name for one in new_alerts([told("a")], known)[0]] == ["a"]


def test_news_in_order_and_once() -> None:
    """New is what was not told before: the same name at another time is; what is left out for a while is not."""
    _, known = new_alerts([told("a", 1)], None)
    news, known = new_alerts([told("c", 3), told("a", 2), told("a", 2), told("z", None), told(None)], known)
    assert [one.name for one in news] == ["z", "a", "c"]
    news, known = new_alerts([], known)
    assert news == []
    assert new_alerts([told("a", 1), told("c", 3)], known)[0] == []


def test_what_is_remembered_is_bounded() -> None:
    """A car that tells of new alerts all the time fills no disk."""
    known: dict[str, Any] = {}
    for day in range(50):
        _, known = new_alerts([told(f"{day} {number}") for number in range(30)], known)
    assert len(known) == 230
    assert new_alerts([told("49 1"), told("45 1")], known)[0] == []


@settings(max_examples=60, deadline=None)
@given(JSON, JSON)
def test_any_answer_is_read(answer: object, other: object) -> None:
    """Nothing that Tesla may answer raises, and what is kept comes back from the disk as it was."""
    sites = superchargers(items({"superchargers": answer}, "superchargers"))
    file = CarFile(vin="X", nearest=nearest_with_room(sites), service=parse(Service, other))
    file = parse(CarFile, {"mobile_enabled": answer}, file)
    _, known = new_alerts(items(answer), new_alerts(items(other), None)[1])
    file = file.with_asked(Asked(topic="recent_alerts", at=NOW))
    assert known is not None
    assert parse(CarFile, to_json(file)) == file
    person = with_orders(parse(Person, answer, Person(full_name="A", order=parse(Order, other))), items(other))
    assert parse(Person, to_json(person)) == person
    assert isinstance(home_of(answer), HomeAddress)
    assert all(isinstance(value, bool) for value in flags(answer).values())


def test_refusals_are_kept_and_taken_back() -> None:
    """What was refused is remembered with the scopes of then; an answer takes it back."""
    file = CarFile(vin="X").with_asked(Asked(topic="warranty", at=NOW, refused_with="a b"))
    assert parse(CarFile, to_json(file)).asked_about("warranty").refused_with == "a b"
    file = file.with_asked(Asked(topic="warranty", at=NOW))
    assert (len(file.asked), file.asked_about("warranty").refused_with) == (1, None)
    assert file.asked_about("options") == Asked(topic="options")


@pytest.mark.parametrize(
    ("asked", "started", "phase", "due"),
    [
        (None, timedelta(minutes=4), 0.0, False),
        (None, timedelta(minutes=5), 0.0, True),
        (None, timedelta(minutes=30), 1.0, False),
        (None, FIRST_LATEST, 1.0, True),
        (DAILY - timedelta(seconds=1), DAILY, 0.0, False),
        (DAILY, DAILY, 0.0, True),
        (DAILY, DAILY, 0.5, False),
        (DAILY + SPREAD, DAILY, 1.0, True),
        (-timedelta(days=3), timedelta(0), 0.0, False),
        (-timedelta(days=3), FIRST_LATEST, 1.0, True),
    ],
)
def test_is_due(asked: timedelta | None, started: timedelta, phase: float, due: bool) -> None:
    """Once a day, each at a time of its own, first within the hour; a clock that was set back holds nothing up for long."""
    assert is_due(None if asked is None else NOW - asked, NOW - started, phase, NOW) is due


@pytest.mark.parametrize(
    ("asked", "k", "worth"),
    [
        (None, 0.0, True),
        (None, NEARBY_K_S, True),
        (None, NEARBY_K_S + 1, False),
        (None, float("inf"), False),
        (NEARBY_EVERY - timedelta(seconds=1), 10.0, False),
        (NEARBY_EVERY, 10.0, True),
        (-timedelta(hours=1), 10.0, True),
    ],
)
def test_nearby_is_worth_it(asked: timedelta | None, k: float, worth: bool) -> None:
    """Each ten minutes, as long as reads cost next to nothing."""
    assert nearby_is_worth_it(None if asked is None else NOW - asked, k, NOW) is worth


def test_prices() -> None:
    """What is asked of the cloud counts like the car list, what is asked of the car like its data, dx like data."""
    kinds = {topic: price_class(question.path.format(vin="5YJ3E7EB0SF000009")) for topic, question in QUESTIONS.items()}
    data = {Topic.NEARBY, Topic.OPTIONS, Topic.WARRANTY, Topic.UPGRADES, Topic.SUBSCRIPTIONS}
    person = {Topic.PROFILE, Topic.ORDERS, Topic.FEATURES}
    assert {topic for topic, kind in kinds.items() if kind is PriceClass.DATA} == data
    assert {topic for topic, kind in kinds.items() if kind is PriceClass.ACCOUNT} == person
    assert price_class("api/1/invitations/redeem") is PriceClass.LIST
    assert price_class("api/1/vehicles/X/invitations/7/revoke") is PriceClass.LIST


def test_flags_tell_nothing_private() -> None:
    """Switches only: a version, a number or a text may be anything."""
    features = {
        "signaling": {"enabled": True, "token": "secret"},
        "auth_rejection": {"enabled": False, "min_version": 3},
    }
    assert flags(features) == {"signaling.enabled": True, "auth_rejection.enabled": False}


@pytest.mark.parametrize(
    ("profile", "home"),
    [
        (None, HomeAddress()),
        ({"email": "a@example.com"}, HomeAddress()),
        ({"address": " "}, HomeAddress()),
        ({"home_address": "1 Lane"}, HomeAddress(address="1 Lane")),
        ({"home_address": {}, "address": {"latitude": 1, "longitude": 2.5}}, HomeAddress(latitude=1.0, longitude=2.5)),
    ],
)
def test_home(profile: object, home: HomeAddress) -> None:
    """It is looked for under the names that it may have."""
    assert home_of(profile) == home


def test_a_supercharger_of_which_nothing_is_known() -> None:
    """It has no room."""
    assert not Supercharger().has_room


@pytest.mark.parametrize(
    ("refused", "person", "shut"),
    [
        (None, False, False),
        (timedelta(0), True, True),
        (DAILY - timedelta(seconds=1), True, True),
        (DAILY, True, False),
        (DAILY, False, True),
        (REFUSED_FOR - timedelta(seconds=1), False, True),
        (REFUSED_FOR, False, False),
        (-timedelta(days=3), False, False),
    ],
)
def test_is_shut(refused: timedelta | None, person: bool, shut: bool) -> None:
    """For a day to a person and for a week to itself; a clock that was set back holds nothing up. For good is for good."""
    at = None if refused is None else NOW - refused
    assert is_shut(at, NOW, for_good=False, person=person) is shut
    assert is_shut(at, NOW, for_good=True, person=person)


def test_what_is_for_good() -> None:
    """Without the scope nothing is answered, and what Tesla may have given up is probed once; the rest may pass."""
    probed = {topic for topic in Topic if is_for_good(topic, "unsupported")}
    assert probed == {Topic.OPTIONS, Topic.WARRANTY, Topic.UPGRADES, Topic.SUBSCRIPTIONS}
    assert all(is_for_good(topic, "missing_scopes") for topic in Topic)
    assert not is_for_good(Topic.NEARBY, None)


@pytest.mark.parametrize(
    ("told", "stale"), [(None, True), (timedelta(0), False), (STALLS_FOR, True), (-timedelta(seconds=1), True)]
)
def test_is_stale(told: timedelta | None, stale: bool) -> None:
    """What nobody knows the age of is old."""
    assert is_stale(None if told is None else NOW - told, NOW) is stale


@pytest.mark.parametrize(
    ("name", "found"), [("A", "A"), ("a b", "A b"), ("B", None), ("c", "Cc"), ("", None), ("x", None)]
)
def test_find_supercharger(name: str, found: str | None) -> None:
    """By its whole name, else by a part that no other has."""
    sites = superchargers([site(one, 1, 1) for one in ("A", "A b", "b B", "Cc")] + [site("", 1, 1)])
    assert getattr(find_supercharger(sites, name), "name", None) == found


@pytest.mark.parametrize(
    ("ahead", "in_service", "over"),
    [(None, False, True), (None, True, False), (True, False, False), (True, True, True), (None, None, False)],
)
def test_a_visit_that_is_over(ahead: bool | None, in_service: bool | None, over: bool) -> None:
    """What was told at service ends when the car leaves, what was told before when it comes; nothing does not end."""
    assert Service(service_status="s", ahead=ahead).is_over(in_service) is over
    assert not Service().is_over(in_service)
    assert Service().told_of(in_service) == Service()
    assert Service(service_status="s", ahead=True).told_of(in_service).ahead is (in_service is False)
