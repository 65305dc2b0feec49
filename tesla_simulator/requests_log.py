"""The record of every request that reached the simulated Tesla."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Request:
    """One request and how it ended; `status` 0 means that the caller got no answer.

    `command` is what a signed command turned out to be: `handshake vcsec`, `charge_start`, ….
    """

    at: datetime
    host: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    endpoint: str
    vin: str | None
    price_class: str
    client_id: str | None
    command: str | None = None


def is_named(endpoint: str, pattern: str) -> bool:
    """Whether a pattern means an endpoint; `charge_start` means `command/charge_start` too."""
    return fnmatchcase(endpoint, pattern) or fnmatchcase(endpoint.rpartition("/")[2], pattern)
