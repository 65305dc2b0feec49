"""What a signed message orders."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Order:
    """A command by its REST name, or by the name of its message if REST has none or the simulator does not know it."""

    name: str
    body: dict[str, object] = field(default_factory=dict)
    published: bool = True


def plain(name: str, **fields: str) -> Callable[[Any], Order]:
    """Copy fields: REST name = name in the message."""
    return lambda message: Order(name, {key: getattr(message, field) for key, field in fields.items()})
