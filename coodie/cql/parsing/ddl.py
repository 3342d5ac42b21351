"""Reads the statements that change the schema, and those about roles, permissions and functions.

Statements that have no node of their own become an `Opaque`, which keeps the text. For the rarer forms of ALTER the
grammar is checked; the rest is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from coodie.cql.lexer import tokens
from coodie.cql.nodes import (
    AddField,
    AlterKeyspace,
    AlterOptions,
    CreateIndex,
    CreateKeyspace,
    CreateType,
    CreateView,
    Drop,
    DropKeyspace,
    Name,
    Node,
    Opaque,
    RenameFields,
    Truncate,
)
from coodie.cql.parsing.cursor import Cursor
from coodie.cql.parsing.options import Pairs, read_map, read_options, word_of
from coodie.cql.parsing.relations import read_restrictions
from coodie.cql.parsing.table import alter_table, column_name, create_table, primary_key, renamed
from coodie.cql.parsing.terms import read_constant
from coodie.cql.parsing.types import read_type, read_type_name
from coodie.cql.rendering.ddl import index_class, index_option
from coodie.cql.types import CqlType


def _create(c: Cursor) -> Node:
    return _dispatch(c, "CREATE", _CREATE)


def _alter(c: Cursor) -> Node:
    return _dispatch(c, "ALTER", _ALTER)


def _drop(c: Cursor) -> Node:
    return _dispatch(c, "DROP", _DROP)


def _dispatch(c: Cursor, verb: str, readers: dict[str, Callable[[Cursor, int], Node]]) -> Node:
    start = c.at
    c.expect(verb)
    read = readers.get(c.word)
    if read is None:
        c.fail(f"what to {verb}")
    return read(c, start)


def _create_keyspace(c: Cursor, start: int) -> CreateKeyspace:
    c.at += 1
    absent = c.option("IF", "NOT", "EXISTS")
    name = c.name("the name of a keyspace")
    replication, durable = _keyspace_options(c)
    if replication is None:
        c.refuse("a keyspace needs WITH replication = {...}", start)
    return CreateKeyspace(name, replication, durable is not False, absent)


def _alter_keyspace(c: Cursor, start: int) -> AlterKeyspace:
    c.at += 1
    exists = c.option("IF", "EXISTS")
    name = c.name("the name of a keyspace")
    if c.word != "WITH":
        c.fail("WITH")
    return AlterKeyspace(name, *_keyspace_options(c), exists)


_BOOLEANS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
"""The words of an option that is on or off, which servers take as strings and numbers, too."""


def _keyspace_options(c: Cursor) -> tuple[tuple[tuple[str, str], ...] | None, bool | None]:
    at = c.at
    replication: tuple[tuple[str, str], ...] | None = None
    durable: bool | None = None
    for name, value in read_options(c, "KEYSPACE").options:
        if name == "replication" and isinstance(value, tuple):
            replication = tuple((str(key), word_of(text)) for key, text in cast(Pairs, value))
        elif name == "durable_writes" and (word := word_of(value).lower()) in _BOOLEANS:
            durable = _BOOLEANS[word]
        else:
            c.refuse("a keyspace takes replication = {...} and durable_writes = true or false", at)
    return replication, durable


def _create_table(c: Cursor, start: int) -> Node:
    c.at += 1
    return create_table(c, start)


def _alter_table(c: Cursor, start: int) -> Node:
    c.at += 1
    return alter_table(c, start)


def _create_type(c: Cursor, start: int) -> CreateType:
    c.at += 1
    absent = c.option("IF", "NOT", "EXISTS")
    name = read_type_name(c)
    c.expect("(")
    fields = [_field(c)]
    while c.more():
        fields.append(_field(c))
    c.expect(")")
    return CreateType(name, tuple(fields), absent)


def _field(c: Cursor) -> tuple[str, CqlType]:
    return c.name("the name of a field"), read_type(c)


def _alter_type(c: Cursor, start: int) -> Node:
    c.at += 1
    exists = c.option("IF", "EXISTS")
    name = read_type_name(c)
    if c.accept("ADD"):
        absent = c.option("IF", "NOT", "EXISTS")
        return AddField(name, *_field(c), exists, absent)
    if c.accept("RENAME"):
        fields_exist = c.option("IF", "EXISTS")
        return RenameFields(name, renamed(c), exists, fields_exist)
    c.expect("ALTER")
    c.name("the name of a field")
    c.expect("TYPE")
    read_type(c)
    return Opaque(c.source(start), name)


def _create_index(c: Cursor, start: int) -> Node:
    custom = c.accept("CUSTOM")
    c.expect("INDEX")
    absent = c.option("IF", "NOT", "EXISTS")
    name = None if c.word == "ON" else c.name("the name of an index, or ON")
    c.expect("ON")
    table = c.qualified()
    targets = () if c.accepts("(", ")") else c.bracketed(_target)
    using = _class(c, custom)
    options = _index_options(c)
    # The class of the default index has no other name, and only user-supplied classes index several columns.
    if len(targets) != 1 or (using is not None and not custom and using != "sai"):
        return Opaque(c.source(start), table)
    ((target, column),) = targets
    return CreateIndex(table, column, name, absent, target, using, options)


def _target(c: Cursor) -> tuple[str | None, str]:
    if c.word in _TARGETS and c.ahead(1) == "(":
        target = c.take().lower()
        c.expect("(")
        column = column_name(c)
        c.expect(")")
        return target, column
    return None, column_name(c)


_TARGETS: Final = frozenset({"KEYS", "VALUES", "ENTRIES", "FULL"})


def _class(c: Cursor, custom: bool) -> str | None:
    if custom and c.word != "USING":
        c.fail("USING and the class of the index")
    if not c.accept("USING"):
        return None
    return index_class(_string(c))


def _string(c: Cursor) -> str:
    at = c.at
    found = read_constant(c)
    if found.kind != "string":
        c.fail("a string", at)
    return found.text


def _index_options(c: Cursor) -> tuple[tuple[str, Any], ...]:
    if not c.option("WITH", "OPTIONS"):
        return ()
    c.expect("=")
    return tuple((str(key), index_option(value)) for key, value in read_map(c))


def _create_view(c: Cursor, start: int) -> CreateView:
    c.expect("MATERIALIZED", "VIEW")
    absent = c.option("IF", "NOT", "EXISTS")
    view = c.qualified("the name of a view")
    c.expect("AS", "SELECT")
    columns = () if c.accept("*") else c.listed(column_name)
    c.expect("FROM")
    base = c.qualified()
    where = read_restrictions(c) if c.accept("WHERE") else ()
    partition, clustering = primary_key(c)
    options, order, _ = read_options(c, "MATERIALIZED VIEW")
    return CreateView(view, base, columns, where, partition, clustering, order, options, absent)


def _alter_view(c: Cursor, start: int) -> AlterOptions:
    c.expect("MATERIALIZED", "VIEW")
    exists = c.option("IF", "EXISTS")
    name = c.qualified("the name of a view")
    if c.word != "WITH":
        c.fail("WITH")
    return AlterOptions(name, read_options(c, "VIEW").options, "MATERIALIZED VIEW", exists)


def _drop_thing(c: Cursor, start: int) -> Node:
    what = "TABLE" if c.word == "COLUMNFAMILY" else c.word
    c.at += 1
    if what == "MATERIALIZED":
        c.expect("VIEW")
        what = "MATERIALIZED VIEW"
    exists = c.option("IF", "EXISTS")
    return Drop(what, read_type_name(c) if what == "TYPE" else c.qualified(f"the name of a {what.lower()}"), exists)


def _drop_keyspace(c: Cursor, start: int) -> DropKeyspace:
    c.at += 1
    exists = c.option("IF", "EXISTS")
    return DropKeyspace(c.name("the name of a keyspace"), exists)


def _truncate(c: Cursor) -> Truncate:
    c.expect("TRUNCATE")
    if c.word in ("TABLE", "COLUMNFAMILY"):
        c.at += 1
    return Truncate(c.qualified())


def _opaque(c: Cursor, start: int | None = None) -> Opaque:
    """The rest of the statement, which only the lexer checks."""
    start = c.at if start is None else start
    about = _about(c)
    c.at = start
    while c.word not in ("", ";"):
        c.at += 1
    if c.at - start < 2:
        c.fail("more of the statement")
    tokens(c.text)
    return Opaque(c.source(start), about)


def _list(c: Cursor) -> Opaque:
    if c.ahead(1) not in _LISTED:
        c.fail("ROLES, USERS or a permission", c.at + 1)
    if c.ahead(2) not in _BEHIND_LISTED:
        c.fail("ON, OF or the end of the statement", c.at + 2)
    return _opaque(c)


_BEHIND_LISTED: Final = frozenset(("", ";", ",", "PERMISSION", "PERMISSIONS", "ON", "OF", "NORECURSIVE"))
_LISTED: Final = frozenset(
    "ROLES USERS ALL CREATE ALTER DROP SELECT MODIFY AUTHORIZE DESCRIBE EXECUTE UNMASK SELECT_MASKED".split()
)


def _about(c: Cursor) -> Name | None:
    """The function that the statement names, or the table after the ON of a trigger or permission."""
    words = c.words
    for at, word in enumerate(words):
        if word in ("FUNCTION", "AGGREGATE", "ON") and at:
            c.at = at + 1
            c.accept("TABLE")
            if not c.accepts("IF", "NOT", "EXISTS"):
                c.accepts("IF", "EXISTS")
            return c.qualified() if c.at_name() and (c.ahead(1) != "." or c.ahead(2) != "") else None
    return None


_Reader = Callable[[Cursor, int], Node]
_OPAQUE: Final[dict[str, _Reader]] = dict.fromkeys(("FUNCTION", "AGGREGATE", "TRIGGER", "ROLE", "USER"), _opaque)
_CREATE: Final[dict[str, _Reader]] = {
    "TABLE": _create_table,
    "COLUMNFAMILY": _create_table,
    "KEYSPACE": _create_keyspace,
    "TYPE": _create_type,
    "INDEX": _create_index,
    "CUSTOM": _create_index,
    "MATERIALIZED": _create_view,
    "OR": _opaque,
    **_OPAQUE,
}
_ALTER: Final[dict[str, _Reader]] = {
    "TABLE": _alter_table,
    "COLUMNFAMILY": _alter_table,
    "KEYSPACE": _alter_keyspace,
    "TYPE": _alter_type,
    "MATERIALIZED": _alter_view,
    "ROLE": _opaque,
    "USER": _opaque,
}
_DROP: Final[dict[str, _Reader]] = {
    **dict.fromkeys(("TABLE", "COLUMNFAMILY", "INDEX", "TYPE", "MATERIALIZED"), _drop_thing),
    "KEYSPACE": _drop_keyspace,
    "IDENTITY": _opaque,
    **_OPAQUE,
}

SCHEMA: Final[dict[str, Callable[[Cursor], Node]]] = {
    "CREATE": _create,
    "ALTER": _alter,
    "DROP": _drop,
    "TRUNCATE": _truncate,
    **dict.fromkeys(("GRANT", "REVOKE", "DESCRIBE", "DESC", "ADD"), _opaque),
    "LIST": _list,
}
"""The readers of these statements by their first word."""
