"""Prepared statements: the encoders made once per text, and a cache that never prepares a text twice concurrently."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from coodie._compiled import compiled
from coodie._errors import InvalidQueryError
from coodie.cql.codecs.codec import Encoder
from coodie.cql.encode import encoder_of
from coodie.cql.frames import NULL, fixed_size, pack_length
from coodie.cql.message import UNSET, Statement
from coodie.drivers.cassandra.own_messages import pack_count
from coodie.drivers.cassandra.text_handler import TextHandler
from coodie.drivers.cassandra.vendor import ColDesc
from coodie.drivers.cassandra.vendor_types import cql_type_of
from coodie.drivers.shared.values import about_value, first_misfit, wrong_count

_UNSET_CELL: Final = pack_length(-2)
_LONGEST: Final = 65535
"""The bytes that a part of a partition key may have."""


class Stale(Exception):
    """A value does not fit the prepared types; the schema may have changed since."""


class Prepared:
    """The vendor's prepared statement, and the encoders of its marks.

    ``handler`` is the protocol handler for its requests, ``head`` what a batch of the protocol has before the values.
    ``made_in`` is the keyspace of the session at that time. ``stale`` is set when the server reports other types on
    preparing the same text again; values encoded by these encoders would then be misread.
    """

    __slots__ = (
        "__weakref__",
        "_encode",
        "encoders",
        "handler",
        "head",
        "keys",
        "keyspace",
        "made_in",
        "of_schema",
        "stale",
        "types",
        "vendor",
    )

    def __init__(self, vendor: Any, made_in: str | None, handler: Any) -> None:
        columns: list[Any] = vendor.column_metadata or []
        self.vendor: Any = vendor
        self.made_in: str | None = made_in
        self.stale: bool = False
        self.of_schema: bool = "system_schema." in vendor.query_string
        self.types: tuple[tuple[str, str], ...] = types_of(columns)
        self.encoders: tuple[Encoder, ...] = tuple(_encoder(vendor, column) for column in columns)
        self.keyspace: str | None = columns[0].keyspace_name if columns else None
        self.keys: tuple[int, ...] = tuple(vendor.routing_key_indexes or ())
        self.head: bytes = b"\x01" + pack_count(len(vendor.query_id)) + vendor.query_id
        self.handler = TextHandler(handler)
        self._encode = _values_encoder(self.encoders, self.keys, [_fixed_size(vendor, column) for column in columns])

    def encode(self, request: Statement) -> tuple[bytes, bytes | None]:
        """The values of the request as the protocol has them, their number and each after its length; and the key that
        it is routed by, if the text has all of the partition key.

        Raises `InvalidQueryError` for a wrong number of values or a missing key, and `Stale` for a value that does not
        fit. The messages name the mark and its type, never the value.
        """
        values = request.values
        if len(values) != len(self.encoders):
            raise wrong_count(request, len(self.encoders))
        try:
            return self._encode(*values)
        except (TypeError, ValueError, OverflowError):
            raise self._misfit(request) from None

    def _misfit(self, request: Statement) -> Stale | InvalidQueryError:
        for index in self.keys:
            if request.values[index] is None or request.values[index] is UNSET:
                return self._no_key(request, index)
        found = first_misfit(request, self.encoders)
        if found is None:  # pragma: no cover - only if an encoder fails the first time and not the second
            return Stale(f"a value does not fit\n  {request.cql}")
        return Stale(self._message(request, *found))

    def _no_key(self, request: Statement, index: int) -> InvalidQueryError:
        state = "null" if request.values[index] is None else "unset"
        return InvalidQueryError(self._message(request, index, f"a part of the partition key cannot be {state}"))

    def _message(self, request: Statement, index: int, why: str) -> str:
        column = self.vendor.column_metadata[index]
        return about_value(request, index, column.name, cql_type_of(column.type), why)


def types_of(columns: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    """The names and types of marks, for comparison."""
    return tuple((column.name, str(cql_type_of(column.type))) for column in columns)


def _values_encoder(
    encoders: Sequence[Encoder], keys: Sequence[int], sizes: Sequence[int | None]
) -> Callable[..., tuple[bytes, bytes | None]]:
    """The function that encodes the values of a text, generated for its marks; it takes two thirds of the time of a
    loop. Each value stands after its length, which is one of ``sizes`` or differs.

    Columns of the partition key are not checked for null, which is refused before.
    """
    cells, names = [f"{pack_count(len(encoders))!r}"], [f"v{place}" for place in range(len(encoders))]
    for place, size in enumerate(sizes):
        value = f"(b{place} := e{place}(v{place}))"
        cell = f"length(len({value})) + b{place}" if size is None else f"{pack_length(size)!r} + {value}"
        choice = f"{NULL!r} if v{place} is None else {_UNSET_CELL!r} if v{place} is unset else "
        cells.append(cell if place in keys else choice + cell)
    key = ", ".join([f"b{place}" for place in keys])
    routing_key = key if len(keys) == 1 else f"composite({key})" if keys else "None"
    scope = {
        **{f"e{place}": encode for place, encode in enumerate(encoders)},
        "join": b"".join,
        "length": pack_length,
        "composite": _composite,
        "unset": UNSET,
    }
    lines = "".join([f"\n    {cell}," for cell in cells])
    source = f"lambda {', '.join(names)}: (join(({lines}\n)), {routing_key})"
    encode: Callable[..., tuple[bytes, bytes | None]] = compiled(source, scope, "values of a prepared text")
    return encode


def _composite(*parts: bytes) -> bytes | None:
    """The partition key of several columns as servers hash it; None if one is too long, which a server will refuse."""
    if max(map(len, parts)) > _LONGEST:
        return None
    return b"".join([pack_count(len(part)) + part + b"\0" for part in parts])


def _fixed_size(vendor: Any, column: Any) -> int | None:
    return None if _encrypted(vendor, column) else fixed_size(cql_type_of(column.type))


def _encrypted(vendor: Any, column: Any) -> Any:
    """The place of the column if its values are encrypted, else None."""
    policy, place = vendor.column_encryption_policy, ColDesc(column.keyspace_name, column.table_name, column.name)
    return place if policy and policy.contains_column(place) else None


def _encoder(vendor: Any, column: Any) -> Encoder:
    policy, place = vendor.column_encryption_policy, _encrypted(vendor, column)
    if place is None:
        return encoder_of(cql_type_of(column.type))
    encode = encoder_of(cql_type_of(policy.column_type(place)))
    return lambda value: policy.encrypt(place, encode(value))
