"""Indexes: how ``system_schema.indexes`` writes them, and when two of them are the same.

The same index has several spellings: its name comes from the model or from the server, its class has a short and a long
name, the server adds options, and the indexed part of a collection is omitted if it is the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from coodie._errors import InvalidQueryError
from coodie.cql.rendering.ddl import index_class
from coodie.cql.types import CqlType, List, Map, Set
from coodie.tables.table import Index, Table, Target

_TARGET: Final = re.compile(r"(keys|values|entries|full)\((.*)\)", re.DOTALL)
_KEPT_APART: Final = frozenset({"target", "class_name"})


def read_index(name: str, options: Mapping[str, str]) -> Index:
    """The index that a row of ``system_schema.indexes`` describes."""
    column, target = _read_target(options["target"])
    using = index_class(options.get("class_name"))
    given = tuple((key, value) for key, value in sorted(options.items()) if key not in _KEPT_APART)
    return Index(column, name, target, using, given)


def _read_target(text: str) -> tuple[str, Target | None]:
    found = _TARGET.fullmatch(text)
    if found is None:
        return _unquoted(text), None
    return _unquoted(found[2]), cast("Target", found[1])


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def check_index(table: Table, index: Index) -> None:
    """Raise `InvalidQueryError` for an index on a column that its table does not have."""
    if index.column not in table.by_name:
        where = f"{table.keyspace}.{table.name}" if table.keyspace else table.name
        known = ", ".join(column.name for column in table.columns)
        raise InvalidQueryError(f"{where} has an index on {index.column!r}, and no such column; it has {known}")


def default_name(table: Table, index: Index) -> str:
    """The name that the server gives to an index without one; a second index on the column gets a number as well."""
    return re.sub(r"\W", "", f"{table.name}_{index.column}_idx", flags=re.ASCII)


def target_of(index: Index, cql_type: CqlType) -> Target | None:
    """The part of the column that is indexed: ``index.target``, else the server's default for a column of this type."""
    if index.target is not None or not isinstance(cql_type, (List, Set, Map)):
        return index.target
    return "full" if cql_type.frozen else "values"


def same_place(wanted: Index, found: Index, cql_type: CqlType) -> bool:
    """Whether both index the same part of the same column in the same way; what ``wanted`` leaves open matches
    anything.
    """
    same = wanted.column == found.column and target_of(wanted, cql_type) == target_of(found, cql_type)
    return same and (wanted.using is None or index_class(wanted.using) == index_class(found.using))


def same_options(wanted: Index, found: Index) -> bool:
    """Whether ``found`` has all the options that ``wanted`` sets; further options are the server's own."""
    has = {key: _normal(value) for key, value in found.options}
    return all(has.get(key, _DEFAULTS.get(key)) == _normal(value) for key, value in wanted.options)


def _normal(value: Any) -> str:
    return str(value).lower()


_DEFAULTS: Final = {
    "similarity_function": "cosine",
    "case_sensitive": "true",
    "normalize": "false",
    "ascii": "false",
}
"""The server's defaults for options that a storage-attached index does not set."""
