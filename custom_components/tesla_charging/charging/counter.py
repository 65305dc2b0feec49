"""What two values of a car's counter tell: how much came in between, or that it has begun again.

`charge_energy_added` counts what a plug-in has brought to the battery. It trembles, falls while the car rests, and begins
again with a new plug-in; cars of 2025 clear it when the cable is pulled, older ones keep it until the next charge.
"""

from enum import Enum, auto
from typing import Final

from .seen import Seen

# By so much it falls without a meaning, Wh (charging.md 2.2).
WOBBLE_WH: Final = 300.0
# No more than this gets into a battery, W: on AC, and from a Supercharger.
_MOST_AC_W: Final = 23_000.0
_MOST_DC_W: Final = 500_000.0
# So far a car may have been moved without having been driven, miles.
_STOOD_MI: Final = 0.02
# What a charge that went on all the time may differ from its power, as a share and in Wh.
_GOES_ON: Final = 0.1
_GOES_ON_WH: Final = 30.0


class Link(Enum):
    """How a read of a car with a cable follows on one with a cable."""

    SAME = auto()
    FELL = auto()  # the counter has fallen while the car rested: it goes on from there
    ANEW = auto()  # the counter has begun again, although the cable was never pulled
    REPLUGGED = auto()


def miles(before: Seen, now: Seen) -> float | None:
    """Return how far the car has been driven, None if that cannot be known."""
    if before.odometer_mi is None or now.odometer_mi is None:
        return None
    return max(0.0, now.odometer_mi - before.odometer_mi)


def moved(before: Seen, now: Seen) -> bool | None:
    """Return whether the car has been driven, None if that cannot be known."""
    driven = miles(before, now)
    return None if driven is None else driven > _STOOD_MI


def most_wh(before: Seen, now: Seen) -> float:
    """Return more than can have been charged between two reads, Wh."""
    direct = before.direct_current or now.direct_current
    return (_MOST_DC_W if direct else _MOST_AC_W) * (now.at - before.at) / 3600 + 100.0


def rise_wh(before: Seen, now: Seen, pack_wh: float) -> float | None:
    """Return how much fuller the battery is, by its percents."""
    if before.level is None or now.level is None:
        return None
    return (now.level - before.level) / 100 * pack_wh


def link(high_wh: float | None, before: Seen, now: Seen, pack_wh: float, *, watched: bool) -> Link:
    """Return how two reads follow, with the highest value of the counter so far.

    watched: whether a Wall Connector has had the car all the time between.
    """
    if moved(before, now) and not watched:
        return Link.REPLUGGED
    value = now.added_wh
    if high_wh is not None and high_wh >= WOBBLE_WH and before.charging and before.direct_current != now.direct_current:
        return Link.REPLUGGED
    if high_wh is None or value is None or value >= high_wh - WOBBLE_WH:
        return Link.SAME
    if value > WOBBLE_WH and not _charged(value, before, now, pack_wh):
        return Link.FELL
    return Link.ANEW if watched else Link.REPLUGGED


def _charged(value_wh: float, before: Seen, now: Seen, pack_wh: float) -> bool:
    """Whether so much may have been charged between two reads."""
    if value_wh > most_wh(before, now):
        return False
    if before.charging or now.charging:
        return True
    rise = rise_wh(before, now, pack_wh)
    return rise is None or rise > value_wh / 2 or bool(moved(before, now))


def start_of(high_wh: float | None, before: Seen | None, now: Seen, pack_wh: float) -> float:
    """Return where the counter stood when the cable was put in: mostly at 0.

    high_wh: the last value before that. before: the read before it, with which it was known.
    """
    value = now.added_wh
    if value is None or high_wh is None or before is None or value < high_wh - WOBBLE_WH:
        return 0.0
    if value > most_wh(before, now) or _goes_on(value - high_wh, before, now):
        return high_wh
    alike = abs(value - high_wh) <= WOBBLE_WH if value > WOBBLE_WH else value == high_wh
    if alike and not now.charging and value > 0:
        rise = rise_wh(before, now, pack_wh)
        # It still shows what the last charge has brought.
        return high_wh if rise is None or rise < value / 2 else 0.0
    return 0.0


def _goes_on(gain_wh: float, before: Seen, now: Seen) -> bool:
    """Whether the counter has gone on with the power of now, all the time: then the cable was never pulled."""
    if not now.charging or not now.power_w or gain_wh <= 0 or (before.added_wh or 0) <= WOBBLE_WH or moved(before, now):
        return False
    due_wh = now.power_w * 0.92 * (now.at - before.at) / 3600
    return abs(gain_wh - due_wh) <= _GOES_ON * due_wh + _GOES_ON_WH
