"""What a battery is to do, as sets of settings (users.md theme 7); what was set before is kept, and comes back.

How fast a battery is charged from the grid depends on how it is told: 1.7 kW by a higher reserve, 3.3 kW in backup mode
(OBSERVED). Where charging from the grid cannot be forbidden, backup mode charges from it; then a battery is held by a
reserve of its level instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import math
from typing import Any, Final, cast

from ..fleet.models import EnergySite
from ..fleet.models.site import ExportRule, OperationMode
from .settings import RESERVE_GAP, RULES, Setting, Value, fits, holds, in_gap

# What strategies set, in the order in which it is sent: first what is allowed, then what is wanted.
SETTINGS: Final = (Setting.GRID_CHARGING, Setting.EXPORTS, Setting.RESERVE, Setting.MODE)
# What an export leaves in the battery, unless a person keeps less anyway.
_EXPORT_RESERVE: Final = 10

type Values = Mapping[Setting, Value]


class Strategy(StrEnum):
    """What the battery is to do; the first is what the person has set by other means."""

    OWN = "own_settings"
    SELF_POWERED = "self_powered"
    TIME_BASED = "time_based"
    CHARGE = "charge_from_grid"
    HOLD = "hold"
    EXPORT = "export"


@dataclass(frozen=True, kw_only=True, slots=True)
class StrategyNote:
    """The strategy that was chosen: what was set before, what it has set, by setting, and until when it holds (UTC)."""

    strategy: Strategy | None = None
    own: dict[str, Any] = field(default_factory=dict)
    imposed: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None

    @property
    def valid(self) -> bool:
        """Whether it is whole, as one that was stored by another version may not be."""
        parts = [*self.own.items(), *self.imposed.items()]
        return all(key in set(Setting) and fits(Setting(key), value) for key, value in parts)


def plain(settings: Values) -> dict[str, Any]:
    """Return settings as a note keeps them."""
    return {setting.value: value for setting, value in settings.items()}


def values(kept: Mapping[str, Any]) -> Values:
    """Return settings of a note."""
    return {Setting(key): value for key, value in kept.items()}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a strategy sets, given a site and what was set before; and which sites can."""

    settings: Callable[[EnergySite, Values], Values]
    supported: Callable[[EnergySite], bool] = lambda site: site.has_battery


def _chooses_its_source(site: EnergySite) -> bool:
    return RULES[Setting.GRID_CHARGING].supported(site)


def _may_charge(site: EnergySite) -> bool:
    return site.has_battery and (_chooses_its_source(site) or not site.has_solar)


def _level(site: EnergySite, own: Values) -> Value:
    """Return the level of the battery as a reserve that every site keeps; what was set before if it is not known."""
    percent = site.live_status.percentage_charged
    if percent is None:
        return own.get(Setting.RESERVE, 0)
    level = min(100, max(0, math.floor(percent)))
    return RESERVE_GAP[0] if in_gap(level) else level


def _hold(site: EnergySite, own: Values) -> Values:
    if _chooses_its_source(site):
        return {
            Setting.GRID_CHARGING: False,
            Setting.RESERVE: _level(site, own),
            Setting.MODE: OperationMode.BACKUP.value,
        }
    return {Setting.RESERVE: _level(site, own), Setting.MODE: OperationMode.SELF_CONSUMPTION.value}


_PLANS: Final[Mapping[Strategy, _Plan]] = {
    Strategy.OWN: _Plan(lambda _, __: {}),
    Strategy.SELF_POWERED: _Plan(lambda _, __: {Setting.MODE: OperationMode.SELF_CONSUMPTION.value}),
    Strategy.TIME_BASED: _Plan(lambda _, __: {Setting.MODE: OperationMode.AUTONOMOUS.value}),
    Strategy.CHARGE: _Plan(
        lambda _, __: {Setting.GRID_CHARGING: True, Setting.RESERVE: 100, Setting.MODE: OperationMode.BACKUP.value},
        _may_charge,
    ),
    Strategy.HOLD: _Plan(_hold),
    Strategy.EXPORT: _Plan(
        lambda _, own: {
            Setting.EXPORTS: ExportRule.BATTERY_OK.value,
            Setting.RESERVE: min(cast(int, own.get(Setting.RESERVE, _EXPORT_RESERVE)), _EXPORT_RESERVE),
            Setting.MODE: OperationMode.AUTONOMOUS.value,
        },
        lambda site: RULES[Setting.EXPORTS].supported(site),
    ),
}


def strategies_of(site: EnergySite) -> tuple[Strategy, ...]:
    """Return what a site can do."""
    return tuple(strategy for strategy, plan in _PLANS.items() if plan.supported(site))


def own_settings(site: EnergySite, note: StrategyNote) -> Values:
    """Return what a person has set by other means: before the strategy, or since, where it is no longer as that set it."""
    found: dict[Setting, Value] = {}
    for setting in SETTINGS:
        known = RULES[setting].read(site)
        if setting in note.own and setting in note.imposed and holds(site, setting, note.imposed[setting]):
            found[setting] = note.own[setting]
        elif known is not None and RULES[setting].supported(site):
            found[setting] = str(known) if isinstance(known, str) else known
    return found


def settings_for(strategy: Strategy, site: EnergySite, own: Values, reserve: int | None = None) -> Values:
    """Return what to set: what a person had set, but for what the strategy wants and the reserve that was named for it."""
    wanted = {**own, **_PLANS[strategy].settings(site, own)}
    if reserve is not None:
        wanted[Setting.RESERVE] = reserve
    return {setting: wanted[setting] for setting in SETTINGS if setting in wanted and RULES[setting].supported(site)}


def in_force(site: EnergySite, note: StrategyNote) -> Strategy:
    """Return the strategy that a site follows: the one that was chosen, as long as nobody changes what it has set."""
    if note.strategy is None or not all(holds(site, key, value) for key, value in values(note.imposed).items()):
        return Strategy.OWN
    return note.strategy
