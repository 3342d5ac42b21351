"""The parts of a CQL text that rules need to match and answer it.

A text that the parser does not accept, such as one in the dialect of another server, is not an error here, since a
driver would send it. Only its verb and table are known then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, cast

from coodie._errors import InvalidQueryError
from coodie.cql.lexer import LexToken, clauses, marks, tokens
from coodie.cql.message import Statement
from coodie.cql.nodes import Call, Delete, Element, FieldOf, Items, Node, Ref, Select, Selector, Term, TokenCall
from coodie.cql.operators import BY_CQL, ENTRY, OPERATORS
from coodie.cql.parsing.columns import column_name, columns
from coodie.cql.parsing.facts import ClauseItem, clause_items, table
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.terms import render_term
from coodie.cql.values import Token
from coodie.tables.marks import table_of
from coodie.tables.table import Table


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression in the text, such as ``now()``, which is not equal to any value."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ValueSource:
    """The source of a value in a statement: a bind mark, or the text itself."""

    item: ClauseItem

    @property
    def column(self) -> str | None:
        """The column that the value, or a part of it, is for; None for tokens, tuples of columns and the like."""
        target = self.item.target
        return target.column if isinstance(target, (Ref, Element, FieldOf)) else None

    def value(self, values: Sequence[Any]) -> Any:
        """The value in a request with these bound values."""
        if isinstance(self.item.target, TokenCall):
            return self._place(values)
        found = self.item.value(values)
        if isinstance(self.item.target, Element) and self.item.clause != "set":
            return (self._key(values), _written(found))
        if self.item.operator == "IN" and not isinstance(found, Term):
            return list(map(_written, found))
        if self.item.operator == "BETWEEN" and not isinstance(found, Term):
            return tuple(map(_written, found))
        return _written(found)

    def _place(self, values: Sequence[Any]) -> Any:
        """The value that is compared with a token: the key for ``token(?)``, or a `Token` for a number."""
        term = self.item.term
        if not isinstance(term, TokenCall):
            found = self.item.value(values)
            return Token(found) if isinstance(found, int) else _written(found)
        key = ClauseItem(self.item.clause, None, "", Items("(", term.arguments), self.item.mark).value(values)
        return key[0] if len(key) == 1 else key

    def _key(self, values: Sequence[Any]) -> Any:
        """The key of a map entry, whose mark precedes that of the value."""
        key = ClauseItem(self.item.clause, None, "", cast(Element, self.item.target).key, self.item.mark)
        return _written(key.value(values))


def _written(value: Any) -> Any:
    return Expression(text_of(value)) if isinstance(value, Term) else value


def _nothing() -> Mapping[str, ValueSource]:
    return {}


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement as rules see it.

    ``verb`` is its first word in lower case; unless the text was ``parsed``, only that and the table are known.
    ``columns`` are the column names of a SELECT's answer, None if only the server knows them (``*``); ``aliases`` are
    those given by AS. ``sets`` are the written columns, ``where`` and ``conditions`` the relations, named like lookups:
    ``id``, ``ts__gte``, ``id__in``.
    """

    verb: str = ""
    keyspace: str | None = None
    table: str | None = None
    columns: tuple[str, ...] | None = None
    aliases: frozenset[str] = frozenset()
    aggregates: bool = False
    sets: Mapping[str, ValueSource] = field(default_factory=_nothing)
    where: Mapping[str, ValueSource] = field(default_factory=_nothing)
    conditions: Mapping[str, ValueSource] = field(default_factory=_nothing)
    limit: ValueSource | None = None
    partition_limit: ValueSource | None = None
    parsed: bool = True

    @property
    def asked_of(self) -> tuple[str, ...]:
        """The columns in the conditions of IF."""
        return tuple(dict.fromkeys(source.column for source in self.conditions.values() if source.column is not None))


@lru_cache(maxsize=1024)
def reading(text: str) -> Reading:
    """The statement ``text`` as rules see it."""
    found = read(text)
    verb = found[0].text.lower() if found else ""
    node = parsed(text)
    if node is None:
        return Reading(verb, *_named(found), parsed=False)
    about = table(node)
    keyspace, name = (about.keyspace, about.name) if about is not None else (None, None)
    items = clause_items(node)
    return Reading(
        verb,
        keyspace,
        name,
        columns(node),
        _aliases(node),
        _aggregates(node),
        _sets(node, items),
        _relations(items, "where"),
        _relations(items, "if"),
        next((ValueSource(item) for item in items if item.clause == "limit"), None),
        next((ValueSource(item) for item in items if item.clause == "per_partition_limit"), None),
    )


