"""Wishes: what a site was told, followed until it is sure what became of it (users.md theme 7).

Tesla's yes means little: the cloud shows a setting late or never, a gateway puts a reserve of 90 % back to 80 % after
20 minutes, an installer's rule takes a mode back. So each setting that was sent is looked at after 5 s, 30 s, 2 min and
30 min, as long as it is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from ..fleet.models import EnergySite
from ..fleet.models.parse import read_as
from .settings import RESERVE_GAP, RULES, Setting, Value, fits, holds, in_gap, put
from .strategy import StrategyNote

LOOKS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 1800))
# From this look on what Tesla tells is shown, though it may still come.
_TRUTH: Final = LOOKS[2]
_LAST: Final = LOOKS[3]
# A timer is a moment early at times.
_SLACK: Final = timedelta(seconds=0.5)


class Outcome(StrEnum):
    """What became of a wish."""

    PENDING = "pending"
    APPLIED = "applied"
    REJECTED = "rejected"
    TAKEN_BACK = "taken_back"


class Reason(StrEnum):
    """Why a wish did not come true."""

    REFUSED = "refused"
    IGNORED = "ignored"
    SNAPPED = "snapped"
    REVERTED = "reverted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """The last value that a setting was told.

    before: the value that it has until it obeys. sent_at: in UTC. accepted: whether Tesla said yes; False if no answer came. found: what
    was read instead. over: whether nothing more is looked for.
    """

    setting: Setting | None = None
    value: object = None
    before: object = None
    sent_at: datetime | None = None
    accepted: bool = True
    outcome: Outcome = Outcome.PENDING
    reason: Reason | None = None
    found: object = None
    over: bool = False

    @property
    def key(self) -> Setting:
        """The setting."""
        return cast(Setting, self.setting)

    @property
    def valid(self) -> bool:
        """Whether it is whole, as one that was stored by another version may not be."""
        if self.setting is None or self.sent_at is None or not fits(self.setting, self.value):
            return False
        return self.before is None or fits(self.setting, self.before)

    def age(self, now: datetime) -> timedelta:
        """Return the time since it was sent; a clock that was set back makes it old, so that it ends."""
        age = now - cast(datetime, self.sent_at)
        return age if age >= timedelta(0) else _LAST

    @property
    def is_open(self) -> bool:
        """Whether it may still come true without having been seen."""
        return not self.over and self.outcome is Outcome.PENDING

    def covers(self, now: datetime) -> bool:
        """Whether it is shown instead of what Tesla tells."""
        return self.is_open and self.accepted and self.age(now) < _TRUTH - _SLACK

    def next_look(self, now: datetime) -> datetime | None:
        """Return when to look next; None if the reads that come anyway will do."""
        if self.over:
            return None
        looks = LOOKS if self.outcome is Outcome.PENDING else LOOKS[-1:]
        age = self.age(now)
        return next((cast(datetime, self.sent_at) + look for look in looks if look > age + _SLACK), None)

    def judged(self, site: EnergySite, now: datetime) -> Wish:
        """Return it after a read of the site."""
        if self.over:
            return self
        found, late = RULES[self.key].read(site), self.age(now) >= _LAST - _SLACK
        if found is None:
            return replace(self, over=late)
        if holds(site, self.key, cast(Value, self.value)):
            over = late or not RULES[self.key].fleeting(self.value)
            return replace(self, outcome=Outcome.APPLIED, over=over)
        if _has_snapped(self, found):
            return self._failed(Outcome.TAKEN_BACK, Reason.SNAPPED, found)
        if self.outcome is Outcome.APPLIED and self.age(now) >= _TRUTH - _SLACK:
            return self._failed(Outcome.TAKEN_BACK, Reason.REVERTED, found)
        if late:
            return self._failed(Outcome.REJECTED, Reason.IGNORED, found)
        # One of Tesla's servers may be behind the other.
        return replace(self, outcome=Outcome.PENDING, before=found)

    def refused(self) -> Wish:
        """Return it after Tesla's no."""
        return self._failed(Outcome.REJECTED, Reason.REFUSED, self.before)

    def _failed(self, outcome: Outcome, reason: Reason, found: object) -> Wish:
        return replace(self, outcome=outcome, reason=reason, found=found, over=True)


def _has_snapped(wish: Wish, found: object) -> bool:
    below, _ = RESERVE_GAP
    known = wish.before == below and wish.outcome is Outcome.PENDING
    return wish.setting is Setting.RESERVE and in_gap(wish.value) and found == below and not known


