"""What Tesla has answered, and what it has to be."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Any

from .errors import Fault, FleetError


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read to its end."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    encoding: str

    def json(self) -> Any:
        """Return its JSON, None where it is none."""
        try:
            return json.loads(self.raw.decode(self.encoding, errors="replace"))
        except ValueError, LookupError, RecursionError:
            return None

    def is_bad(self) -> FleetError:
        """Return what to raise where it is not what it has to be."""
        return FleetError(Fault.BAD_ANSWER, status=self.status, txid=self.headers.get("x-txid"))


def json_object(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer; raises FleetError."""
    data = answer.json()
    if not isinstance(data, dict):
        raise answer.is_bad()
    return data


def pdf(answer: Answer) -> bytes:
    """Return the PDF of an answer, whatever type it says that it is; raises FleetError."""
    if not answer.raw.startswith(b"%PDF-"):
        raise answer.is_bad()
    return answer.raw
