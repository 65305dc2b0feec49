"""When energy flowed: stretches of time with what came in them, few enough to be kept for years."""

from collections.abc import Iterable, Sequence
from typing import Final

from ..energy.clock import HOUR_S
from ..energy.spread import Stretch

# Costs are settled in steps of five minutes: nothing has to be told finer.
_STEP_S: Final = 300
# Powers that are so much alike are one; Tesla's counter has steps of 10 Wh.
_ALIKE: Final = 0.01
_STEP_WH: Final = 10.0
# A session has no more stretches than this, but for one an hour.
_MOST: Final = 240

type Flow = tuple[Stretch, ...]


def evenly(energy_wh: float, start: float, end: float) -> Flow:
    """Return an energy as it flows evenly from a time to another."""
    if energy_wh <= 0:
        return ()
    first, last = round(start), round(end)
    return (Stretch(first, max(1, last - first), energy_wh),)


def shaped(energy_wh: float, shape: Sequence[Stretch]) -> Flow:
    """Return an energy as it flows where another one is known to flow."""
    whole = sum(one.energy_wh for one in shape)
    if energy_wh <= 0 or whole <= 0:
        return ()
    parts = (Stretch(one.start, one.seconds, energy_wh * one.energy_wh / whole) for one in shape)
    return tuple(one for one in parts if one.energy_wh > 0)


def joined(flow: Flow, more: Iterable[Stretch]) -> Flow:
    """Return a flow that goes on: what is alike is put together, and nothing gets lost."""
    found = list(flow)
    # What is older has been put together already.
    keep = max(0, len(found) - 2)
    head, tail = found[:keep], sorted([*found[keep:], *more])
    whole = [*head, *_together(_together(tail, _same_step), _alike)]
    while len(whole) > _MOST and len(fewer := _halved(whole)) < len(whole):
        whole = fewer
    return tuple(whole)


def _meets(one: Stretch, other: Stretch) -> bool:
    return 0 <= other.start - (one.start + one.seconds) <= 1


def _same_step(one: Stretch, other: Stretch) -> bool:
    return _meets(one, other) and one.start // _STEP_S == (other.start + other.seconds - 1) // _STEP_S


def _alike(one: Stretch, other: Stretch) -> bool:
    shorter = min(one.seconds, other.seconds)
    if shorter < _STEP_S * 0.8 or not _meets(one, other):
        return False
    powers = one.energy_wh / one.seconds, other.energy_wh / other.seconds
    apart = abs(powers[0] - powers[1])
    return apart <= _ALIKE * max(powers) or apart * shorter <= _STEP_WH


def _together(flow: Sequence[Stretch], alike: object) -> list[Stretch]:
    found: list[Stretch] = []
    for one in flow:
        if found and callable(alike) and alike(found[-1], one):
            found[-1] = _merged(found[-1], one)
        else:
            found.append(one)
    return found


def _halved(flow: list[Stretch]) -> list[Stretch]:
    """Return a flow in which every two neighbours of the same hour are one."""
    found: list[Stretch] = []
    at = 0
    while at < len(flow):
        one, other = flow[at], flow[at + 1] if at + 1 < len(flow) else None
        if other is not None and one.start // HOUR_S == (other.start + other.seconds - 1) // HOUR_S:
            found.append(_merged(one, other))
            at += 2
        else:
            found.append(one)
            at += 1
    return found


def _merged(one: Stretch, other: Stretch) -> Stretch:
    end = max(one.start + one.seconds, other.start + other.seconds)
    return Stretch(one.start, end - one.start, one.energy_wh + other.energy_wh)
