"""The source of one class: a document, a view or a user-defined type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from coodie._errors import InvalidQueryError
from coodie.cql.types import COUNTER, CqlType, List, Map, Set, is_multicell
from coodie.generate.annotations import Annotations
from coodie.generate.layout import call_of, entries, literal
from coodie.generate.names import Named, Names, field_name
from coodie.generate.options import chosen_options, default_ttl
from coodie.mapping.columns import unfit_for_key
from coodie.tables.indexes import default_name, same_place, target_of
from coodie.tables.table import Column, ColumnKind, Index, Table, UserType, View
from coodie.tables.views import not_null

Base = Literal["Document", "CounterDocument", "MaterializedView", "UserType"]

_FIELDS: Final = "coodie.fields"


_INDENT: Final = " " * 4


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a generated class: its annotation, the markers beside it, and its default, such as `` = None``."""

    name: str
    plain: str
    markers: list[str]
    default: str

    def __str__(self) -> str:
        if not self.markers:
            return f"{_INDENT}{self.name}: {self.plain}{self.default}"
        parts = [self.plain, *self.markers]
        return call_of(f"{self.name}: Annotated", parts, self.default, ("[", "]"), _INDENT)


class Source:
    """Writes classes.

    ``annotations`` writes the types of fields, ``reserved`` gives the names that fields of a kind of class cannot have,
    ``usual_name`` the name that a class has on the server if its settings do not say it, ``named``
    the names of fields by the table or type that they are of.
    """

    def __init__(
        self,
        annotations: Annotations,
        reserved: Callable[[Base], Iterable[str]],
        usual_name: Callable[[str], str],
        door: str,
        named: Mapping[str, Named],
    ) -> None:
        self.annotations = annotations
        self.imports = annotations.imports
        self.reserved = reserved
        self.usual_name = usual_name
        self.door = door
        self.named = named

    def document(self, name: str, table: Table) -> list[str]:
        """The class of a table, or a comment that says why a table has none."""
        if reason := self._unfit(table):
            return [f"# the table {table.name!r} has no model: {reason}"]
        base: Base = "CounterDocument" if any(each.type == COUNTER for each in table.columns) else "Document"
        settings = {"default_ttl": default_ttl(table.options), "options": chosen_options(table.options)}
        return self._class(name, base, self._columns(table, base), self._named(name, table.name, settings))

    def view(self, name: str, view: View, base_class: str | None) -> list[str]:
        """The class of a view; ``base_class`` is the class of its table, or None if there is none."""
        if reason := self._unfit(view.table):
            return [f"# the view {view.table.name!r} has no model: {reason}"]
        usual = set(view.where) == set(not_null(view.table.primary_key))
        settings: dict[str, Any] = {
            "base_table": _Name(base_class) if base_class else view.base,
            "view_columns": "*" if view.all_columns else None,
            "where_clause": None if usual else " AND ".join(view.where),
            "options": chosen_options(view.table.options),
        }
        columns = self._columns(view.table, "MaterializedView")
        return self._class(name, "MaterializedView", columns, self._named(name, view.table.name, settings))

    def user_type(self, name: str, user_type: UserType, hashed: bool) -> list[str]:
        """The class of a user-defined type; ``hashed`` if its values are elements of sets or keys of maps."""
        names = Names(self.reserved("UserType"))
        fields: list[Field | str] = []
        if hashed:
            config = self.imports.add("pydantic", "ConfigDict")
            fields.append(f"model_config = {config}(frozen=True)")
        fields += [self._part(user_type.name, column, cql_type, names, hashed) for column, cql_type in user_type.fields]
        settings = {"type_name": None if self.usual_name(name) == user_type.name else user_type.name}
        return self._class(name, "UserType", fields, settings)

    def _unfit(self, table: Table) -> str | None:
        for name in table.primary_key:
            column = table.by_name[name]
            if reason := unfit_for_key(column.type, column.descending):
                return f"{column.type} cannot be in a primary key, {reason}"
            try:
                self.annotations.of(column.type)
            except InvalidQueryError as error:
                return str(error)
        return None

    def has_model(self, table: Table) -> bool:
        """Whether `document` gives a class for the table."""
        return self._unfit(table) is None

    def _part(self, owner: str, column: str, cql_type: CqlType, names: Names, hashed: bool) -> Field | str:
        name, renamed = self._named_field(owner, column, names)

        def annotated() -> tuple[str, list[str]]:
            plain, needed = self.annotations.part(cql_type, hashed)
            return plain, [*needed, *renamed]

        return self._field(column, name, annotated, _nullable)

    def _named_field(self, owner: str, column: str, names: Names) -> tuple[str, list[str]]:
        """The name of the field of a column, and the marker that it needs if that is another one."""
        wanted = self.named[owner].fields.get(column, column) if owner in self.named else column
        name = names.take(field_name(wanted))
        return name, [] if name == column else [f"{self.imports.add(_FIELDS, 'Column')}(name={literal(column)})"]

    def _named(self, name: str, wanted: str, settings: dict[str, Any]) -> dict[str, Any]:
        return {"name": None if self.usual_name(name) == wanted else wanted, **settings}

    def _class(self, name: str, base: Base, fields: Iterable[Field | str], settings: dict[str, Any]) -> list[str]:
        module = "coodie.usertype" if base == "UserType" else self.door
        lines = [f"class {name}({self.imports.add(module, base)}):"]
        lines += [f"{_INDENT}{each}" if isinstance(each, str) else str(each) for each in fields]
        given = {key: value for key, value in settings.items() if value not in (None, {})}
        if given:
            lines += ["", f"{_INDENT}class Settings:", *(_setting(key, value) for key, value in given.items())]
        return lines

    def _columns(self, table: Table, base: Base) -> Iterator[Field | str]:
        names = Names(self.reserved(base))
        for column in table.ordered_columns:
            yield self._column(table, column, names)

    def _column(self, table: Table, column: Column, names: Names) -> Field | str:
        cql_type = column.type
        name, renamed = self._named_field(table.name, column.name, names)
        markers = [*self._of_kind(column), *self._indexes(table, column), *renamed]

        def annotated() -> tuple[str, list[str]]:
            if cql_type == COUNTER:
                return "int", [f"{self.imports.add(_FIELDS, 'Counter')}()", *markers]
            plain, needed = self.annotations.column(cql_type)
            return plain, [*needed, *markers]

        return self._field(column.name, name, annotated, _ending(column))

    def _field(
        self,
        column: str,
        name: str,
        annotated: Callable[[], tuple[str, list[str]]],
        ending: Callable[[str], tuple[str, str]],
    ) -> Field | str:
        try:
            plain, markers = annotated()
        except InvalidQueryError as error:
            return f"# the column {column!r} is left out: {error}"
        if markers:
            self.imports.add("typing", "Annotated")
        plain, default = ending(plain)
        return Field(name, plain, markers, default)

    def _of_kind(self, column: Column) -> Iterator[str]:
        match column.kind:
            case ColumnKind.PARTITION_KEY:
                yield f"{self.imports.add(_FIELDS, 'PrimaryKey')}()"
            case ColumnKind.CLUSTERING:
                order = 'order="DESC"' if column.descending else ""
                yield f"{self.imports.add(_FIELDS, 'ClusteringKey')}({order})"
            case ColumnKind.STATIC:
                yield f"{self.imports.add(_FIELDS, 'Static')}()"
            case ColumnKind.REGULAR:
                pass

    def _indexes(self, table: Table, column: Column) -> Iterator[str]:
        for index in table.indexes:
            if index.column == column.name:
                given = ", ".join(_arguments(table, index, column.type))
                yield f"{self.imports.add(_FIELDS, 'Indexed')}({given})"