def parsed(text: str) -> Node | None:
    """The node of ``text``; None if the parser does not accept it."""
    try:
        return parse(text)
    except InvalidQueryError:
        return None


def table_for(statement: Statement, known: Table | None) -> Table | None:
    """The table that a statement was made for, or else ``known``; None if the text is about another table."""
    found = table_of(statement) or known
    return found if found is not None and found.name == reading(statement.cql).table else None


def read(text: str) -> tuple[LexToken, ...]:
    """The tokens of ``text``; empty if it is not valid CQL."""
    try:
        return tokens(text)
    except InvalidQueryError:
        return ()


_BEFORE_A_TABLE: Final = frozenset({"FROM", "INTO", "UPDATE"})


def _named(found: tuple[LexToken, ...]) -> tuple[str | None, str | None]:
    """The keyspace and table of a text that the parser does not accept."""
    start = next((at + 1 for word, at in clauses(found) if word in _BEFORE_A_TABLE), len(found))
    names = [token.identifier for token in found[start : start + 3]]
    if len(names) == 3 and found[start + 1].text == ".":
        return names[0], names[2]
    return None, names[0] if names else None


AGGREGATES: Final = frozenset({"count", "sum", "avg", "min", "max"})


def text_of(term: Term) -> str:
    """The text of a term, with a ``?`` for each bound value."""
    return render_term(term, [], "?")


def _aliases(node: Node) -> frozenset[str]:
    selectors: tuple[Selector, ...] = node.selectors if isinstance(node, Select) else ()
    return frozenset(selector.alias for selector in selectors if selector.alias is not None)


def _aggregates(node: Node) -> bool:
    """Whether the answer is a single row of aggregates, even if no rows match."""
    if not isinstance(node, Select) or node.group_by:
        return False
    return all(isinstance(one.term, Call) and one.term.function in AGGREGATES for one in node.selectors)


def _sets(node: Node, items: tuple[ClauseItem, ...]) -> dict[str, ValueSource]:
    clause = "delete" if isinstance(node, Delete) else "set"
    found = [item for item in items if item.clause == clause and item.target is not None]
    return _numbered([column_name(item.target) for item in found if item.target is not None], found)


def _relations(items: tuple[ClauseItem, ...], clause: str) -> dict[str, ValueSource]:
    found = [item for item in items if item.clause == clause and item.target is not None]
    return _numbered([_lookup(item.target, item.operator) for item in found if item.target is not None], found)


def _numbered(names: list[str], items: list[ClauseItem]) -> dict[str, ValueSource]:
    """The items by name; duplicates, as in ``tags CONTAINS ? AND tags CONTAINS ?``, are numbered like marks."""
    seen: Counter[str] = Counter()
    found: dict[str, ValueSource] = {}
    for name, item in zip(names, items, strict=True):
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}#{seen[name]}"] = ValueSource(item)
    return found


SUFFIXES: Final = frozenset({*(operator.suffix for operator in OPERATORS if operator.suffix), ENTRY})
"""The suffixes that may follow a column and ``__`` in the name of a relation."""


def _lookup(target: Term, operator: str) -> str:
    """The name of a relation, like that of a lookup; operators without a lookup use the words of CQL:
    ``n__between``.
    """
    suffix = BY_CQL[operator].suffix
    return f"{_left(target)}__{suffix}" if suffix else _left(target)


def _left(term: Term) -> str:
    """The name of a left side: that of a column; for map entries and tokens as in lookups; for anything else its
    text.
    """
    match term:
        case Ref(column):
            return column
        case Element(column):
            return f"{column}__{ENTRY}"
        case TokenCall((Ref(column),)):
            return f"{column}__token"
        case TokenCall():
            return "token"
        case _:
            return text_of(term)


@lru_cache(maxsize=1024)
def mark_count(text: str) -> int | None:
    """The number of values that ``text`` takes; None if it is not valid CQL."""
    try:
        return len(marks(text))
    except InvalidQueryError:
        return None


def reads_schema(text: str) -> bool:
    """Whether it is a SELECT from ``system_schema``."""
    return reading(text).keyspace == "system_schema"


@lru_cache(maxsize=1024)
def shape(text: str) -> str:
    """The text on one line with a ``?`` for each literal in it; the text itself if it is not valid CQL."""
    found = read(text)
    parts: list[str] = []
    end = found[0].start if found else 0
    for token in found:
        parts += [" "] if token.start > end else []
        parts.append("?" if token.kind in _WRITTEN else token.text)
        end = token.end
    return "".join(parts) or text


_WRITTEN: Final = frozenset({"string", "uuid", "blob", "duration", "float", "integer"})
