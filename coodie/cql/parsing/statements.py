"""A recursive-descent parser for all of CQL as Cassandra 5.0 accepts it.

Different spellings of the same statement become one node, so ``render(parse(text))`` is the normal form of a text, and
``parse(render(node))`` is ``node``. Only the grammar is checked, not whether a table has a column or allows a query.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from coodie.cql.lexer import token_kind
from coodie.cql.message import BatchKind
from coodie.cql.nodes import (
    BIND,
    Assignment,
    BeginBatch,
    Bind,
    Bound,
    Delete,
    Element,
    FieldOf,
    Insert,
    InsertJson,
    Literal,
    Name,
    Node,
    OrderBy,
    Ref,
    Relation,
    Select,
    Selector,
    Star,
    Term,
    Update,
    Use,
    Using,
)
from coodie.cql.parsing.cursor import Cursor, is_name
from coodie.cql.parsing.ddl import SCHEMA
from coodie.cql.parsing.relations import read_column_part, read_conditions, read_relations
from coodie.cql.parsing.terms import (
    begins,
    check_minus,
    is_negative,
    read_constant,
    read_mark,
    read_selectable,
    read_term,
)
from coodie.cql.terms import LiteralKind


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """The node of the statement in ``text``, which may end in ``;``.

    Raises `InvalidQueryError` with the line, the column and what was expected there.
    """
    return _parsed(Cursor(text))


@lru_cache(1024)
def parse_grammar(text: str) -> Node:
    """The node of a statement that may break two rules which a server checks only on PREPARE: there may be more or
    fewer values than columns, and a table may lack a key.
    """
    return _parsed(Cursor(text, grammar_only=True))


def _parsed(c: Cursor) -> Node:
    read = _STATEMENTS.get(c.word)
    if read is None:
        c.fail("a statement")
    node = read(c)
    c.end()
    return node


def _select(c: Cursor) -> Select:
    c.expect("SELECT")
    json = _is_keyword(c, "JSON")
    distinct = _is_keyword(c, "DISTINCT")
    selectors = (Selector(Star()),) if c.accept("*") else c.listed(_selector)
    c.expect("FROM")
    return Select(
        c.qualified(),
        selectors,
        read_relations(c) if c.accept("WHERE") else (),
        c.listed(_group) if c.option("GROUP", "BY") else (),
        c.listed(_order) if c.option("ORDER", "BY") else (),
        c.option("PER", "PARTITION", "LIMIT") and _integer(c),
        c.accept("LIMIT") and _integer(c),
        c.option("ALLOW", "FILTERING"),
        distinct,
        json,
    )


def _is_keyword(c: Cursor, word: str) -> bool:
    """Consume ``word`` if it is a keyword here and not the name of a column; the next token tells."""
    if c.word != word:
        return False
    after = c.ahead(1)
    if after == "*":
        found = True
    # ``json AS a`` names a column; in ``JSON as.a`` and ``JSON as AS a`` the column is called ``as``
    elif after == "AS":
        found = not (is_name(c.ahead(2)) and c.ahead(3) in (",", "FROM"))
    elif after == "[":  # ``JSON[1]`` is a list, ``json[1..2]`` a part of a column
        found = next((word for word in c.words[c.at + 2 :] if word in ("..", "[", "]")), "") != ".."
    else:
        found = after == "-" or begins(c, c.at + 1, True)
    c.at += found
    return found


def _selector(c: Cursor) -> Selector:
    term = read_selectable(c)
    return Selector(term, c.name("an alias")) if c.accept("AS") else Selector(term)


def _group(c: Cursor) -> str | Term:
    found = read_selectable(c)
    return found.column if isinstance(found, Ref) else found


def _order(c: Cursor) -> OrderBy:
    column = c.name("the name of a column")
    ann = read_term(c) if c.option("ANN", "OF") else False
    descending = c.accept("DESC")
    if not descending:
        c.accept("ASC")
    return OrderBy(column, descending, True if ann == BIND else ann)


def _integer(c: Cursor) -> Bound:
    found = _given(c, "integer", "an integer")
    return True if found == BIND else found


def _given(c: Cursor, kind: LiteralKind, what: str) -> Bind | Literal:
    """A bind mark, or a literal of the given kind."""
    if c.at_mark():
        return read_mark(c)
    at = c.at
    found = read_constant(c)
    if found.kind != kind:
        c.fail(what, at)
    return found


def _insert(c: Cursor) -> Insert | InsertJson:
    c.expect("INSERT", "INTO")
    table = c.qualified()
    return _insert_json(c, table) if c.accept("JSON") else _insert_values(c, table)


def _insert_values(c: Cursor, table: Name) -> Insert:
    columns = c.bracketed(_column)
    c.expect("VALUES")
    at = c.at
    values = c.bracketed(read_term)
    if len(values) != len(columns) and not c.grammar_only:
        c.refuse(f"{len(columns)} columns are given {len(values)} values", at)
    absent = c.option("IF", "NOT", "EXISTS")
    plain = len(values) == len(columns) and all(value == BIND for value in values)
    return Insert(table, columns, absent, _using(c), () if plain else values)


def _insert_json(c: Cursor, table: Name) -> InsertJson:
    value = _given(c, "string", "a string of JSON")
    unset = c.accepts("DEFAULT", "UNSET")
    if not unset:
        c.option("DEFAULT", "NULL")
    return InsertJson(table, value, unset, c.option("IF", "NOT", "EXISTS"), _using(c))


def _column(c: Cursor) -> str:
    return c.name("the name of a column")


def _using(c: Cursor, once: bool = False) -> Using:
    if not c.accept("USING"):
        return Using()
    given: dict[str, Bound] = {}
    while True:
        word = c.word
        if word not in ("TTL", "TIMESTAMP"):
            c.fail("TTL or TIMESTAMP")
        if word in given and (once or not c.grammar_only or isinstance(given[word], (bool, Bind))):
            c.refuse(f"USING names {word} a second time")
        c.at += 1
        given[word] = _integer(c)
        if not c.accept("AND"):
            break
    first = len(given) > 1 and next(iter(given)) == "TIMESTAMP"
    return Using(given.get("TTL", False), given.get("TIMESTAMP", False), first)


def _update(c: Cursor) -> Update:
    c.expect("UPDATE")
    table = c.qualified()
    using = _using(c)
    c.expect("SET")
    assignments = c.listed(_assignment)
    where, conditions, exists = _where(c)
    return Update(table, assignments, where, conditions, exists, using)


def _where(c: Cursor) -> tuple[tuple[Relation, ...], tuple[Relation, ...], bool]:
    """``WHERE ... IF ...``: relations, conditions, and whether it is IF EXISTS."""
    c.expect("WHERE")
    where = read_relations(c)
    if not c.accept("IF"):
        return where, (), False
    if c.word == "EXISTS" and c.ahead(1) in ("", ";", *_MEMBERS, "APPLY"):
        c.at += 1
        return where, (), True
    return where, read_conditions(c), False


def _assignment(c: Cursor) -> Assignment:
    target = read_column_part(c)
    if isinstance(target, Ref) and c.word in ("+=", "-="):
        return Assignment(target, c.take()[0], read_term(c))
    c.expect("=")
    return _of_column(c, target) if isinstance(target, Ref) else Assignment(target, "=", read_term(c))


def _of_column(c: Cursor, target: Ref) -> Assignment:
    """``a = ?``, ``a = a + ?``, ``a = a - ?`` or ``a = ? + a``."""
    if is_name(c.texts[c.at]) and (c.ahead(1) in ("+", "-") or token_kind(c.texts[c.at + 1]) == "integer"):
        _same(c, target)
        return Assignment(target, *_change(c))
    value = read_term(c)
    if not c.accept("+"):
        return Assignment(target, "=", value)
    _same(c, target)
    return Assignment(target, "prepend", value)


def _change(c: Cursor) -> tuple[str, Term]:
    """What follows ``a = a``. To the server's lexer the ``-1`` of ``a = a -1`` is a number, and a number is added."""
    if c.word in ("+", "-") and not is_negative(c, c.at):
        check_minus(c)
        return c.take(), read_term(c)
    at = c.at
    number = read_constant(c)
    if number.kind != "integer":
        c.fail("an integer", at)
    return "+", number


