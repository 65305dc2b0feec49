"""When something is asked that has its time."""

from datetime import datetime, timedelta
from typing import Final

# What changes seldom is asked about once a day, each car at a time of its own.
DAILY: Final = timedelta(days=1)
SPREAD: Final = timedelta(hours=2)
# A first question comes within this time of the start: nobody waits for its answer.
FIRST_EARLIEST: Final = timedelta(minutes=5)
FIRST_LATEST: Final = timedelta(hours=1)

# While driving, one question in ten minutes: where money buys a read each 45 seconds of a drive (policy.py), that is
# one request in fourteen, and the next read comes no later for it.
NEARBY_EVERY: Final = timedelta(minutes=10)
NEARBY_K_S: Final = 60.0


# What Tesla has refused for a reason that may pass costs as much as an answer: it is asked again by itself after a week,
# and sooner on a person's word.
REFUSED_FOR: Final = timedelta(days=7)
REFUSED_TO_PERSON_FOR: Final = DAILY

# What Tesla tells of free stalls is old after an hour; as it is looked at each quarter, nothing older is shown.
STALLS_FOR: Final = timedelta(minutes=45)


def is_shut(refused_at: datetime | None, now: datetime, *, for_good: bool, person: bool) -> bool:
    """Whether what Tesla has refused is not asked again now. person: whether somebody waits for the answer."""
    if for_good:
        return True
    wait = REFUSED_TO_PERSON_FOR if person else REFUSED_FOR
    return refused_at is not None and timedelta(0) <= now - refused_at < wait


def is_stale(told_at: datetime | None, now: datetime) -> bool:
    """Whether what was told of free stalls says nothing of now; what nobody knows the age of does not."""
    return told_at is None or not timedelta(0) <= now - told_at < STALLS_FOR


def is_due(asked_at: datetime | None, started: datetime, phase: float, now: datetime) -> bool:
    """Whether it is time to ask. phase: from 0 to 1, sets apart those that would ask at once."""
    if asked_at is None or asked_at > now:
        return now >= started + FIRST_EARLIEST + (FIRST_LATEST - FIRST_EARLIEST) * phase
    return now - asked_at >= DAILY + SPREAD * phase


def nearby_is_worth_it(asked_at: datetime | None, k: float, now: datetime) -> bool:
    """Whether a car that drives should be told of the next Superchargers. k: the price of freshness in seconds."""
    return k <= NEARBY_K_S and (asked_at is None or not timedelta(0) <= now - asked_at < NEARBY_EVERY)
