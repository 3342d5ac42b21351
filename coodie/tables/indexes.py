"""Indexes: how ``system_schema.indexes`` writes them, and when two of them are the same.

One index has several spellings. Its name is the model's or the server's, its class is called by a short or a long name,
the server adds options, and the part of a collection that is indexed is left out where it is the usual one.
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
    """An index from its row in ``system_schema.indexes``."""
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
    """The name that the server gives an index that is made without one; a second one on the column gets a number."""
    return re.sub(r"\W", "", f"{table.name}_{index.column}_idx", flags=re.ASCII)


def target_of(index: Index, cql_type: CqlType) -> Target | None:
    """The part that is indexed: what the index says, else what the server takes for a column of this type."""
    if index.target is not None or not isinstance(cql_type, (List, Set, Map)):
        return index.target
    return "full" if cql_type.frozen else "values"


def same_place(wanted: Index, found: Index, cql_type: CqlType) -> bool:
    """Whether both index the same part of the same column in the same way. What the wanted one leaves open fits all."""
    same = wanted.column == found.column and target_of(wanted, cql_type) == target_of(found, cql_type)
    return same and (wanted.using is None or index_class(wanted.using) == index_class(found.using))


def same_options(wanted: Index, found: Index) -> bool:
    """Whether what is wanted of the index holds; its other options are the server's own."""
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
"""What a storage-attached index does where its options are silent."""
