"""How the protocol writes down types."""

from __future__ import annotations

from typing import Final

from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, Custom, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.testing.memory.wire.frames import short, string

_SINCE: Final = {"date": 4, "time": 4, "smallint": 4, "tinyint": 4, "duration": 5}
_CUSTOM, _LIST, _MAP, _SET, _UDT, _TUPLE = 0x00, 0x20, 0x21, 0x22, 0x30, 0x31

_PACKAGE: Final = "org.apache.cassandra.db.marshal."


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


def class_of(cql_type: CqlType, keyspace: str, frozen: bool = False) -> str:
    """The server's class of a type. Only a frozen type that stands in no other frozen one is marked so."""

    def inner(part: CqlType) -> str:
        return class_of(part, keyspace, True)

    match cql_type:
        case Native(name):
            return _PACKAGE + NATIVES[name].server_class
        case Vector(element, dimension):
            return f"{_PACKAGE}VectorType({class_of(element, keyspace, frozen)} , {dimension})"
        case Tuple(elements):
            return f"{_PACKAGE}TupleType({','.join(map(inner, elements))})"
        case Custom(name):
            return name
        case List(element):
            found = f"ListType({inner(element)})"
        case Set(element):
            found = f"SetType({inner(element)})"
        case Map(key, value):
            found = f"MapType({inner(key)},{inner(value)})"
        case Udt(name, fields):
            parts = [f"{field.encode().hex()}:{inner(each)}" for field, each in fields]
            found = f"UserType({','.join([keyspace, name.encode().hex(), *parts])})"
        case _:
            raise TypeError(f"there is no class for {cql_type!r}")
    is_frozen = not frozen and getattr(cql_type, "frozen", False)
    return f"{_PACKAGE}FrozenType({_PACKAGE}{found})" if is_frozen else _PACKAGE + found
