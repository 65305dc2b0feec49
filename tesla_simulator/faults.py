"""Faults on demand: what a test or the control page wants to go wrong, and for which requests."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
import json
import socket
import struct
from typing import Any, Self

from aiohttp import web

from .answers import ANSWERS, Answer, filled, respond
from .requests_log import is_named


class NoAnswer(Exception):
    """The connection is cut without an answer."""


@dataclass(eq=False)
class Fault:
    """What goes wrong, and for which requests; patterns are shell patterns and `vin` is as the path has it.

    `answer` is a name of `answers.ANSWERS`, which `status` and `body` overrule. `executed` lets the request take effect
    first. `put` and `drop` change dotted paths (`response.charge_state.battery_level`, `response.*.state`) of the answer.
    """

    endpoint: str = "*"
    path: str = "*"
    method: str = "*"
    vin: str = "*"
    host: str = "*"
    times: int | None = None
    skip: int = 0
    answer: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    body: str | dict[str, Any] | list[Any] | None = None
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: str | float | datetime | None = None
    rate_limit_reset: str | None = None
    put: dict[str, Any] = field(default_factory=dict)
    drop: list[str] = field(default_factory=list)
    truncate: bool = False
    delay: float = 0
    hang: bool = False
    reset: bool = False
    executed: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        """Refuse a name that no answer has."""
        if self.answer is not None and self.answer not in ANSWERS:
            raise ValueError(f"no answer is named {self.answer!r}; there are {', '.join(sorted(ANSWERS))}")

    @classmethod
    def rate_limited(cls, retry_after: str | float | datetime | None = None, **match: Any) -> Self:
        """429 with a Retry-After of any kind, or without one (fleet_api.md 8)."""
        return cls(answer="rate_limited", retry_after=retry_after, **match)

    @classmethod
    def lost(cls, **match: Any) -> Self:
        """The request takes effect and its answer is lost with the connection."""
        return cls(executed=True, reset=True, **match)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Make a fault of a JSON object with this class's fields; ValueError for anything else."""
        known = {item.name for item in fields(cls)} - {"hits"}
        if not isinstance(data, dict) or not data.keys() <= known:
            raise ValueError(f"a fault is a JSON object with any of {', '.join(sorted(known))}")
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        """Show the fields that were set."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        shown = {name: str(value) if isinstance(value, datetime) else value for name, value in values.items()}
        return {
            name: value for name, value in shown.items() if value not in ("*", None, {}, [], False) or name == "hits"
        }

    def matches(self, host: str, method: str, path: str, endpoint: str, vin: str | None) -> bool:
        """Whether a request is meant."""
        return (
            is_named(endpoint, self.endpoint)
            and fnmatchcase(path, self.path)
            and fnmatchcase(method, self.method)
            and fnmatchcase(vin or "", self.vin)
            and fnmatchcase(host, self.host)
        )

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it should."""
        return self.times is not None and self.hits - self.skip >= self.times

    @property
    def replaces(self) -> bool:
        """Whether the caller gets an answer made here instead of Tesla's."""
        return self.answer is not None or self.status is not None or self.body is not None or bool(self.limit_headers)

    @property
    def changes(self) -> bool:
        """Whether the caller gets Tesla's answer, but not as it was."""
        return bool(self.put or self.drop or self.truncate or self.headers or self.content_type)

    @property
    def limit_headers(self) -> dict[str, str]:
        """Retry-After and RateLimit-Reset as asked for."""
        headers = {}
        if isinstance(self.retry_after, datetime):
            headers["Retry-After"] = format_datetime(self.retry_after, usegmt=True)
        elif self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.rate_limit_reset is not None:
            headers["RateLimit-Reset"] = self.rate_limit_reset
        return headers

    def made_answer(self) -> web.Response:
        """Make the answer that replaces Tesla's."""
        named = (
            ANSWERS[self.answer] if self.answer else ANSWERS["rate_limited"] if self.limit_headers else ANSWERS["empty"]
        )
        status = named.status if self.status is None else self.status
        body = named.body if self.body is None else self.body
        answer = filled(Answer(status, body, self.content_type or named.content_type), self.words)
        return respond(answer, {**self.limit_headers, **self.headers})

    def changed(self, response: web.Response) -> web.Response:
        """Change fields of a JSON answer, add headers, or cut it in half."""
        raw = bytes(response.body) if isinstance(response.body, bytes | bytearray) else b""
        if self.put or self.drop:
            data = json.loads(raw)
            for path in self.drop:
                _change(data, path.split("."), None, drop=True)
            for path, value in self.put.items():
                _change(data, path.split("."), value, drop=False)
            raw = json.dumps(data).encode()
        if self.truncate:
            raw = raw[: len(raw) // 2]
        kept = {name: value for name, value in response.headers.items() if name in {"x-txid", "Location", "Set-Cookie"}}
        return web.Response(
            status=response.status,
            body=raw,
            content_type=self.content_type or response.content_type,
            headers={**kept, **self.headers},
        )


def _change(data: Any, path: list[str], value: Any, *, drop: bool) -> None:
    """Set or remove what a dotted path leads to; a path that leads nowhere changes nothing."""
    first, *rest = path
    if isinstance(data, list):
        keys: Iterable[Any] = range(len(data)) if first == "*" else [int(first)] if first.isdecimal() else []
        keys = [key for key in keys if key < len(data)]
    elif isinstance(data, dict):
        keys = list(data) if first == "*" else [first]
    else:
        return
    for key in reversed(list(keys)):
        if rest:
            _change(data[key] if isinstance(data, list) else data.get(key), rest, value, drop=drop)
        elif drop:
            data.pop(key) if isinstance(data, list) else data.pop(key, None)
        else:
            data[key] = value


class Faults:
    """The faults in force, in the order they were added; the first that matches strikes."""

    def __init__(self) -> None:
        """Start without any."""
        self.active: list[Fault] = []
        self._released = asyncio.Event()

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults out of force and let go of what hangs."""
        self.active.clear()
        self.release()

    def release(self) -> None:
        """Let the requests that hang go on."""
        self._released.set()
        self._released = asyncio.Event()

    def take(self, host: str, method: str, path: str, endpoint: str, vin: str | None) -> Fault | None:
        """Find the fault that strikes a request, and count it."""
        for fault in self.active:
            if fault.matches(host, method, path, endpoint, vin):
                fault.hits += 1
                if fault.spent:
                    self.active.remove(fault)
                if fault.hits > fault.skip:
                    return fault
        return None

    async def hold(self, fault: Fault) -> None:
        """Wait as long as the fault says; for ever when it hangs, until released or the caller leaves."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.hang:
            await self._released.wait()


def cut(request: web.Request) -> None:
    """Reset a request's connection."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
