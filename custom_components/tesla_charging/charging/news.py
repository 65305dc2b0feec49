"""What happens in a charging session, with the car's time and not the poll's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .session import Session


class Happening(StrEnum):
    """What there is to tell (charging.md 2.2)."""

    PLUGGED_IN = "plugged_in"
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    UNPLUGGED = "unplugged"
    SESSION_CLOSED = "session_closed"
    INVOICE_RECEIVED = "invoice_received"


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """Something that has happened at a time; `estimated` where nobody has seen the time itself."""

    what: Happening
    at: datetime
    session: Session
    soc: float | None = None
    estimated: bool = False