@dataclass(frozen=True, kw_only=True, slots=True)
class ReserveRule:
    """Whether a site keeps a reserve of 81 to 99 %: None if nobody knows, learned with this version of its software."""

    keeps: bool | None = None
    version: str | None = None

    def forbids(self, site: EnergySite, percent: int) -> bool:
        """Whether the site is known not to keep this reserve."""
        return in_gap(percent) and self.keeps is False and self.version == site.site_info.version

    def learned(self, site: EnergySite, before: EnergySite, wish: Wish | None) -> ReserveRule:
        """Return it after a read of the site: from what became of a wish, or from a value that has stayed."""
        keeps = self.keeps
        if wish is not None and wish.over and in_gap(wish.value):
            if wish.reason is Reason.SNAPPED:
                keeps = False
            elif wish.outcome is Outcome.APPLIED:
                keeps = True
        elif wish is None or wish.over:
            keeps = True if _has_stayed(site, before) else keeps
        return self if keeps == self.keeps else ReserveRule(keeps=keeps, version=site.site_info.version)


def _has_stayed(site: EnergySite, before: EnergySite) -> bool:
    """Whether two reads far enough apart show the same reserve that some sites do not keep."""
    reserve, earlier = site.site_info.backup_reserve_percent, before.info_read_at
    if not in_gap(reserve) or reserve != before.site_info.backup_reserve_percent:
        return False
    return earlier is not None and site.info_read_at is not None and site.info_read_at - earlier >= _LAST


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowNote:
    """Which entities the tariff follows, or followed until a person stopped that.

    known_until: until when the prices that were sent hold, in UTC. writes: how often it was sent on `day`.
    """

    buy_entity: str | None = None
    sell_entity: str | None = None
    name: str | None = None
    currency: str | None = None
    known_until: datetime | None = None
    day: str | None = None
    writes: int = 0
    stopped: bool = False

    @property
    def active(self) -> bool:
        """Whether the tariff follows."""
        return self.buy_entity is not None and not self.stopped


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteNotes:
    """What is remembered of a site beside what Tesla tells."""

    energy_site_id: int | None = None
    wishes: tuple[Wish, ...] = field(default=(), metadata=read_as(by="setting"))
    reserve: ReserveRule = field(default_factory=ReserveRule)
    strategy: StrategyNote = field(default_factory=StrategyNote)
    follow: FollowNote = field(default_factory=FollowNote)
    # Whether Tesla has refused labels of prices that its pages do not name.
    documented_labels: bool = False

    def sound(self) -> SiteNotes:
        """Return them without what another version may have left that cannot be followed."""
        strategy = self.strategy if self.strategy.valid else StrategyNote()
        return replace(self, wishes=tuple(wish for wish in self.wishes if wish.valid), strategy=strategy)

    def wish(self, setting: Setting) -> Wish | None:
        """Return the last wish about a setting."""
        return next((wish for wish in self.wishes if wish.setting is setting), None)

    def with_wishes(self, wishes: Iterable[Wish]) -> SiteNotes:
        """Return them with these wishes instead of the last ones about the same settings."""
        known = {wish.key: wish for wish in self.wishes} | {wish.key: wish for wish in wishes}
        return replace(self, wishes=tuple(known.values()))

    def next_look(self, now: datetime) -> datetime | None:
        """Return when to look at the site next."""
        looks = (wish.next_look(now) for wish in self.wishes)
        return min((look for look in looks if look is not None), default=None)

    def told(self, site: EnergySite, now: datetime) -> EnergySite:
        """Return the site as it is shown: what was sent a moment ago covers what Tesla tells."""
        for wish in self.wishes:
            if wish.covers(now):
                site = put(site, wish.key, cast(Value, wish.value))
        return site

    def untold(self, site: EnergySite) -> EnergySite:
        """Return the site without what it was told and has not shown, so that a read that says nothing proves nothing."""
        for wish in self.wishes:
            if wish.is_open and wish.before is not None:
                site = put(site, wish.key, cast(Value, wish.before))
        return site

    def expected(self, site: EnergySite) -> EnergySite:
        """Return the site as it will be when all that is open comes true."""
        for wish in self.wishes:
            if wish.is_open:
                site = put(site, wish.key, cast(Value, wish.value))
        return site

    def judged(self, site: EnergySite, before: EnergySite, now: datetime) -> SiteNotes:
        """Return them after a read of the site; `before`: the site as it was known until then."""
        notes = self.with_wishes(wish.judged(site, now) for wish in self.wishes)
        return replace(notes, reserve=self.reserve.learned(site, before, notes.wish(Setting.RESERVE)))