def _same(c: Cursor, target: Ref) -> None:
    if c.name() != target.column:
        c.refuse(
            f"SET {target.column} = {target.column} + ... is the only arithmetic that a column may stand in", c.at - 1
        )


def _delete(c: Cursor) -> Delete:
    c.expect("DELETE")
    targets: tuple[Ref | Element | FieldOf, ...] = () if c.word == "FROM" else c.listed(read_column_part)
    c.expect("FROM")
    table = c.qualified()
    at = c.at
    using = _using(c, once=True)
    if using.ttl is not False:
        c.refuse("a DELETE has no TTL", at)
    where, conditions, exists = _where(c)
    return Delete(table, where, targets, conditions, exists, using)


def _batch(c: Cursor) -> BeginBatch:
    c.expect("BEGIN")
    kind = _KINDS.get(c.word, BatchKind.LOGGED)
    c.at += c.word in _KINDS
    c.expect("BATCH")
    using = _using(c)
    found: list[Insert | InsertJson | Update | Delete] = []
    while not c.accept("APPLY"):
        found.append(_member(c))
        c.accept(";")
    c.expect("BATCH")
    return BeginBatch(tuple(found), kind, using)


_KINDS: Final = {"UNLOGGED": BatchKind.UNLOGGED, "COUNTER": BatchKind.COUNTER}


def _member(c: Cursor) -> Insert | InsertJson | Update | Delete:
    read = _MEMBERS.get(c.word)
    if read is None:
        c.fail("INSERT, UPDATE, DELETE or APPLY BATCH")
    return read(c)


def _use(c: Cursor) -> Use:
    c.expect("USE")
    return Use(c.name("the name of a keyspace"))


_MEMBERS: Final[dict[str, Callable[[Cursor], Insert | InsertJson | Update | Delete]]] = {
    "INSERT": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
}
_STATEMENTS: Final[dict[str, Callable[[Cursor], Node]]] = {
    "SELECT": _select,
    **_MEMBERS,
    "BEGIN": _batch,
    "USE": _use,
    **SCHEMA,
}
