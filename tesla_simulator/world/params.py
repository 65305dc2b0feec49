"""What a command is given and what comes back, fleet_api.md 6.1 and 6.2."""

from collections.abc import Container
from dataclasses import dataclass

from .schedules import parse_days

DAY_MINUTES = 24 * 60
NUMBER_MAX = 2**53
PIN_DIGITS = 4


class CommandRefused(Exception):
    """The car cannot hear a command: it sleeps or is out of reach."""


class UnknownCommand(Exception):
    """No such command or endpoint."""


class NotSupported(UnknownCommand):
    """A command that the car's firmware does not know yet."""


class InvalidParameter(Exception):
    """A parameter is missing or of the wrong type; str() is Tesla's words (fleet_api.md 6.2)."""


class SettingRefused(Exception):
    """The site may not be set so; str() is Tesla's words, which are UNCONFIRMED."""


@dataclass(frozen=True)
class CommandResult:
    """The car's answer, fleet_api.md 6.1."""

    result: bool
    reason: str = ""


DONE = CommandResult(True)

# Tesla's words for refusals. fleet_api.md has the first two, for HomeLink and the charge port; the rest is UNCONFIRMED.
NO_HARDWARE = "not_supported"
IN_MOTION = "not allowed"
FAR = "vehicle_too_far"
WRONG_PIN = "wrong_pin"
NO_USER = "user_not_present"
NOT_IN_GUEST_MODE = "not_in_guest_mode"
NO_UPDATE = "no_update"
PIN_ACTIVE = "pin_to_drive_active"
SPEED_LIMIT_ACTIVE = "speed_limit_mode_active"  # tesla-fleet-api's docstring of clear_pin_to_drive_admin


def refused(reason: str) -> CommandResult:
    """Return a refusal."""
    return CommandResult(False, reason)


@dataclass(frozen=True)
class Params:
    """Strictly typed reading of a body: a number is a JSON number, a boolean a JSON boolean (fleet_api.md 6.2)."""

    body: dict[str, object]

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number; required without a default."""
        value = self.body.get(key, default)
        if value is None:
            raise InvalidParameter(f"missing {key} param")
        if isinstance(value, bool) or not isinstance(value, int | float) or not -NUMBER_MAX < value < NUMBER_MAX:
            raise InvalidParameter(f"invalid {key} param")
        return value

    def boolean(self, key: str, default: bool | None = None) -> bool:
        """Return a boolean; required without a default."""
        value = self.body.get(key, default)
        if value is None:
            raise InvalidParameter(f"missing {key} param")
        if not isinstance(value, bool):
            raise InvalidParameter(f"invalid {key} param")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a string; required without a default."""
        value = self.body.get(key, default)
        if value is None:
            raise InvalidParameter(f"missing {key} param")
        if not isinstance(value, str):
            raise InvalidParameter(f"invalid {key} param")
        return value

    def integer(self, key: str, among: Container[int]) -> int:
        """Return a whole number that is one of these."""
        value = self.number(key)
        if value != int(value) or int(value) not in among:
            raise InvalidParameter(f"invalid {key} param")
        return int(value)

    def choice(self, key: str, among: Container[str]) -> str:
        """Return a string that is one of these."""
        value = self.text(key)
        if value not in among:
            raise InvalidParameter(f"invalid {key} param")
        return value

    def pin(self, key: str) -> str:
        """Return four digits."""
        value = self.text(key)
        if len(value) != PIN_DIGITS or not value.isascii() or not value.isdigit():
            raise InvalidParameter(f"invalid {key} param")
        return value

    def minutes(self, key: str, default: int | None = 0) -> int:
        """Return minutes after midnight."""
        value = int(self.number(key, default))
        if not 0 <= value < DAY_MINUTES:
            raise InvalidParameter(f"invalid {key} param")
        return value

    def days(self, key: str) -> int:
        """Return the bitmask of a list of English day names."""
        if not (mask := parse_days(self.text(key))):
            raise InvalidParameter(f"invalid {key} param")
        return mask
