"""What becomes of a setting that a site is told, beyond the answer (users.md theme 7); what is left out works at once."""

from copy import deepcopy
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from .params import SettingRefused
from .settings import write_setting

if TYPE_CHECKING:
    from .site import Site

DONE = {"code": 201, "message": "Updated"}

# The settings by the keys of the bodies, and where a site keeps them (fleet_api.md 7.5).
ATTRIBUTES = {
    "backup_reserve_percent": "reserve",
    "off_grid_vehicle_charging_reserve_percent": "vehicle_reserve",
    "default_real_mode": "mode",
    "enabled": "storm_mode",
    "disallow_charge_from_grid_with_solar_installed": "grid_charging",
    "customer_preferred_export_rule": "export_rule",
    "tou_settings": "tariff",
}


@dataclass
class Obedience:
    """What becomes of a setting.

    late: it takes effect after `seconds`. dropped: nothing, and the answer says nothing either. ignored: nothing, although
    the answer is 201. taken_back: it takes effect, and after `seconds` what was before is there again. refused: Tesla says
    so, as an answer of 403, or with `in_body` in an answer of 200. `times`: how often; None is always.
    """

    kind: Literal["late", "dropped", "ignored", "taken_back", "refused"]
    seconds: float = 0.0
    in_body: bool = False
    times: int | None = None


@dataclass(eq=False)
class Agenda:
    """What a site will do by itself: when (epoch s), to which attribute, and its value."""

    due: dict[str, tuple[float, Any]] = field(default_factory=dict)

    @property
    def next_at(self) -> float:
        """When the next one comes."""
        return min((at for at, _ in self.due.values()), default=inf)

    def take(self, now: float) -> list[tuple[str, Any]]:
        """Return what is to be done now."""
        done = [(name, value) for name, (at, value) in self.due.items() if at <= now]
        for name, _ in done:
            del self.due[name]
        return done


def obey(site: Site, endpoint: str, body: dict[str, object]) -> Any:
    """Change a setting as the site's obedience has it, and return the answer; raises as `write_setting`, SettingRefused."""
    hows = {key: how for key in body if (how := _how(site, key)) is not None}
    for key, how in hows.items():
        if how.kind == "refused" and not how.in_body:
            raise SettingRefused(f"{key} cannot be changed")
    before = {name: deepcopy(getattr(site, name)) for name in ATTRIBUTES.values()}
    write_setting(site, endpoint, body)
    for key in body.keys() & ATTRIBUTES.keys():
        site.agenda.due.pop(ATTRIBUTES[key], None)
    refused = ""
    for key, how in hows.items():
        name = ATTRIBUTES[key]
        wanted = getattr(site, name)
        if how.kind == "taken_back":
            site.agenda.due[name] = (site.now + how.seconds, before[name])
            continue
        site.put(name, before[name])
        if how.kind == "late":
            site.agenda.due[name] = (site.now + how.seconds, wanted)
        elif how.kind == "refused":
            refused = key
    if refused:
        return {"code": 400, "message": f"{refused} cannot be changed"}
    return "" if any(how.kind == "dropped" for how in hows.values()) else dict(DONE)


def _how(site: Site, key: str) -> Obedience | None:
    """Return what becomes of a setting this time."""
    how = site.obedience.get(key)
    if how is None or how.times == 0:
        return None
    if how.times is not None:
        how.times -= 1
    return how
