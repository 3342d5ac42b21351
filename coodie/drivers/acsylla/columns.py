"""The types of the columns of tables, read from the server's own tables.

The vendor's copy of the schema is not used: it lags behind, and has the types as texts as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie.cql.nodes import Name
from coodie.cql.types import CqlType, Udt, parse_type, parts_of
from coodie.drivers.acsylla.text_types import Types
from coodie.tables.introspect import found_schema, question

_COLUMNS: Final = "SELECT column_name, type FROM {}.columns WHERE keyspace_name = ? AND table_name = ?"
_OF_VIRTUAL_TABLES: Final = frozenset(("system_views", "system_virtual_schema"))


class Columns:
    """The types of the columns of each table that a text was prepared for."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._prepared: dict[str, Any] = {}
        self._known: dict[Name, Types] = {}

    def forget(self) -> None:
        """Read them anew from now on."""
        self._known.clear()

    async def of(self, table: Name) -> Types:
        """The types of the columns of a table; ``table`` has its keyspace."""
        known = self._known
        if table not in known:
            known[table] = await self._read(str(table.keyspace), table.name)
        return known[table]

    async def _read(self, keyspace: str, table: str) -> Types:
        schema = "system_virtual_schema" if keyspace in _OF_VIRTUAL_TABLES else "system_schema"
        rows = await self._ask(_COLUMNS.format(schema), keyspace, table)
        texts = {row["column_name"]: row["type"] for row in rows}
        types = _types(texts, {})
        if any(map(_has_udt, types.values())):
            rows = await self._ask(question("types", keyspace).cql, keyspace)
            found = found_schema(keyspace, {"types": rows}).types
            types = _types(texts, {each.name: Udt(each.name, each.fields) for each in found})
        return types

    async def _ask(self, cql: str, *values: str) -> list[Mapping[str, Any]]:
        # The answers are texts and lists of texts, which need no conversion.
        if cql not in self._prepared:
            self._prepared[cql] = await self._session.create_prepared(cql)
        result = await self._session.execute(self._prepared[cql].bind(list(values)))
        return [row.as_dict() for row in result]


def _has_udt(cql_type: CqlType | None) -> bool:
    return isinstance(cql_type, Udt) or (cql_type is not None and any(map(_has_udt, parts_of(cql_type))))


def _types(texts: Mapping[str, str], udts: dict[str, Udt]) -> Types:
    types: dict[str, CqlType | None] = dict.fromkeys(texts)
    for name, text in texts.items():
        with suppress(InvalidQueryError):
            types[name] = parse_type(text, udts)
    return types
