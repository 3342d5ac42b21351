"""The contract suite on the adapter, over a session that no cluster stands behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cassandra import InvalidRequest
from cassandra import cqltypes as vendor

from coodie.cql.types import CqlType, List, Map, Set, Tuple, parse_type
from coodie.drivers.cassandra import CassandraDriver
from coodie.testing.contract import VALUES, DriverContract

NATIVE = {kind.typename: kind for kind in vars(vendor).values() if isinstance(kind, type) and hasattr(kind, "typename")}
TYPES = {"id": "uuid", "n": "int", **{f"c{number}": kind for number, kind in enumerate(VALUES)}}


def vendor_type(cql_type: CqlType) -> Any:
    match cql_type:
        case List(element):
            return vendor.ListType.apply_parameters((vendor_type(element),))
        case Set(element):
            return vendor.SetType.apply_parameters((vendor_type(element),))
        case Map(key, value):
            return vendor.MapType.apply_parameters((vendor_type(key), vendor_type(value)))
        case Tuple(elements):
            return vendor.TupleType.apply_parameters(tuple(map(vendor_type, elements)))
        case _:
            return NATIVE[str(cql_type)]


class TestAdapter(DriverContract):
    stores = False

    @pytest.fixture
    def driver(self, session: Any) -> Iterator[CassandraDriver]:
        def knows_the_table(cql: str) -> None:
            if "no_such_table" in cql:
                raise InvalidRequest("table no_such_table does not exist")
            names = cql[cql.index("(") + 1 : cql.index(")")].split(", ") if cql.startswith("INSERT") else ["id"]
            session.types[cql] = {name: vendor_type(parse_type(TYPES[name])) for name in names}

        session.on_prepare = knows_the_table
        driver = CassandraDriver(session)
        yield driver
        driver.close()
