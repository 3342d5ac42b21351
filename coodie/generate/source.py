"""The source of a module with the models of a whole schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from coodie import aio, fields
from coodie._errors import InvalidQueryError
from coodie._raise import check_kind
from coodie._words import word
from coodie.cql.types import CqlType
from coodie.generate.annotations import Annotations, Imports, hashed_types
from coodie.generate.classes import Base, Source
from coodie.generate.names import Named, Names, class_name
from coodie.mapping.settings import snake_case
from coodie.tables.table import Schema
from coodie.usertype import UserType

_BASES: Final[dict[Base, type]] = {
    "Document": aio.Document,
    "CounterDocument": aio.CounterDocument,
    "MaterializedView": aio.MaterializedView,
    "UserType": UserType,
}
_USED: Final = frozenset(
    {each.__name__ for each in vars(fields).values() if isinstance(each, type) and issubclass(each, fields.Marker)}
    | {"Annotated", "ConfigDict", "CqlDuration", "Decimal", "IPv4Address", "IPv6Address", "UUID", "date", "datetime"}
    | {"time", "bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple", "Settings"}
)
"""Names that annotations use: a field of that name would hide them in the rest of its class."""


def model_source(
    schema: Schema, *, door: Literal["aio", "sync"] = "aio", named: Mapping[str, Named] | None = None
) -> str:
    """The source of a Python module with a model for each type, table and view of ``schema``.

    ``verify_all(*models, exact=True)`` of these models finds no difference, but for user-defined types that no table
    uses, which are written as well. Fields have the names of their columns where Python and Pydantic allow it, and
    otherwise a similar one and ``Column(name=...)``. Options are written where they differ from the defaults of
    Cassandra. A column of a type that coodie does not know, such as a class of the server, is left out, and a comment
    says so. ``door`` is the API whose `Document` the models are derived from. ``named`` has the names to use for the
    classes and fields of tables and types, by the name of the table or type.
    """
    check_kind("model_source()", schema, Schema)
    if door not in ("aio", "sync"):
        raise InvalidQueryError(f"model_source() takes door='aio' or door='sync', not {word(door)}")
    imports = Imports()
    names = Names({*_BASES, *_USED}, "Model")
    given = named or {}

    def class_of(name: str) -> str:
        return names.take(given[name].name if name in given else class_name(name))

    types = {each.name: class_of(each.name) for each in schema.types}
    tables = {each.name: class_of(each.name) for each in schema.tables}
    hidden = _USED.union(types.values(), tables.values())
    source = Source(
        Annotations(imports, types), lambda base: hidden.union(dir(_BASES[base])), snake_case, f"coodie.{door}", given
    )
    hashed = _hashed(schema)
    classes = [source.user_type(types[each.name], each, each.name in hashed) for each in schema.types]
    classes += [source.document(tables[each.name], each) for each in schema.tables]
    for view in schema.views:
        base = next((each for each in schema.tables if each.name == view.base and source.has_model(each)), None)
        name = names.take(class_name(view.table.name))
        classes.append(source.view(name, view, None if base is None else tables[base.name]))
    head = '"""The models of the keyspace %s."""' % (schema.keyspace or "")
    body = "\n\n\n".join("\n".join(lines) for lines in classes)
    return "\n".join([head.replace(" .", "."), "", *imports.lines(), "", body, ""]) if classes else f"{head}\n"


def _hashed(schema: Schema) -> set[str]:
    used: list[CqlType] = [column.type for table in schema.tables for column in table.columns]
    used += [cql_type for each in schema.types for _, cql_type in each.fields]
    return set[str]().union(*map(hashed_types, used))
