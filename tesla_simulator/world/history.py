"""What a site has lived through: five-minute buckets, charges and outages, from its installation to now."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from .flows import BUCKET_S, Flows, add_to_bucket
from .past import DayPlan, Stretch, bucket_then, cut, plan_of, stretches_then

if TYPE_CHECKING:
    from .site import Site

SHORTEST_S = 60.0  # of a charge or an outage that is kept


@dataclass(eq=False)
class Lived:
    """What a site has lived through since it joined its world; the years before are computed."""

    site: Site
    since: float = 0.0
    buckets: dict[int, dict[str, float]] = field(default_factory=dict)
    charges: list[Stretch] = field(default_factory=list)
    outages: list[Stretch] = field(default_factory=list)
    _charge: tuple[float, float] | None = None
    _outage: float | None = None

    def step(self, start: float, seconds: float, flows: Flows, car_w: float, *, up: bool) -> None:
        """Remember a stretch in which nothing changed."""
        add_to_bucket(self.buckets, start, seconds, flows)
        if car_w > 0:
            began, energy_wh = self._charge or (start, 0.0)
            self._charge = began, energy_wh + car_w * seconds / 3600
        elif self._charge is not None:
            _keep(self.charges, self._charge[0], start, self._charge[1])
            self._charge = None
        if not up and self._outage is None:
            self._outage = start
        elif up and self._outage is not None:
            _keep(self.outages, self._outage, start)
            self._outage = None


def _keep(where: list[Stretch], began: float, end: float, energy_wh: float = 0.0) -> None:
    if end - began >= SHORTEST_S:
        where.append(Stretch(round(began), round(end - began), round(energy_wh)))


class PastDays:
    """The plans, buckets and sums of a site's past, kept for a while because they are asked for again."""

    def __init__(self, site: Site) -> None:
        """Keep what was computed last."""
        self._site = site
        self._plan = lru_cache(maxsize=64)(plan_of)
        self._bucket = lru_cache(maxsize=40 * 288)(bucket_then)
        self._day = lru_cache(maxsize=4000)(truth)

    def plan(self, day: date) -> DayPlan:
        """Return what a day was like."""
        return self._plan(day, self._site)

    def bucket(self, start: int) -> dict[str, float]:
        """Return the energy of a bucket."""
        return self._bucket(start, self._site)

    def day(self, start: int, end: int) -> dict[str, float]:
        """Return the energy of a whole day."""
        return self._day(self._site, start, end)


def bucket_of(site: Site, start: int) -> dict[str, float]:
    """Return the energy of a five-minute bucket in Wh by key; nothing where the site did not exist, or not yet."""
    lived = site.lived
    if start in lived.buckets and start >= lived.since:
        return {key: round(energy_wh, 3) for key, energy_wh in lived.buckets[start].items()}
    joined = -(-lived.since // BUCKET_S) * BUCKET_S
    if not site.installed.timestamp() <= start < joined:
        return {}
    return site.past.bucket(start)


def truth(site: Site, start: int, end: int) -> dict[str, float]:
    """Return the energy between two times, both on a full five minutes, in Wh by key."""
    total: dict[str, float] = {}
    for at in range(start, end, BUCKET_S):
        for key, energy_wh in bucket_of(site, at).items():
            total[key] = total.get(key, 0.0) + energy_wh
    return total


def stretches(site: Site, start: float, end: float, kind: str) -> list[Stretch]:
    """Return the charges or outages that are over and partly between two times."""
    lived = site.lived.charges if kind == "charge" else site.lived.outages
    begin = max(start, site.installed.timestamp())
    past = stretches_then(site, begin, min(end, site.lived.since), kind) if begin < site.lived.since else []
    past = [cut(one, site.lived.since) for one in past]
    return [*past, *(one for one in lived if one.overlaps(start, end))]
