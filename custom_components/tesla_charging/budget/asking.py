"""Who asks for a request: a person, who may spend up to the hard limit, or the integration by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class _Wish:
    """What a person has asked for; timers and tasks inherit it, and it must not outlive its fulfilment in them."""

    open: bool = True


_WISH: ContextVar[_Wish | None] = ContextVar("wish", default=None)


@contextmanager
def by_person() -> Iterator[None]:
    """Let everything that is sent within, by this task or those it starts and waits for, be asked for by a person."""
    wish = _Wish()
    reset = _WISH.set(wish)
    try:
        yield
    finally:
        wish.open = False
        _WISH.reset(reset)


def asked_by_person() -> bool:
    """Whether a person waits for what is being done."""
    wish = _WISH.get()
    return wish is not None and wish.open
