"""What a client is told, as the body of a frame."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5
from struct import Struct
from typing import Any, Final

from coodie.cql.message import Mark
from coodie.testing.memory.answers import Answer, Change, ResultColumn, ResultRow
from coodie.testing.memory.errors.base import ALREADY_EXISTS, FUNCTION_FAILURE, INVALID, UNPREPARED, CqlError
from coodie.testing.memory.schema import Table
from coodie.testing.memory.wire.frames import NULL, integer, short, short_bytes, some_bytes, string, strings
from coodie.testing.memory.wire.types import option

_VOID, _ROWS, _SET_KEYSPACE, _PREPARED, _SCHEMA_CHANGE = (integer(kind) for kind in range(1, 6))
_ONE_TABLE, _MORE_PAGES, _NO_METADATA, _NEW_METADATA = 0x01, 0x02, 0x04, 0x08
_pack_length: Final = Struct(">i").pack


def error(code: int, message: str, fields: dict[str, Any] | None = None) -> bytes:
    """An ERROR with the fields that its code has."""
    known = fields or {}
    more = b""
    if code == ALREADY_EXISTS:
        more = string(known.get("keyspace", "")) + string(known.get("table", ""))
    elif code == FUNCTION_FAILURE:
        more = string(known.get("keyspace", "system")) + string(known.get("function", ""))
        more += strings(known.get("arg_types", ()))
    elif code == UNPREPARED:
        more = short_bytes(known["id"])
    return integer(code) + string(message) + more


def of_error(found: CqlError, version: int) -> bytes:
    """An ERROR of the engine. Version 3 has none for functions."""
    if version < 4 and found.code == FUNCTION_FAILURE:
        return error(INVALID, f"ERROR FUNCTION_FAILURE: {found.message}")
    return error(found.code, found.message, found.fields)


VOID: Final = _VOID


def set_keyspace(keyspace: str) -> bytes:
    """What USE answers."""
    return _SET_KEYSPACE + string(keyspace)


def schema_change(change: Change) -> bytes:
    """What a statement on the schema answers."""
    return _SCHEMA_CHANGE + changed(change)


def changed(change: Change) -> bytes:
    """A change of the schema, as it stands in results and events."""
    said = string(change.what) + string(change.target) + string(change.keyspace)
    return said + string(change.name) if change.target != "KEYSPACE" else said


class Described:
    """The columns of a result as bytes, made once; ``id`` is what version 5 calls them by."""

    __slots__ = ("_count", "_whole", "id")

    def __init__(self, columns: Sequence[ResultColumn], table: Table | None, version: int) -> None:
        keyspace, name = (table.keyspace, table.name) if table is not None else ("system", "describe")
        parts = [string(column) + option(cql_type, keyspace, version) for column, cql_type in columns]
        self._count = integer(len(columns))
        self._whole = string(keyspace) + string(name) + b"".join(parts)
        self.id = md5(self._count + self._whole, usedforsecurity=False).digest()

    def of_prepared(self) -> bytes:
        """The columns that a prepared statement will have."""
        if not int.from_bytes(self._count, "big"):
            return integer(_NO_METADATA) + self._count
        return integer(_ONE_TABLE) + self._count + self._whole

    def rows(self, answer: Answer, *, skip: bool = False, changed: bool = False) -> bytes:
        """Rows with their columns, or with the number of these only; ``changed`` says the client knows others."""
        flags = _NO_METADATA if skip else _ONE_TABLE
        parts = [self._count]
        if answer.paging_state is not None:
            flags |= _MORE_PAGES
            parts.append(some_bytes(answer.paging_state))
        if changed:
            flags |= _NEW_METADATA
            parts.append(short_bytes(self.id))
        if not skip:
            parts.append(self._whole)
        return b"".join([_ROWS, integer(flags), *parts, _rows(answer.rows)])


def _rows(rows: Sequence[ResultRow]) -> bytes:
    parts = [integer(len(rows))]
    add = parts.append
    for row in rows:
        for cell in row:
            if cell is None:
                add(NULL)
            else:
                add(_pack_length(len(cell)))
                add(cell)
    return b"".join(parts)


def marks(found: Sequence[tuple[Mark, Table]], key_indexes: Sequence[int] | None, version: int) -> bytes:
    """What a prepared statement wants to have bound: from version 4 on with the marks of the partition key."""
    tables = {table.id for _, table in found}
    one = len(tables) == 1
    parts = [integer(_ONE_TABLE if one else 0), integer(len(found))]
    if version > 3:
        indexes = key_indexes or ()
        parts += [integer(len(indexes)), *map(short, indexes)]
    if one:
        parts.append(_spec(found[0][1]))
    for mark, table in found:
        if not one:
            parts.append(_spec(table))
        assert mark.type is not None
        parts += [string(mark.name), option(mark.type, table.keyspace, version)]
    return b"".join(parts)


def _spec(table: Table) -> bytes:
    return string(table.keyspace) + string(table.name)


def prepared(statement: bytes, wanted: bytes, columns: Described, version: int) -> bytes:
    """What PREPARE answers."""
    own = short_bytes(columns.id) if version > 4 else b""
    return b"".join([_PREPARED, short_bytes(statement), own, wanted, columns.of_prepared()])
