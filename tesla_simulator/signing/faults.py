"""Faults of the signed protocol on demand: what a car should answer to which of its next commands (libraries.md 8.4, 8.6)."""

from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Self


@dataclass(eq=False)
class SigningFault:
    """What goes wrong inside a signed command that reached the car; `vin` and `domain` are shell patterns.

    `fault` is a number of MessageFault_E. `wait` is OPERATIONSTATUS_WAIT. `stale` hands out the last reply of that domain
    once more, as a duplicated or late one. `forged` breaks the tag of session info. `executed` lets the car obey first;
    without any of these the command is obeyed and only the `delay` (real seconds) is felt. Handshakes are spared unless
    `handshakes`.
    """

    vin: str = "*"
    domain: str = "*"
    fault: int | None = None
    times: int | None = 1
    skip: int = 0
    wait: bool = False
    stale: bool = False
    forged: bool = False
    executed: bool = False
    delay: float = 0.0
    handshakes: bool = False
    hits: int = 0

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make a fault of a JSON object with this class's fields; ValueError for anything else."""
        known = {item.name for item in fields(cls)} - {"hits"}
        if not isinstance(data, dict) or not data.keys() <= known:
            raise ValueError(f"a signing fault is a JSON object with any of {', '.join(sorted(known))}")
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        """Show it."""
        return asdict(self)

    @property
    def spares(self) -> bool:
        """Whether the car obeys all the same."""
        return self.executed or not (self.fault or self.wait or self.stale)


class SigningFaults:
    """The faults in force, in the order they were added; the first that matches strikes."""

    def __init__(self) -> None:
        """Start without any."""
        self.active: list[SigningFault] = []

    def add(
        self, vin: str = "*", domain: str = "*", fault: int | None = None, times: int | None = 1, **more: Any
    ) -> SigningFault:
        """Put a fault in force for so many commands, None: for all."""
        return self.put(SigningFault(vin, domain, fault, times, **more))

    def put(self, fault: SigningFault) -> SigningFault:
        """Put a fault in force."""
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults out of force."""
        self.active.clear()

    def take(self, vin: str, domain: str, *, handshake: bool) -> SigningFault | None:
        """Find the fault that strikes, and count it."""
        for fault in self.active:
            meant = fnmatchcase(vin, fault.vin) and fnmatchcase(domain, fault.domain)
            if meant and handshake <= fault.handshakes:
                fault.hits += 1
                if fault.times is not None and fault.hits - fault.skip >= fault.times:
                    self.active.remove(fault)
                if fault.hits > fault.skip:
                    return fault
        return None
