"""Values as CQL literals: for shown requests and for text that is pasted into a shell.

Never used to send anything: what is sent is bound. The value decides the form, the CQL type only where Python has
fewer containers than CQL. Sets and maps are written in CQL's own order, so that one value has one literal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from math import copysign, isinf, isnan
from typing import Any, Final, Protocol
from uuid import UUID

from coodie._words import a_type
from coodie.cql.names import quote
from coodie.cql.types import NATIVE, CqlType, List, Map, Set, Tuple, Udt, Vector
from coodie.cql.values import Duration, Secret, SecretBlob, UdtValue, milliseconds


class Rename(Protocol):
    """Puts names in the place of values that differ from run to run."""

    def __call__(self, value: Any, /) -> str | None:
        """The text that stands for ``value``, or None for its literal."""
        ...

    def rank(self, value: Any, /) -> int:
        """Where a value stands among others of a set: those with one rank keep CQL's order."""
        ...


def literal(value: Any, cql_type: CqlType | None = None, rename: Rename | None = None) -> str:
    """``value`` as it would stand in a CQL text; None is ``null``.

    ``cql_type`` tells a list from a tuple and a map from a user-defined type; without it the Python type does.
    Raises TypeError for what is no value of CQL, `UNSET` included.
    """
    if value is None:
        return "null"
    if _is(value, Secret, SecretBlob):
        return repr(value)  # masked, whoever asks
    if rename is not None and (renamed := rename(value)) is not None:
        return renamed
    if _is(value, list, tuple):
        return _sequence(value, cql_type, rename)
    if _is(value, set, frozenset):
        return _set(value, cql_type, rename)
    if _is(value, dict):
        return _mapping(value, cql_type, rename)
    return _scalar(value)


def _is(value: Any, *types: type) -> bool:
    """``isinstance`` for a value that stays Any: type checkers do not agree on what it would be narrowed to."""
    return isinstance(value, types)


