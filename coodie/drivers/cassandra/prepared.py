"""Prepared statements: the encoders made once per text, and a cache that never prepares a text twice concurrently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Any, Final, TypeVar

from coodie._compiled import compiled
from coodie._errors import InvalidQueryError
from coodie.cql.codecs.codec import Encoder
from coodie.cql.encode import encoder_of
from coodie.cql.frames import NULL, fixed_size, pack_length
from coodie.cql.message import UNSET, Statement
from coodie.drivers.cassandra.vendor import UNSET_VALUE, ColDesc
from coodie.drivers.cassandra.vendor_types import cql_type_of
from coodie.drivers.shared.values import about_value, first_misfit, wrong_count

T = TypeVar("T")

_pack_count: Final = Struct(">H").pack
_UNSET_CELL: Final = pack_length(-2)


class Stale(Exception):
    """A value does not fit the prepared types; the schema may have changed since."""


class Prepared:
    """The vendor's prepared statement, and the encoders of its marks.

    ``made_in`` is the keyspace of the session at that time. ``stale`` is set when the server reports other types on
    preparing the same text again; values encoded by these encoders would then be misread.
    """

    __slots__ = (
        "__weakref__",
        "_encode",
        "_encode_entry",
        "encoders",
        "keys",
        "keyspace",
        "made_in",
        "of_schema",
        "stale",
        "types",
        "vendor",
    )

    def __init__(self, vendor: Any, made_in: str | None) -> None:
        columns: list[Any] = vendor.column_metadata or []
        self.vendor: Any = vendor
        self.made_in: str | None = made_in
        self.stale: bool = False
        self.of_schema: bool = "system_schema." in vendor.query_string
        self.types: tuple[tuple[str, str], ...] = types_of(columns)
        self.encoders: tuple[Encoder, ...] = tuple(_encoder(vendor, column) for column in columns)
        self.keyspace: str | None = columns[0].keyspace_name if columns else None
        self.keys: tuple[int, ...] = tuple(vendor.routing_key_indexes or ())
        self._encode = _row_encoder(self.encoders, self.keys)
        sizes = [_fixed_size(vendor, column) for column in columns]
        self._encode_entry = _entry_encoder(vendor.query_id, self.encoders, self.keys, sizes)

    def encode(self, request: Statement) -> list[Any]:
        """The encoded values of the request, with None for null and the vendor's own constant for `UNSET`.

        Raises `InvalidQueryError` for a wrong number of values or a missing key, and `Stale` for a value that does not
        fit. The messages name the mark and its type, never the value.
        """
        return self._encoded(request, self._encode)

    def encode_entry(self, request: Statement) -> bytes:
        """The request as a batch of the protocol has it: the id of the text and the encoded values. Raises as
        `encode` does.
        """
        return self._encoded(request, self._encode_entry)

    def _encoded(self, request: Statement, encode: Callable[..., T]) -> T:
        values = request.values
        if len(values) != len(self.encoders):
            raise wrong_count(request, len(self.encoders))
        try:
            return encode(*values)
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


def _row_encoder(encoders: Sequence[Encoder], keys: Sequence[int]) -> Callable[..., list[Any]]:
    """The function that encodes a row, generated for these marks; it takes two thirds of the time of a loop.

    Columns of the partition key are not checked for null, which is refused before.
    """
    cells = [f"e{place}(v{place})" for place in range(len(encoders))]
    scope = {"null": None, "unset_value": UNSET_VALUE}
    row: Callable[..., list[Any]] = _generated("[{}]", cells, scope, encoders, keys)
    return row


def _entry_encoder(
    query_id: bytes, encoders: Sequence[Encoder], keys: Sequence[int], sizes: Sequence[int | None]
) -> Callable[..., bytes]:
    """The function that encodes a statement of a batch, generated as that of `_row_encoder`: each value after its
    length, which is one of ``sizes`` or differs.
    """
    head = b"\x01" + _pack_count(len(query_id)) + query_id + _pack_count(len(encoders))
    cells = [
        f"length(len(b := e{place}(v{place}))) + b" if size is None else f"{pack_length(size)!r} + e{place}(v{place})"
        for place, size in enumerate(sizes)
    ]
    scope = {"head": head, "join": b"".join, "length": pack_length, "null": NULL, "unset_value": _UNSET_CELL}
    entry: Callable[..., bytes] = _generated("join((head, {}))", cells, scope, encoders, keys)
    return entry


def _generated(
    source: str, cells: Sequence[str], scope: Mapping[str, Any], encoders: Sequence[Encoder], keys: Sequence[int]
) -> Any:
    encoding = {f"e{place}": encode for place, encode in enumerate(encoders)}
    items = [
        cell if place in keys else f"null if v{place} is None else unset_value if v{place} is unset else {cell}"
        for place, cell in enumerate(cells)
    ]
    names = ", ".join([f"v{place}" for place in range(len(encoders))])
    lines = "".join([f"\n    {item}," for item in items])
    scope = {**encoding, **scope, "unset": UNSET}
    return compiled(f"lambda {names}: {source.format(lines)}", scope, "values of a prepared text")


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
