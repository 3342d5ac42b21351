"""``DESCRIBE``: statements that would make what there is, as the server writes them down. cqlsh shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

from coodie.cql.codecs.texts import text_literal
from coodie.cql.encode import encoder_of
from coodie.cql.lexer import LexToken, tokens
from coodie.cql.names import qualified, quote
from coodie.cql.types import TEXT, List, Map, Udt, is_multicell
from coodie.tables.table import Column, ColumnKind, Index
from coodie.testing.memory.answers import ResultColumn, ResultRow
from coodie.testing.memory.errors import describe as errors
from coodie.testing.memory.errors.statements import NO_VIABLE
from coodie.testing.memory.java import double_text
from coodie.testing.memory.schema import Keyspace, Schema, Table
from coodie.testing.memory.system import LOCAL_TOKEN, SYSTEM, VIRTUAL, comment_of, where_of
from coodie.testing.memory.system_options import table_options

Element: TypeAlias = "tuple[str, str, str, str]"
"""Keyspace, kind, name, and the statement that makes it."""

_LISTED: Final = (("keyspace_name", TEXT), ("type", TEXT), ("name", TEXT))
_WHOLE: Final = (*_LISTED, ("create_statement", TEXT))
_CLUSTER: Final = (("cluster", TEXT), ("partitioner", TEXT), ("snitch", TEXT))
_OWNERSHIP: Final = ("range_ownership", Map(TEXT, List(TEXT)))


@dataclass(frozen=True, slots=True)
class Description:
    """What DESCRIBE answers."""

    columns: Sequence[ResultColumn]
    rows: Sequence[ResultRow]


def describe(text: str, schema: Schema, keyspace: str | None) -> Description:
    """The answer to a DESCRIBE. Raises `CqlError` for what is not there, or is no such statement."""
    return _Reader(text, schema, keyspace).read()


def _rows(columns: Sequence[ResultColumn], elements: Iterator[Element] | Sequence[Element]) -> Description:
    return Description(columns, [tuple(part.encode() for part in each[: len(columns)]) for each in elements])


class _Reader:
    """Reads the statement, and looks up what it names."""

    def __init__(self, text: str, schema: Schema, keyspace: str | None) -> None:
        self.text = text
        self.tokens: list[LexToken] = [token for token in tokens(text) if token.text != ";"]
        self.at = 1
        self.schema = schema
        self.keyspace = keyspace

    def read(self) -> Description:
        """The whole statement."""
        word = self._keyword()
        if word in _LISTS:
            self.at += 1
            return self._end(lambda: self._list(_LISTS[word]))
        if word == "CLUSTER":
            self.at += 1
            return self._end(self._cluster)
        if word == "FULL" or (word == "SCHEMA" and self.at + 1 >= len(self.tokens)) or self._follows("SCHEMA", "WITH"):
            return self._schema(word == "FULL")
        only = word == "ONLY"
        if only or word == "KEYSPACE":
            self.at += 1 + only
            return self._keyspace(only)
        if self._follows("MATERIALIZED", "VIEW"):
            self.at += 2
            space, name = self._name()
            return self._end(lambda: _rows(_WHOLE, _a_view(self._space(space), name)))
        if word in _ONE and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text != ".":
            self.at += 1
            space, name = self._name()
            return self._end(lambda: _rows(_WHOLE, _ONE[word](self._space(space), name)))
        space, name = self._name()
        return self._end(lambda: _rows(_WHOLE, self._anything(space, name)))

    def _keyword(self) -> str:
        return self.tokens[self.at].keyword if self.at < len(self.tokens) else ""

    def _follows(self, *words: str) -> bool:
        return [token.keyword for token in self.tokens[self.at : self.at + len(words)]] == list(words)

    def _refuse(self) -> NoReturn:
        if self.at >= len(self.tokens):
            raise NO_VIABLE(0, -1, "<EOF>")
        token = self.tokens[self.at]
        line = self.text.count("\n", 0, token.start)
        raise NO_VIABLE(line + 1, token.start - (self.text.rfind("\n", 0, token.start) + 1), token.text)

    def _name(self) -> tuple[str | None, str]:
        first = self._identifier()
        if self.at < len(self.tokens) and self.tokens[self.at].text == ".":
            self.at += 1
            return first, self._identifier()
        return None, first

    def _identifier(self) -> str:
        found = self.tokens[self.at].identifier if self.at < len(self.tokens) else None
        if found is None:
            self._refuse()
        self.at += 1
        return found

    def _end(self, answer: Callable[[], Description]) -> Description:
        if self._follows("WITH", "INTERNALS"):
            self.at += 2
        if self.at < len(self.tokens):
            self._refuse()
        return answer()

    def _space(self, name: str | None) -> Keyspace:
        wanted = name if name is not None else self.keyspace
        if wanted is None:
            raise errors.NO_KEYSPACE()
        if wanted not in self.schema.keyspaces:
            raise errors.NO_SUCH_KEYSPACE(wanted)
        return self.schema.keyspaces[wanted]

    def _keyspace(self, only: bool) -> Description:
        name = self._identifier() if self.at < len(self.tokens) and self._keyword() != "WITH" else None
        return self._end(lambda: _rows(_WHOLE, list(_of_keyspace(self._space(name)))[: 1 if only else None]))

    def _schema(self, full: bool) -> Description:
        self.at += full
        if self._keyword() != "SCHEMA":
            self._refuse()
        self.at += 1
        spaces = [space for space in self._spaces() if full or space.name not in SYSTEM]
        return self._end(lambda: _rows(_WHOLE, [each for space in spaces for each in _of_keyspace(space)]))

    def _spaces(self) -> list[Keyspace]:
        return [space for _, space in sorted(self.schema.keyspaces.items())]

    def _list(self, listed: Callable[[Keyspace], Iterator[Element]]) -> Description:
        spaces = self._spaces()
        if self.keyspace is not None and listed is not _keyspace_of:
            spaces = [self._space(None)]
        return _rows(_LISTED, [each for space in spaces for each in listed(space)])

    def _cluster(self) -> Description:
        row: ResultRow = (b"coodie", b"Murmur3Partitioner", b"DynamicEndpointSnitch")
        if self.keyspace is None or self.keyspace in SYSTEM:
            return Description(_CLUSTER, [row])
        owners = encoder_of(_OWNERSHIP[1])({LOCAL_TOKEN: ["/127.0.0.1:7000"]})
        return Description((*_CLUSTER, _OWNERSHIP), [(*row, owners)])

    def _anything(self, space: str | None, name: str) -> list[Element]:
        if space is None and name in self.schema.keyspaces:
            return list(_of_keyspace(self.schema.keyspaces[name]))
        if space is None and self.keyspace is None:
            raise errors.NO_SUCH_KEYSPACE(name)
        found = self._space(space)
        if name in found.tables:
            return _a_table(found, name)
        if name in found.views:
            return _a_view(found, name)
        indexes = [each for each in _indexes_of(found) if each[2] == quote(name)]
        if not indexes:
            raise errors.NOTHING(name, found.name)
        return indexes


def _by_name(held: Mapping[str, Any]) -> list[Any]:
    return [held[name] for name in sorted(held, key=lambda name: (name.lower(), name))]


def _keyspace_of(space: Keyspace) -> Iterator[Element]:
    name = quote(space.name)
    if space.name in VIRTUAL:
        yield name, "keyspace", name, _virtual("Keyspace", name, f"VIRTUAL KEYSPACE {name};")
        return
    replication = _map({key: value.rpartition(".")[2] if key == "class" else value for key, value in space.replication})
    durable = str(space.durable_writes).lower()
    said = f"CREATE KEYSPACE {name} WITH replication = {replication}  AND durable_writes = {durable};"
    yield name, "keyspace", name, said


def _types_of(space: Keyspace) -> Iterator[Element]:
    for each in _by_name(space.types):
        yield _type(space, each)


def _type(space: Keyspace, each: Udt) -> Element:
    fields = ",\n".join(f"    {quote(name)} {cql_type}" for name, cql_type in each.fields)
    said = f"CREATE TYPE {qualified(space.name, each.name)} (\n{fields}\n);"
    return quote(space.name), "type", quote(each.name), said


def _tables_of(space: Keyspace) -> Iterator[Element]:
    for table in _by_name(space.tables):
        yield _table(table)


def _indexes_of(space: Keyspace) -> Iterator[Element]:
    for table in _by_name(space.tables):
        yield from _of_table(table)


def _of_table(table: Table) -> Iterator[Element]:
    for index in sorted(table.indexes, key=lambda index: index.name or ""):
        yield quote(table.keyspace), "index", quote(index.name or ""), _index(table, index)


def _nothing(space: Keyspace) -> Iterator[Element]:
    return iter(())


def _of_keyspace(space: Keyspace) -> Iterator[Element]:
    """A keyspace with all that is in it."""
    yield from _keyspace_of(space)
    yield from _types_of(space)
    for table in _by_name(space.tables):
        yield from _a_table(space, table.name)


def _a_table(space: Keyspace, name: str) -> list[Element]:
    if name not in space.tables:
        raise errors.NO_SUCH_TABLE(name, space.name)
    table = space.tables[name]
    views = {each.name: each for each in space.views_of(table)}
    return [_table(table), *_of_table(table), *map(_view, _by_name(views))]


def _a_type(space: Keyspace, name: str) -> list[Element]:
    if name not in space.types:
        raise errors.NO_SUCH_TYPE(name, space.name)
    return [_type(space, space.types[name])]


def _an_index(space: Keyspace, name: str) -> list[Element]:
    found = [each for each in _indexes_of(space) if each[2] == quote(name)]
    if not found:
        raise errors.NO_SUCH_INDEX(name, space.name)
    return found


def _a_view(space: Keyspace, name: str) -> list[Element]:
    if name not in space.views:
        raise errors.NO_SUCH_VIEW(name, space.name)
    return [_view(space.views[name])]


def _a_function(space: Keyspace, name: str) -> list[Element]:
    raise errors.NO_SUCH_FUNCTION(name, space.name)


def _an_aggregate(space: Keyspace, name: str) -> list[Element]:
    raise errors.NO_SUCH_AGGREGATE(name, space.name)


_LISTS: Final[Mapping[str, Callable[[Keyspace], Iterator[Element]]]] = {
    "KEYSPACES": _keyspace_of,
    "TABLES": _tables_of,
    "TYPES": _types_of,
    "FUNCTIONS": _nothing,
    "AGGREGATES": _nothing,
}
_ONE: Final[Mapping[str, Callable[[Keyspace, str], list[Element]]]] = {
    "TABLE": _a_table,
    "COLUMNFAMILY": _a_table,
    "TYPE": _a_type,
    "INDEX": _an_index,
    "FUNCTION": _a_function,
    "AGGREGATE": _an_aggregate,
}


def _virtual(kind: str, name: str, said: str) -> str:
    warning = f"Warning: {kind} {name} is a virtual {kind.lower()} and cannot be recreated with CQL."
    return f"/*\n{warning}\nStructure, for reference:\n{said}\n*/"


def _view(table: Table) -> Element:
    view = table.view
    assert view is not None
    columns = "*" if view.all_columns else ", ".join(quote(column.name) for column in _ordered(table))
    parts = [each for each in _options(table) if not each.startswith("default_time_to_live")]
    said = (
        f"CREATE MATERIALIZED VIEW {qualified(table.keyspace, table.name)} AS\n    SELECT {columns}\n"
        f"    FROM {qualified(table.keyspace, view.base)}\n    WHERE {where_of(table)}\n"
        f"    PRIMARY KEY ({_key(table)})\n WITH " + "\n    AND ".join(_order(table) + parts) + ";"
    )
    return quote(table.keyspace), "materialized_view", quote(table.name), said


def _order(table: Table) -> list[str]:
    order = ", ".join(f"{quote(each.name)} {'DESC' if each.descending else 'ASC'}" for each in table.clustering)
    return [f"CLUSTERING ORDER BY ({order})"] if order else []


def _table(table: Table) -> Element:
    name, space = quote(table.name), quote(table.keyspace)
    is_virtual = table.keyspace in VIRTUAL
    short = len(table.primary_key) == 1
    lines = [f"    {_column(column, short)}" for column in _ordered(table)]
    if not short:
        lines.append(f"    PRIMARY KEY ({_key(table)})")
    made = f"{qualified(table.keyspace, table.name)} (\n" + ",\n".join(lines) + "\n) WITH "
    parts = [f"comment = {text_literal(comment_of(table))}"] if is_virtual else _options(table)
    said = f"TABLE {made}" + "\n    AND ".join(_order(table) + parts) + ";"
    said = _virtual("Table", f"{space}.{name}", f"VIRTUAL {said}") if is_virtual else f"CREATE {said}"
    return space, "table", name, said


def _ordered(table: Table) -> list[Column]:
    """The key, then static and other columns, of each those first whose values are of one piece."""
    rest = [each for part in (table.statics, table.regulars) for each in sorted(part, key=_is_complex)]
    return [*table.partition, *table.clustering, *rest]


def _is_complex(column: Column) -> bool:
    return is_multicell(column.type)


def _column(column: Column, short: bool) -> str:
    said = f"{quote(column.name)} {column.type}"
    if column.kind is ColumnKind.STATIC:
        return f"{said} static"
    return f"{said} PRIMARY KEY" if short and column.kind is ColumnKind.PARTITION_KEY else said


def _key(table: Table) -> str:
    partition = ", ".join(map(quote, table.partition_key))
    if len(table.partition_key) > 1:
        partition = f"({partition})"
    return ", ".join([partition, *map(quote, table.clustering_key)])


def _options(table: Table) -> list[str]:
    # The system's tables do not keep whether there is CDC; the server's memory does.
    known = {**_UNSAID, "cdc": dict(table.options).get("cdc", False), **table_options(table.options)}
    return [f"{name} = {_value(known[name])}" for name in _SHOWN]


_SHOWN: Final = (
    *("additional_write_policy", "allow_auto_snapshot", "bloom_filter_fp_chance", "caching", "cdc", "comment"),
    *("compaction", "compression", "memtable", "crc_check_chance", "default_time_to_live", "extensions"),
    *("gc_grace_seconds", "incremental_backups", "max_index_interval", "memtable_flush_period_in_ms"),
    *("min_index_interval", "read_repair", "speculative_retry"),
)
_UNSAID: Final = {"allow_auto_snapshot": True, "memtable": "default", "incremental_backups": True}


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return double_text(value)
        case int():
            return str(value)
        case str():
            return text_literal(value)
        case _:
            return _map(value)


def _map(value: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{text_literal(key)}: {text_literal(item)}" for key, item in sorted(value.items())) + "}"


def _index(table: Table, index: Index) -> str:
    column = quote(index.column)
    target = f"{index.target}({column})" if index.target is not None else column
    custom = "CUSTOM " if index.using is not None else ""
    said = f"CREATE {custom}INDEX {quote(index.name or '')} ON {qualified(table.keyspace, table.name)} ({target})"
    if index.using is not None:
        said += f" USING {text_literal(index.using)}"
    if index.options:
        said += f" WITH OPTIONS = {_map({key: str(value) for key, value in index.options})}"
    return f"{said};"
