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


def is_due(asked_at: datetime | None, started: datetime, phase: float, now: datetime) -> bool:
    """Whether it is time to ask. phase: from 0 to 1, sets apart those that would ask at once."""
    if asked_at is None or asked_at > now:
        return now >= started + FIRST_EARLIEST + (FIRST_LATEST - FIRST_EARLIEST) * phase
    return now - asked_at >= DAILY + SPREAD * phase


def nearby_is_worth_it(asked_at: datetime | None, k: float, now: datetime) -> bool:
    """Whether a car that drives should be told of the next Superchargers. k: the price of freshness in seconds."""
    return k <= NEARBY_K_S and (asked_at is None or not timedelta(0) <= now - asked_at < NEARBY_EVERY)
