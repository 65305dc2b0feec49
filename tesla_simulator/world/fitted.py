"""What a car has besides battery and charger, and what it was told."""

from dataclasses import dataclass, field

from .body import Body
from .cabin import Climate
from .hardware import Hardware
from .media import Media
from .modes import Modes
from .papers import Papers
from .software import Software


@dataclass(eq=False, kw_only=True)
class Fitted:
    """The parts of a car that its commands move; `hardware` is the car's to fill."""

    mobile_access: bool = True
    hardware: Hardware = field(init=False)
    climate: Climate = field(default_factory=Climate, init=False)
    body: Body = field(default_factory=Body, init=False)
    media: Media = field(default_factory=Media, init=False)
    modes: Modes = field(default_factory=Modes, init=False)
    papers: Papers = field(default_factory=Papers, init=False)
    software: Software = field(default_factory=Software, init=False)
    signals: list[tuple[float, str]] = field(default_factory=list, init=False)  # seen or heard for a moment
    keyless_until: float = field(default=0.0, init=False)

    @property
    def seen(self) -> list[str]:
        """What was seen or heard of it, without the times."""
        return [name for _, name in self.signals]
