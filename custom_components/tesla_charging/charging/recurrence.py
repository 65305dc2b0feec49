"""Recurrence rules of calendars (RFC 5545) that a week can express."""

from typing import Final

from .week import ALL_DAYS

# In the order of the bits.
_DAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_MONDAY_FIRST: Final = (1, 2, 3, 4, 5, 6, 0)


def rule_of(days: int) -> str:
    """Return the rule of a bitmask of days."""
    if days == ALL_DAYS:
        return "FREQ=DAILY"
    return "FREQ=WEEKLY;BYDAY=" + ",".join(_DAYS[bit] for bit in _MONDAY_FIRST if days >> bit & 1)


def rule_days(rule: str, first: int) -> int | None:
    """Return the bitmask of days of a rule that begins on `first`, None if it is not the same each week, for ever."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    frequency, names = parts.pop("FREQ", ""), parts.pop("BYDAY", "")
    parts.pop("WKST", None)
    if parts.pop("INTERVAL", "1") != "1" or parts or frequency not in ("DAILY", "WEEKLY"):
        return None
    if not names:
        return ALL_DAYS if frequency == "DAILY" else first
    days = names.split(",")
    return sum({1 << _DAYS.index(day) for day in days}) if set(days) <= set(_DAYS) else None
