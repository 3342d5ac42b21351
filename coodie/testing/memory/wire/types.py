"""How the protocol writes down types."""

from __future__ import annotations

from typing import Final

from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt
from coodie.testing.memory.type_names import class_of
from coodie.testing.memory.wire.frames import short, string

_SINCE: Final = {"date": 4, "time": 4, "smallint": 4, "tinyint": 4, "duration": 5}
_CUSTOM, _LIST, _MAP, _SET, _UDT, _TUPLE = 0x00, 0x20, 0x21, 0x22, 0x30, 0x31


def option(cql_type: CqlType, keyspace: str, version: int) -> bytes:
    """A type as an [option]. ``keyspace`` is where its user-defined types are."""
    match cql_type:
        case Native(name) if version >= _SINCE.get(name, 0):
            return short(NATIVES[name].code)
        case List(element):
            return short(_LIST) + option(element, keyspace, version)
        case Set(element):
            return short(_SET) + option(element, keyspace, version)
        case Map(key, value):
            return short(_MAP) + option(key, keyspace, version) + option(value, keyspace, version)
        case Tuple(elements):
            return short(_TUPLE) + short(len(elements)) + b"".join(option(each, keyspace, version) for each in elements)
        case Udt(name, fields):
            parts = [string(field) + option(each, keyspace, version) for field, each in fields]
            return short(_UDT) + string(keyspace) + string(name) + short(len(fields)) + b"".join(parts)
        case _:
            return short(_CUSTOM) + string(class_of(cql_type, keyspace))
