"""``token()``, whose arguments are those of a table's partition key."""

from __future__ import annotations

from struct import Struct
from typing import Final

from coodie.cql.murmur3 import partition_key, token
from coodie.cql.types import BIGINT
from coodie.testing.memory.functions.registry import Function
from coodie.testing.memory.schema import Table

_pack: Final = Struct(">q").pack


def token_of(name: str, table: Table | None) -> tuple[Function, ...]:
    """The function ``token`` of the table; none for another name or without a table."""
    if name != "token" or table is None:
        return ()
    return (Function("token", tuple(column.type for column in table.partition), BIGINT, _token),)


def _token(*parts: bytes) -> bytes:
    return _pack(token(partition_key(parts)))
