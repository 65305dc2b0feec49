"""When a car is worth its next read: a square-root law with one price of freshness for all that a Tesla app pays for.

A car whose values are `age` old costs weight times age in every second; reading every k / √weight seconds makes the least of
a given amount of money (charging.md 3.2). `k`, the price of freshness in seconds, is the same for all: budget/pace.py.
Some moments are worth a read of their own. What tells of a change for nothing (the car list, a Wall Connector, another
entity of Home Assistant) only says when to look.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from typing import Final


class Activity(StrEnum):
    """What a car that is awake does, as far as it is known."""

    DRIVING = "driving"
    FAST_CHARGING = "fast_charging"
    CHARGING = "charging"
    CHARGING_STEADILY = "charging_steadily"
    FINISHING = "finishing"
    JUST_PARKED = "just_parked"
    JUST_PLUGGED_IN = "just_plugged_in"
    USER_PRESENT = "user_present"
    UNSEEN = "unseen"
    PARKED = "parked"
    PLUGGED_IN = "plugged_in"
    SENTRY = "sentry"


class Reason(StrEnum):
    """Why a read is planned."""

    FIRST = "first"
    ACTIVITY = "activity"
    HINT = "hint"
    WOKEN = "woken"
    CHARGE_START = "charge_start"
    CHARGE_END = "charge_end"
    LET_SLEEP = "let_sleep"


class Sleep(StrEnum):
    """Whether reads are held back so that a car falls asleep: only old ones are kept awake by them (fleet_api.md 5.5)."""

    AUTOMATIC = "automatic"
    ALWAYS = "always"
    NEVER = "never"


# What a second of age costs, beside one second while charging with a power that changes. Found on lives that the
# benchmark does not report (scripts/bench/lives.py).
WEIGHTS: Final[Mapping[Activity, float]] = {
    Activity.DRIVING: 1.8,
    Activity.FAST_CHARGING: 1.5,
    Activity.CHARGING: 1.0,
    Activity.CHARGING_STEADILY: 0.9,
    Activity.FINISHING: 10.0,
    Activity.JUST_PARKED: 3.0,
    Activity.JUST_PLUGGED_IN: 1.0,
    Activity.USER_PRESENT: 2.2,
    Activity.UNSEEN: 1.5,
    Activity.PARKED: 0.04,
    Activity.PLUGGED_IN: 0.02,
    Activity.SENTRY: 0.022,
}
# In these nothing but a departure is to be seen: they weigh as much as departures are likely at this time of the week.
WAITING: Final = frozenset({Activity.PARKED, Activity.PLUGGED_IN, Activity.SENTRY})
_LEAST_LIKELY: Final = 0.1
NEAR_HOME: Final = 4.0

SHORTEST: Final = timedelta(seconds=20)
LONGEST: Final = timedelta(minutes=30)
LONGEST_IN_SENTRY: Final = timedelta(hours=2)
JUST_NOW: Final = timedelta(minutes=5)

# A car wakes for a reason that shows a little later: with money the first look is at once and the second when the reason
# shows, with little the first one is when it is worth it, and not before this.
_LOOK_AT_ONCE_S: Final = 200.0
_LOOK_TWICE_S: Final = 300.0
_SECOND_LOOK: Final = timedelta(seconds=150)
_FIRST_LOOK: Final = timedelta(seconds=60)
_APART: Final = timedelta(seconds=40)

_HINT_SETTLES: Final = timedelta(seconds=5)
_HINTS_APART: Final = timedelta(seconds=10)
_START_SETTLES: Final = timedelta(seconds=75)
# Tesla's forecast of the end is off by an eighth, and tells whole minutes; a look before it makes a better one.
_END_FORECAST: Final = 0.86
_SHORT_CHARGE: Final = timedelta(minutes=10)
_END_SETTLES: Final = timedelta(seconds=10)
_FINISHES_BEFORE: Final = timedelta(seconds=45)
_FINISHES_AFTER: Final = timedelta(minutes=3)

# An old car falls asleep when nothing was asked of it for 11 to 14 minutes.
SLEEP_WINDOW: Final = timedelta(minutes=16)
_AWAKE_AFTER_PARKING: Final = timedelta(minutes=6)


@dataclass(frozen=True, kw_only=True)
class View:
    """What is known of a car that is awake. A time is None where it is not known, or there is none.

    woke_at: when it was first seen awake. parked_at: when it was first seen parked after a drive. hinted_at: when
    something told of a change. hinted: whether its plug and its charging are told for nothing where it is.
    """

    read_at: datetime | None = None
    woke_at: datetime | None = None
    parked_at: datetime | None = None
    hinted_at: datetime | None = None
    charge_starts_at: datetime | None = None
    charge_ends_at: datetime | None = None
    driving: bool = False
    near_home: bool = False
    charging: bool = False
    fast: bool = False
    steady: bool = False
    plugged_in: bool = False
    user_present: bool = False
    sentry: bool = False
    hinted: bool = False
    kept_awake: bool = False


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person wants of the reads of a car.

    driving: how much more than usual a drive is worth. near_home: whether its last kilometres home are worth more.
    """

    driving: float = 1.0
    near_home: bool = False
    sleep: Sleep = Sleep.AUTOMATIC
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A read that is planned."""

    at: datetime
    reason: Reason


def activity(view: View, now: datetime) -> Activity:
    """Return what the car does."""
    read_at = view.read_at
    if read_at is None or (view.woke_at is not None and view.woke_at > read_at):
        return Activity.UNSEEN
    if view.driving:
        return Activity.DRIVING
    if view.charging:
        if view.charge_ends_at is not None and -_FINISHES_BEFORE < now - view.charge_ends_at < _FINISHES_AFTER:
            return Activity.FINISHING
        if view.fast:
            return Activity.FAST_CHARGING
        return Activity.CHARGING_STEADILY if view.steady else Activity.CHARGING
    if view.parked_at is not None and now - view.parked_at < JUST_NOW:
        return Activity.JUST_PLUGGED_IN if view.hinted and view.plugged_in else Activity.JUST_PARKED
    if view.user_present and now - read_at < JUST_NOW:
        return Activity.USER_PRESENT
    if view.sentry:
        return Activity.SENTRY
    return Activity.PLUGGED_IN if view.plugged_in else Activity.PARKED


def weight(view: View, wishes: Wishes, likely: float, now: datetime) -> float:
    """Return what a second of age costs now. likely: how likely a departure is, beside the mean of the week."""
    doing = activity(view, now)
    factor = 1.0
    if doing is Activity.DRIVING:
        factor = wishes.driving * (NEAR_HOME if wishes.near_home and view.near_home else 1.0)
    elif doing in WAITING:
        factor = max(_LEAST_LIKELY, likely)
    return WEIGHTS[doing] * factor


def plan(view: View, wishes: Wishes, *, k: float, likely: float, now: datetime) -> Plan:
    """Return the next read of a car that is awake; it is due when it is not later than `now`. k: seconds."""
    if view.read_at is None:
        return Plan(at=now, reason=Reason.FIRST)
    moments = [*_moments(view, wishes, k, likely, now)]
    return min(moments, key=lambda one: one.at)


def _moments(view: View, wishes: Wishes, k: float, likely: float, now: datetime) -> Iterator[Plan]:
    read_at = view.read_at
    assert read_at is not None
    doing = activity(view, now)
    pause = k / sqrt(weight(view, wishes, likely, now))
    if doing is Activity.UNSEEN and view.woke_at is not None:
        wait = timedelta(0) if k < _LOOK_AT_ONCE_S else _between(_FIRST_LOOK, pause, LONGEST)
        yield Plan(at=_not_before(read_at + _APART, view.woke_at + wait), reason=Reason.WOKEN)
    else:
        usual = _between(SHORTEST, pause, LONGEST_IN_SENTRY if doing is Activity.SENTRY else LONGEST)
        if _lets_sleep(view, wishes, doing, now) and usual < SLEEP_WINDOW:
            yield Plan(at=read_at + SLEEP_WINDOW, reason=Reason.LET_SLEEP)
        else:
            yield Plan(at=read_at + usual, reason=Reason.ACTIVITY)
        for at, reason in _events(view, k):
            if read_at < at:
                yield Plan(at=_not_before(read_at + _APART, at), reason=reason)
    if view.hinted_at is not None and view.hinted_at >= read_at:
        apart = max(_HINTS_APART, timedelta(seconds=min(k, 600.0) / 10))
        yield Plan(at=_not_before(read_at + apart, view.hinted_at + _HINT_SETTLES), reason=Reason.HINT)


def _events(view: View, k: float) -> Iterator[tuple[datetime, Reason]]:
    """Return the moments that are worth a look of their own."""
    if view.woke_at is not None and k < _LOOK_TWICE_S and view.read_at is not None:
        second = view.woke_at + _SECOND_LOOK
        if view.read_at < second - _APART:
            yield second, Reason.WOKEN
    if view.hinted and view.plugged_in:
        return
    if view.charge_starts_at is not None:
        yield view.charge_starts_at + _START_SETTLES, Reason.CHARGE_START
    if view.charge_ends_at is not None and view.read_at is not None:
        left = view.charge_ends_at - view.read_at
        at = view.read_at + left * _END_FORECAST if left > _SHORT_CHARGE else view.charge_ends_at + _END_SETTLES
        yield at, Reason.CHARGE_END


def _lets_sleep(view: View, wishes: Wishes, doing: Activity, now: datetime) -> bool:
    """Whether the car should be left alone because it could fall asleep."""
    wanted = view.kept_awake if wishes.sleep is Sleep.AUTOMATIC else wishes.sleep is Sleep.ALWAYS
    parked_long = view.parked_at is None or now - view.parked_at > _AWAKE_AFTER_PARKING
    return wanted and parked_long and doing in (Activity.PARKED, Activity.PLUGGED_IN)


def _between(least: timedelta, seconds: float, most: timedelta) -> timedelta:
    return max(least, min(timedelta(seconds=min(seconds, 1e6)), most))


def _not_before(least: datetime, at: datetime) -> datetime:
    return max(least, at)
