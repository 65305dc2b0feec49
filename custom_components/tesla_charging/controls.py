"""Changing the settings of an energy site: in turn, the last value only, nothing that is so already, and followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, cast

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .budget.asking import by_person
from .commands import async_check_granted, failed
from .const import DOMAIN
from .coordinators import SiteInfoCoordinator
from .coordinators.turns import Body, Take
from .energy.settings import RESERVE_GAP, RULES, Setting, Value, by_command, holds
from .fleet.commands import SiteCommand
from .fleet.errors import Fault, FleetError

# What was read within this time counts as known now; before nothing is sent for what is older, it is read again.
_FRESH: Final = timedelta(minutes=2)
# How Tesla says that it will not, whatever the network does.
_NO: Final = frozenset(
    {Fault.BAD_REQUEST, Fault.MISSING_SCOPES, Fault.NOT_FOUND, Fault.REFUSED, Fault.SCOPE_TOO_NARROW, Fault.UNSUPPORTED}
)


@dataclass(frozen=True, slots=True)
class _Order:
    command: SiteCommand
    settings: tuple[Setting, ...]


async def async_set(coordinator: SiteInfoCoordinator, wanted: Mapping[Setting, Value], *, paced: bool = False) -> None:
    """Set settings of a site, in the order given; return when Tesla has said yes, else raise HomeAssistantError.

    paced: for a value that may be changed again and again within seconds, of which the last one is worth sending.
    """
    check_reserve(coordinator, wanted.get(Setting.RESERVE))
    for command, settings in by_command(wanted):
        await async_check_granted(coordinator.hass, coordinator.context.scopes, command.scopes)
        order = _Order(command, tuple(settings))
        body: Body = {setting: wanted[setting] for setting in settings}
        work = partial(_in_turn, coordinator, order)
        if paced:
            await coordinator.turns.run_value(order.settings, body, lambda _: False, work)
        else:
            await coordinator.turns.run(order.settings, body, work)


def check_reserve(coordinator: SiteInfoCoordinator, percent: object) -> None:
    """Tell a person, before it is sent, of a reserve that this site did not keep the last time."""
    if isinstance(percent, int) and coordinator.notes.reserve.forbids(coordinator.snapshot.current, percent):
        below, above = RESERVE_GAP
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="reserve_gap",
            translation_placeholders={"below": str(below), "above": str(above)},
        )


async def _in_turn(coordinator: SiteInfoCoordinator, order: _Order, take: Take) -> None:
    wanted = cast(Mapping[Setting, Value], take())
    if all(_stands(coordinator, setting, value) for setting, value in wanted.items()) and not _fresh(coordinator):
        with by_person():
            await coordinator.async_refresh()
    changes = {setting: value for setting, value in wanted.items() if not _stands(coordinator, setting, value)}
    if not changes:
        return
    body: Body = {}
    for setting, value in changes.items():
        body |= RULES[setting].body(value)
    coordinator.turns.sent(order.settings)
    try:
        with by_person():
            await coordinator.client.site_command(coordinator.snapshot.site_id, order.command, **body)
    except FleetError as err:
        if err.may_have_succeeded:
            coordinator.follow(changes, accepted=False)
        elif err.fault in _NO:
            coordinator.refuse(changes)
        raise failed(coordinator, err) from None
    coordinator.follow(changes, accepted=True)


def _stands(coordinator: SiteInfoCoordinator, setting: Setting, value: Value) -> bool:
    """Whether sending this would change nothing: it was sent a moment ago, or it is so and nothing else is on its way."""
    wish = coordinator.notes.wish(setting)
    if wish is not None and wish.covers(dt_util.utcnow()):
        return RULES[setting].same(wish.value, value)
    if wish is not None and wish.is_open:
        return False
    site = coordinator.snapshot.current
    return site.info_read_at is not None and holds(site, setting, value)


def _fresh(coordinator: SiteInfoCoordinator) -> bool:
    read_at = coordinator.snapshot.current.info_read_at
    return read_at is not None and timedelta(0) <= dt_util.utcnow() - read_at < _FRESH
