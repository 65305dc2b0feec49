"""The sessions of a car, folded from what is seen of it: late, seldom or not at all (charging.md 2.2).

Between two reads of the car its own counter tells what came; when it came follows from its power, the Wall Connector and its
schedule. What is only inferred, because the car fell asleep or the Wall Connector lost it, is shown at once, and taken
back as soon as the car itself tells more.
"""

from typing import Final

from .counter import WOBBLE_WH, Link, link, miles, moved, rise_wh, start_of
from .draft import Draft
from .engine_state import EngineState
from .interval import Interval, usual_w
from .news import Happening
from .seen import Connector, Seen
from .session import Place, Source
from .wall import Watched

# A time that is not known better than this is an estimate, s.
_EXACT_S: Final = 150.0
# The clocks of a car and of Home Assistant may differ by this, s.
_CLOCKS_S: Final = 30.0
# So long a session that the Wall Connector has seen the end of waits for the car's word, s.
_WAITS_S: Final = 900.0
# A battery that is so much fuller has been charged, percent: no mountain gives as much.
_CHARGED_PERCENT: Final = 10.0
# A charge that has gone on for this share of what it had to go has come to its end.
_WHOLE: Final = 0.8
_TRACE_WH: Final = 100.0
# A counter that shows no more than this has been cleared.
_NOTHING_WH: Final = 10.0
# How fast a car gets to where it is plugged in, s a mile.
_DRIVE_S: Final = 60.0


def _drive_s(before: Seen, now: Seen) -> float:
    """Return how long the car has been under way, more or less."""
    return (miles(before, now) or 0.0) * _DRIVE_S