def _sequence(value: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    items = list(value)
    if isinstance(cql_type, Tuple) or (cql_type is None and isinstance(value, tuple)):
        elements = cql_type.elements if isinstance(cql_type, Tuple) else ()
        types = (*elements, *(None for _ in items[len(elements) :]))
        return f"({', '.join(literal(item, kind, rename) for item, kind in zip(items, types, strict=False))})"
    return f"[{', '.join(literal(item, _element(cql_type), rename) for item in items)}]"


def _set(value: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    element = _element(cql_type)
    return f"{{{', '.join(literal(item, element, rename) for item in _settled(value, element, rename))}}}"


def _mapping(value: dict[Any, Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    if isinstance(cql_type, Udt) or (cql_type is None and isinstance(value, UdtValue)):
        return _udt(value, cql_type, rename)
    key, item = (cql_type.key, cql_type.value) if isinstance(cql_type, Map) else (None, None)
    parts = (f"{literal(k, key, rename)}: {literal(value[k], item, rename)}" for k in _settled(value, key, rename))
    return f"{{{', '.join(parts)}}}"


def _udt(value: dict[str, Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    types = dict(cql_type.fields) if isinstance(cql_type, Udt) else {}
    # In the order of the type, which is the order of the wire; what the type does not know comes last.
    names = sorted(value, key=lambda name: list(types).index(name) if name in types else len(types))
    return f"{{{', '.join(f'{quote(name)}: {literal(value[name], types.get(name), rename)}' for name in names)}}}"


def _element(cql_type: CqlType | None) -> CqlType | None:
    return cql_type.element if isinstance(cql_type, (List, Set, Vector)) else None


def _settled(items: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> list[Any]:
    """In CQL order, except that values with names go by those: where chance has put them is no order to keep."""
    found = ordered(items, cql_type)
    return sorted(found, key=lambda item: _rank(item, rename)) if rename is not None else found


def _rank(value: Any, rename: Rename) -> int:
    if _is(value, tuple, frozenset):
        return max((_rank(item, rename) for item in value), default=0)
    return rename.rank(value)


def _float(value: float) -> str:
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def text_literal(value: str) -> str:
    """A string in single quotes, those inside it doubled: CQL knows no other escape."""
    return "'" + value.replace("'", "''") + "'"


def _timestamp(value: datetime) -> str:
    aware = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    return f"'{aware.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z'"


_NANOSECONDS: Final = (
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("ns", 1),
)


def _duration(value: Duration) -> str:
    rest = abs(value.nanoseconds)
    parts = [(abs(value.months), "mo"), (abs(value.days), "d")]
    for unit, size in _NANOSECONDS:
        count, rest = divmod(rest, size)
        parts.append((count, unit))
    text = "".join(f"{count}{unit}" for count, unit in parts if count) or "0ns"
    return f"-{text}" if min(value.months, value.days, value.nanoseconds) < 0 else text


def _hex(value: bytes | bytearray | memoryview) -> str:
    return f"0x{value.hex()}"


def _iso(value: date | time) -> str:
    return f"'{value.isoformat()}'"


# In this order: a bool is an int and a datetime is a date.
_SCALARS: Final[tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...]] = (
    ((str,), text_literal),
    ((bool,), lambda value: "true" if value else "false"),
    ((int,), lambda value: str(int(value))),
    ((UUID,), str),
    ((float,), _float),
    ((datetime,), _timestamp),
    ((date, time), _iso),
    ((bytes, bytearray, memoryview), _hex),
    ((Decimal,), str),
    ((Duration,), _duration),
    ((IPv4Address, IPv6Address), lambda value: f"'{value}'"),
)


def _scalar(value: Any) -> str:
    for types, write in _SCALARS:
        if _is(value, *types):
            return write(value)
    raise TypeError(f"{a_type(value)} is no value of CQL")


def ordered(items: Iterable[Any], cql_type: CqlType | None = None) -> list[Any]:
    """The values in the order in which the server keeps them in a set, or as the keys of a map."""
    return sorted(items, key=lambda item: _key(item, cql_type))


def _key(value: Any, cql_type: CqlType | None) -> tuple[Any, ...]:
    """What sorts as the server does: null first, then by the type's own order. Values of two types never mix."""
    if value is None:
        return ()
    if isinstance(cql_type, Udt):
        return tuple(_key(value.get(name), kind) for name, kind in cql_type.fields) or (repr(sorted(value)),)
    if _is(value, dict):
        key, item = (cql_type.key, cql_type.value) if isinstance(cql_type, Map) else (None, None)
        return tuple((_key(k, key), _key(value[k], item)) for k in ordered(value, key))
    if _is(value, set, frozenset):
        element = _element(cql_type)
        return tuple(_key(item, element) for item in ordered(value, element))
    if _is(value, list, tuple):
        return _sequence_key(value, cql_type)
    return (type(value).__name__ if cql_type is None else "", *_scalar_key(value, cql_type))


def _sequence_key(value: Sequence[Any], cql_type: CqlType | None) -> tuple[Any, ...]:
    types = cql_type.elements if isinstance(cql_type, Tuple) else (_element(cql_type),) * len(value)
    return tuple(_key(item, kind) for item, kind in zip(value, types, strict=False))


def _scalar_key(value: Any, cql_type: CqlType | None) -> tuple[Any, ...]:
    match value:
        case str():
            return (value.encode("utf-8", "surrogatepass"),)
        case float():  # Java's order: -0.0 before 0.0, NaN after all
            return (isnan(value), 0.0 if isnan(value) else value, copysign(1.0, value))
        case datetime():
            return (milliseconds(value if value.tzinfo else value.replace(tzinfo=timezone.utc)),)
        case IPv4Address() | IPv6Address():
            return (value.packed,)
        case UUID():
            return _uuid_key(value, signed=cql_type == _TIMEUUID)
        case _:
            return (value,)


_TIMEUUID: Final = NATIVE["timeuuid"]


def _uuid_key(value: UUID, *, signed: bool) -> tuple[Any, ...]:
    """By version; version 1 by its time, then its last bytes, signed ones in a timeuuid; others by their bytes."""
    version = value.int >> 76 & 0xF
    if version == 1:
        return (version, value.time, bytes(byte ^ 0x80 for byte in value.bytes[8:]) if signed else value.bytes[8:])
    return (version, 0, value.bytes)