_EMPTY: Final[dict[type, str]] = {List: "[]", Set: "set()", Map: "{}"}
"""The defaults of collections that are not frozen: to the server, an empty one is the same as null."""


def _ending(column: Column) -> Callable[[str], tuple[str, str]]:
    """What turns the annotation of the values of a column into that of its field, and gives the default."""
    if column.kind in (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING):
        return lambda plain: (plain, "")
    empty = _EMPTY.get(type(column.type)) if is_multicell(column.type) else None
    return _nullable if empty is None else lambda plain: (plain, f" = {empty}")


def _nullable(plain: str) -> tuple[str, str]:
    return f"{plain} | None", " = None"


def _setting(name: str, value: Any) -> str:
    indent = _INDENT * 2
    if isinstance(value, dict):
        return call_of(f"{name} = ", entries(cast("dict[str, Any]", value)), "", ("{", "}"), indent)
    return f"{indent}{name} = {value if isinstance(value, _Name) else literal(value)}"


def _arguments(table: Table, index: Index, cql_type: CqlType) -> Iterator[str]:
    if index.name is not None and index.name != default_name(table, index):
        yield literal(index.name)
    if not same_place(Index(index.column, using=index.using), index, cql_type):
        yield f"target={literal(target_of(index, cql_type))}"
    if index.using is not None:
        yield f"using={literal(index.using)}"
    if index.options:
        yield f"options={literal(dict(index.options))}"


class _Name(str):
    """A Python name among values, written without quotes."""

    __slots__ = ()