class Engine(EngineState):
    """Follows one car; `learned` is what its sessions have taught so far."""

    # What goes in

    def saw(self, seen: Seen) -> None:
        """Take a read of the car; one that is not newer than the last tells nothing."""
        last, draft = self.last, self.draft
        if last is not None and seen.at <= last.at:
            return
        if draft is not None and draft.open:
            if not seen.plugged:
                self._leave(draft, seen)
            elif self._follows(seen) is Link.REPLUGGED:
                self._part(draft, seen)
                self._arrive(seen)
            else:
                self._go_on(draft, seen)
        elif seen.plugged:
            self._arrive(seen)
        else:
            self._meanwhile(seen)
        self.last, self.slept_at = seen, None
        if seen.added_wh is not None:
            goes_on = self.draft is not None and self.draft.open and self.high is not None
            self.high = max(self.high or 0.0, seen.added_wh) if goes_on else seen.added_wh

    def slept(self, at: float) -> None:
        """Take note that the car sleeps: one that charged does so no more."""
        draft, last = self.draft, self.last
        if draft is None or last is None or self.slept_at is not None or at <= last.at:
            return
        if not (self.open and draft.charging):
            return
        self.slept_at = at
        shown = self._shown(draft)
        self._note(shown)
        left = last.minutes_left
        whole = left is not None and at - last.at >= _WHOLE * left * 60
        what = Happening.COMPLETED if whole else Happening.INTERRUPTED
        self._tell(what, shown.stints[-1].end or at, shown, sure=False)

    def saw_connector(self, connector: Connector) -> None:
        """Take a look at the Wall Connector: it knows of coming and going before the car is read."""
        was_at, was, looked, last = self.wall.din, self.wall.plugged, self.wall.at, self.last
        self.wall.saw(connector)
        draft = self.draft
        late = last is not None and connector.at < last.at - _CLOCKS_S
        came = was is False or was_at != connector.din
        if was is None:
            came = last is not None and not last.plugged and connector.at > last.at
        if connector.plugged and not self.open and came:
            if not late:
                self._arrive_at_wall(connector, connector.at if looked is None else looked)
        elif draft is None or not self.open or draft.direct_current:
            return
        elif connector.plugged and draft.place is Place.ELSEWHERE:
            draft.place = Place.HOME
            self._note(self._shown(draft))
        elif connector.plugged is False and was and draft.place is Place.HOME and not late:
            self._leave_wall(draft, connector.at)

    def tick(self, now: float) -> None:
        """Close what the car itself has not told of for long."""
        draft = self.draft
        if draft is not None and self.left_at is not None and self._closing and now - self.left_at > _WAITS_S:
            self._closing = False
            self._tell(Happening.SESSION_CLOSED, self.left_at, self._shown(draft), sure=False)

    # Coming

    def _arrive(self, seen: Seen) -> None:
        """Take the first read with a cable that was not in before, or not this time."""
        last, old = self.last, self.draft
        base = start_of(self.high, last, seen, self.learned.pack_wh)
        gain = max(0.0, (seen.added_wh or 0.0) - base)
        if base and gain and old is not None and last is not None and not last.plugged and not moved(last, seen):
            # The counter goes on: the cable was never pulled, whatever the car has said.
            old.unplugged_at = None
            self._tell(Happening.PLUGGED_IN, old.plugged_at, old, sure=False)
            self._take(old, None, seen, gain)
            return
        before = max(last.at if last else 0.0, (old.unplugged_at or 0.0) if old else 0.0)
        draft = self._open(seen.at, seen)
        draft.direct_current = seen.direct_current
        if gain:
            latest = seen.at - gain / usual_w(draft, None, seen, self.learned) * 3600
            # What has ended already began when the car can have been there; what goes on ends now.
            earliest = latest if last is None else min(before + _drive_s(last, seen), max(before, latest))
            draft.plugged_at = max(before, latest) if seen.charging else earliest
            draft.id = self._name(draft.plugged_at)
        self._tell(Happening.PLUGGED_IN, draft.plugged_at, draft, sure=seen.at - before <= _EXACT_S)
        self._take(draft, None, seen, gain)
        if last is None and gain and not seen.charging:
            # Nobody knows whether this came with this cable.
            draft.sums.counted, draft.sums.guessed, draft.guess = 0.0, gain, Source.CAR
            self._note(draft)
        self.high = seen.added_wh

    def _arrive_at_wall(self, connector: Connector, since: float) -> None:
        if self.draft is not None and self.draft.open:
            self._part(self.draft, None)
        draft = self._open(connector.at, None)
        draft.place = Place.HOME
        self._since = max(since, self.last.at if self.last else 0.0)
        self.wall.begin(self._since)
        self._note(draft)
        self._tell(Happening.PLUGGED_IN, connector.at, draft, sure=connector.at - since <= _EXACT_S)

    # Being there

    def _follows(self, seen: Seen) -> Link:
        if self.fresh or self.last is None or not self.last.plugged:
            return Link.SAME
        watched = self.wall.plugged is True and self.wall.missed_s <= _EXACT_S and self.left_at is None
        found = link(self.high, self.last, seen, self.learned.pack_wh, watched=watched)
        if found is Link.FELL:
            self.high = seen.added_wh
        elif found is Link.ANEW:
            self.high = 0.0
        return found

    def _go_on(self, draft: Draft, seen: Seen) -> None:
        before = self.last
        if self.fresh:
            self.high = start_of(self.high, before, seen, self.learned.pack_wh)
            before, self.fresh = None, False
            gain = max(0.0, (seen.added_wh or 0.0) - self.high)
            if self._since is not None and gain and seen.charging:
                started = seen.at - gain / usual_w(draft, None, seen, self.learned) * 3600
                draft.plugged_at = min(draft.plugged_at, max(self._since, started))
        if self.left_at is not None and seen.at > self.left_at + _CLOCKS_S:
            self.left_at, self._closing = None, False
        gain = 0.0 if seen.added_wh is None or self.high is None else max(0.0, seen.added_wh - self.high)
        self._take(draft, before, seen, gain)

    def _take(self, draft: Draft, before: Seen | None, seen: Seen, gain: float) -> None:
        """Take a read with the cable in."""
        draft.direct_current = draft.direct_current or seen.direct_current
        draft.locate(self._place(seen))
        draft.soc_end = draft.soc_end if seen.level is None else seen.level
        draft.soc_start = seen.level if draft.soc_start is None else draft.soc_start
        draft.odometer_mi = seen.odometer_mi if draft.odometer_mi is None else draft.odometer_mi
        watched = self.wall.take(seen, before.at if before else draft.plugged_at)
        between = Interval(draft, before, seen, watched, self.learned, until=seen.at, gain=gain)
        span = between.span()
        between.spread()
        self._runs(draft, between, span, seen)
        self._note(draft)

    def _runs(self, draft: Draft, between: Interval, span: tuple[float, float], seen: Seen) -> None:
        """Begin and end the times of charging, and tell of them."""
        start, end = span
        sure = between.end - between.start <= _EXACT_S
        if draft.charging and (self.slept_at is not None or not seen.charging):
            draft.end(end if not seen.charging else self.slept_at or end)
            if self.slept_at is None:
                self._tell(self._ending(seen), end, draft, sure=sure)
            start = between.end
        elif not draft.charging and not seen.charging and between.gain >= _TRACE_WH:
            self._begin(draft, start, sure=False)
            draft.end(end)
            self._tell(self._ending(seen), end, draft, sure=False)
        if seen.charging and not draft.charging:
            self._begin(draft, start, sure=sure)

    def _begin(self, draft: Draft, at: float, *, sure: bool) -> None:
        what = Happening.RESUMED if draft.stints else Happening.STARTED
        draft.begin(at)
        self._tell(what, draft.stints[-1].start, draft, sure=sure)

    @staticmethod
    def _ending(seen: Seen) -> Happening:
        if seen.finished:
            return Happening.COMPLETED
        return Happening.INTERRUPTED if seen.cut_off else Happening.PAUSED

    def _place(self, seen: Seen) -> Place:
        if seen.direct_current and seen.tesla:
            return Place.SUPERCHARGER
        at_wall = self.wall.plugged is True and not seen.direct_current
        return Place.HOME if at_wall or seen.home else Place.ELSEWHERE

    # Leaving

    def _leave(self, draft: Draft, seen: Seen) -> None:
        """Take the first read without the cable: the counter tells what has come since the last one, if it was not cleared."""
        before, value, until = (None if self.fresh else self.last), seen.added_wh, self.left_at or seen.at
        base = start_of(self.high, self.last, seen, self.learned.pack_wh) if self.fresh else self.high
        cleared = value is not None and base is not None and value <= _NOTHING_WH < base
        kept = value is not None and not cleared and (base is None or value >= base - WOBBLE_WH)
        if value is None or not kept or (self.fresh and value <= WOBBLE_WH):
            self._guess_end(draft, before, seen, until)
            if value is not None and value > WOBBLE_WH and before is not None and moved(before, seen):
                # What it shows is of another charge, since then.
                self._missed(before.at, seen, value, Source.CAR)
            return
        gain = max(0.0, value - (base or 0.0))
        watched = self.wall.take(seen, before.at if before else draft.plugged_at)
        between = Interval(draft, before, seen, watched, self.learned, until=until, gain=gain)
        end = between.span()[1]
        between.spread()
        if not draft.charging and gain >= _TRACE_WH:
            self._begin(draft, between.span()[0], sure=False)
        full = seen.level is not None and seen.limit is not None and seen.level >= seen.limit - 1
        if self.left_at is None and draft.charging and gain and not full and seen.at - end > _EXACT_S:
            until = end
        self._close(draft, seen, until, end)

    def _part(self, draft: Draft, seen: Seen | None) -> None:
        """End a session although the cable is in: it was pulled before, and put in again."""
        before, until = (None if self.fresh else self.last), self.left_at
        if until is None:
            until = self.wall.at or draft.plugged_at
            if seen is not None:
                # Somewhere before the energy that the new session has already.
                seconds = (seen.added_wh or 0.0) / usual_w(draft, None, seen, self.learned) * 3600
                since = draft.plugged_at if before is None else before.at
                until = (since + max(since, seen.at - (seconds if seen.charging else 0.0))) / 2
        self._guess_end(draft, before, seen, until)

    def _guess_end(self, draft: Draft, before: Seen | None, seen: Seen | None, until: float) -> None:
        """End a session of which the car has not told everything."""
        between = Interval(draft, before, seen, self.wall.leave(), self.learned, until=until)
        self._close(draft, seen, until, between.guess())

    def _close(self, draft: Draft, seen: Seen | None, at: float, end: float) -> None:
        told, at, last = self.left_at is not None, max(at, draft.plugged_at), self.last
        sure = told or (last is not None and seen is not None and seen.at - last.at <= _EXACT_S)
        if draft.charging:
            end = min(end, at)
            draft.end(end)
            if not told and self.slept_at is None:
                self._tell(self._last_ending(last, end), end, draft, sure=sure)
        draft.unplugged_at = at
        if seen is not None and last is not None and seen.level is not None and moved(last, seen) is False:
            draft.soc_end = seen.level
        self.fresh, self.left_at = False, None
        self._note(draft)
        if not told:
            self._tell(Happening.UNPLUGGED, at, draft, sure=sure)
        if not told or self._closing:
            self._tell(Happening.SESSION_CLOSED, at, draft, sure=sure)
        self._closing = False

    @staticmethod
    def _last_ending(last: Seen | None, end: float) -> Happening:
        left = None if last is None else last.minutes_left
        whole = last is not None and left is not None and end - last.at >= _WHOLE * left * 60
        return Happening.COMPLETED if whole else Happening.INTERRUPTED

    def _leave_wall(self, draft: Draft, at: float) -> None:
        self.left_at, self._closing = at, True
        shown = self._shown(draft)
        self._note(shown)
        if draft.charging and self.slept_at is None:
            self._tell(self._last_ending(self.last, at), shown.stints[-1].end or at, shown, sure=True)
        self._tell(Happening.UNPLUGGED, at, shown, sure=True)

    def _shown(self, draft: Draft) -> Draft:
        """Return the session with what is inferred."""
        shown, last = draft.copy(), self.last
        if self.left_at is not None:
            before = None if self.fresh else last
            between = Interval(shown, before, None, self.wall.pending, self.learned, until=self.left_at)
            shown.end(between.guess())
            shown.unplugged_at = max(self.left_at, shown.plugged_at)
        elif self.slept_at is not None and last is not None:
            left = last.minutes_left
            shown.end(self.slept_at if left is None else min(self.slept_at, last.at + left * 60))
        return shown

    # Elsewhere

    def _meanwhile(self, seen: Seen) -> None:
        """Take a read without a cable after one without: the car may have been charged in between."""
        last, value = self.last, seen.added_wh
        if last is None or value is None:
            return
        rise, known = rise_wh(last, seen, self.learned.pack_wh) or 0.0, self.high
        if known is None or abs(value - known) <= WOBBLE_WH:
            return
        if value > WOBBLE_WH:
            if moved(last, seen) is not False or rise >= value / 2:
                self._missed(last.at, seen, value, Source.CAR)
        elif rise >= _CHARGED_PERCENT / 100 * self.learned.pack_wh:
            self._missed(last.at, seen, rise, Source.LEVEL)

    def _missed(self, since: float, seen: Seen, gain: float, source: Source) -> None:
        """Note a session of which nobody has seen anything but what it brought."""
        draft = self._open(since, None)
        power = max(usual_w(draft, None, None, self.learned), gain / (seen.at - since) * 3600)
        seconds = gain / power * 3600
        start = draft.plugged_at = since + (seen.at - since - seconds) / 2
        draft.id = self._name(start)
        Interval(draft, None, None, Watched(), self.learned, until=start + seconds, gain=gain).spread()
        if source is not Source.CAR:
            draft.sums.counted, draft.sums.guessed, draft.guess = 0.0, gain, source
        self._tell(Happening.PLUGGED_IN, start, draft, sure=False)
        draft.begin(start)
        draft.soc_end = seen.level
        self._close(draft, None, start + seconds, start + seconds)
