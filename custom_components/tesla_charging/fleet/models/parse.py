"""A tolerant reader from Tesla's JSON to frozen dataclasses, merging over what was known.

A field's type says how it is read: `int`, `float`, `str`, `bool`, `datetime`, `Code`, an enumeration, another dataclass (merged
field by field), a tuple of dataclasses (merged item by item), a `dict` (taken whole), `object` (taken as it is). Missing, null,
"<invalid>" or wrongly typed becomes None,
and None does not erase what was known. A field's metadata says what differs: `read_as`.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
import math
from types import UnionType
from typing import Any, NewType, cast, get_args, get_origin, get_type_hints

# A state of which nobody knows whether Tesla names or numbers it.
Code = NewType("Code", str)
INVALID = "<invalid>"
# There was no Tesla before 2001: a smaller number is something else than a time.
_EARLIEST = 1e9
_NOTHING = object()
_KEEPS = object()

type _Reader = Callable[[object, Any], object]


def read_as(
    *, key: str | None = None, clears: bool = False, null: object = None, absent: object = _KEEPS, by: str = ""
) -> dict[str, Any]:
    """Return the metadata of a field that is not read in the plain way.

    key: its key in the JSON if it is not the field's name; dots go deeper.
    clears: null and "<invalid>" are an answer ("there is none") and erase what was known.
    null: what null stands for where it clears, by default nothing.
    absent: the value where Tesla leaves the key out of a block that is there.
    by: the text or number field that tells the items of a tuple apart.
    """
    return {"key": key, "clears": clears, "null": null, "absent": absent, "by": by}


def _integer(value: object, _: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object, _: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _text(value: object, _: object) -> str | None:
    if not isinstance(value, str) or not value.strip() or value == INVALID:
        return None
    return value


def _code(value: object, _: object) -> str | None:
    number = _integer(value, None)
    return _text(value, None) if number is None else str(number)


def _flag(value: object, _: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: object, _: object) -> dict[str, Any] | None:
    return dict(value) if isinstance(value, Mapping) else None


def _as_it_is(value: object, _: object) -> object:
    return value


def _time(value: object, _: object) -> datetime | None:
    """Read epoch seconds, epoch milliseconds or RFC 3339."""
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time.astimezone(UTC) if time.tzinfo else None
        seconds = _number(value, None)
        if seconds is None or seconds < _EARLIEST:
            return None
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except ValueError, OverflowError, OSError:
        return None


def _choice(of: type[Enum]) -> _Reader:
    """Return the reader of an enumeration; a word that is new to us is unknown, not the last one."""
    members: dict[object, Enum] = {member.value: member for member in of}

    def read(value: object, _: object) -> object:
        if not isinstance(value, str) or value == INVALID:
            return None
        return members.get(value, _NOTHING)

    return read


def _items(of: type, by: str) -> _Reader:
    """Return the reader of a list, merged item by item; what has no name of its own is left out."""
    read_name = _reader(get_type_hints(of)[by], "")

    def read(value: object, known: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            return None
        before = {getattr(item, by): item for item in known or ()}
        found: dict[object, Any] = {}
        for item in value:
            name = read_name(item.get(by), None) if isinstance(item, dict) else None
            if name is not None:
                found[name] = parse(of, item, before.get(name))
        return tuple(found.values())

    return read


_READERS: dict[object, _Reader] = {
    Code: _code,
    bool: _flag,
    datetime: _time,
    dict: _whole,
    float: _number,
    int: _integer,
    object: _as_it_is,
    str: _text,
}


def _reader(hint: object, by: str) -> _Reader:
    if isinstance(hint, UnionType):
        hint = get_args(hint)[0]
    if get_origin(hint) is tuple:
        return _items(get_args(hint)[0], by)
    kind = get_origin(hint) or hint
    if kind in _READERS:
        return _READERS[kind]
    of = cast(type[Any], hint)
    if issubclass(of, Enum):
        return _choice(of)
    return lambda value, known: parse(of, value, known)


@dataclass(frozen=True, slots=True)
class _Spec:
    """How a field is read: its name here, its path in the JSON, and the rest of `read_as`."""

    name: str
    path: tuple[str, ...]
    read: _Reader
    clears: bool
    null: object
    absent: object


@cache
def _specs(of: type) -> tuple[_Spec, ...]:
    hints = get_type_hints(of)

    def spec(item: Field[Any]) -> _Spec:
        how: Mapping[str, Any] = item.metadata or read_as()
        path = tuple((how["key"] or item.name).split("."))
        read = _reader(hints[item.name], how["by"])
        return _Spec(item.name, path, read, how["clears"], how["null"], how["absent"])

    return tuple(spec(item) for item in fields(of))


def parse[T](of: type[T], data: object, known: T | None = None) -> T:
    """Return `known` (or an empty `of`) with what `data`, a piece of parsed JSON, says. Never raises for any JSON."""
    known = of() if known is None else known
    if not isinstance(data, Mapping):
        return known
    values: dict[str, object] = {}
    for spec in _specs(cast(Any, of)):
        before = getattr(known, spec.name)
        raw = _lookup(data, spec.path)
        if raw is _NOTHING:
            values[spec.name] = before if spec.absent is _KEEPS else spec.absent
            continue
        value = spec.read(raw, before)
        if value is None and spec.clears and _says_nothing(raw):
            values[spec.name] = spec.null if raw is None else None
        elif value is _NOTHING:
            values[spec.name] = None
        else:
            values[spec.name] = before if value is None else value
    return of(**values)


def _says_nothing(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and (raw == INVALID or not raw.strip()))


def _lookup(data: Mapping[str, object], path: tuple[str, ...]) -> object:
    value: object = data
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return _NOTHING
        value = value[name]
    return value


def to_json(value: object) -> dict[str, Any]:
    """Return a dataclass as JSON that `parse` reads back: epoch seconds for times, nothing for None if that keeps it."""
    result: dict[str, Any] = {}
    for spec in _specs(cast(Any, type(value))):
        part = _plain(getattr(value, spec.name))
        if part is None and spec.absent in (_KEEPS, None):
            continue
        target = result
        for step in spec.path[:-1]:
            target = target.setdefault(step, {})
        target[spec.path[-1]] = part
    return result


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return to_json(value) if is_dataclass(value) else value
