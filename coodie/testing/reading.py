"""What a text says, as a rule sees it: enough to answer it and to match it.

A text that the parser does not take, such as one in another server's dialect, is nobody's error here: a driver sends
what it is given, and the server refuses it. Of such a text only the verb and the table are known.
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
    """An expression that stands in the text, such as ``now()``; it equals no value."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where a value of a statement comes from: a mark, or the text itself."""

    item: ClauseItem

    @property
    def column(self) -> str | None:
        """The column that it is about, or a part of it; None for a token, a tuple of columns and the like."""
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
        """On the ring: that of a key, by the key, or one by its number."""
        term = self.item.term
        if not isinstance(term, TokenCall):
            found = self.item.value(values)
            return Token(found) if isinstance(found, int) else _written(found)
        key = ClauseItem(self.item.clause, None, "", Items("(", term.arguments), self.item.mark).value(values)
        return key[0] if len(key) == 1 else key

    def _key(self, values: Sequence[Any]) -> Any:
        """Of an entry of a map, which stands before the value."""
        key = ClauseItem(self.item.clause, None, "", cast(Element, self.item.target).key, self.item.mark)
        return _written(key.value(values))


def _written(value: Any) -> Any:
    return Expression(text_of(value)) if isinstance(value, Term) else value


def _nothing() -> Mapping[str, ValueSource]:
    return {}


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement as a rule sees it.

    ``verb`` is its first word in lower case; unless it is ``parsed``, only that and the table are known.
    ``columns`` are the names that a SELECT answers with, None where only the server knows them (``*``); ``aliases`` are
    those that an AS gives. ``sets`` are the columns that are written, ``where`` and ``conditions`` the relations, by
    name as lookups are written: ``id``, ``ts__gte``, ``id__in``.
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
        """The columns of which IF asks something."""
        return tuple(dict.fromkeys(source.column for source in self.conditions.values() if source.column is not None))


@lru_cache(maxsize=1024)
def reading(text: str) -> Reading:
    """What ``text`` says."""
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
    """The statement that ``text`` is; None for what the parser does not take."""
    try:
        return parse(text)
    except InvalidQueryError:
        return None


def table_for(statement: Statement, known: Table | None) -> Table | None:
    """The table that a statement was made for, or else the ``known`` one; None if it is about neither."""
    found = table_of(statement) or known
    return found if found is not None and found.name == reading(statement.cql).table else None


def read(text: str) -> tuple[LexToken, ...]:
    """The tokens of ``text``; none if it is no CQL."""
    try:
        return tokens(text)
    except InvalidQueryError:
        return ()


_BEFORE_A_TABLE: Final = frozenset({"FROM", "INTO", "UPDATE"})


def _named(found: tuple[LexToken, ...]) -> tuple[str | None, str | None]:
    """Keyspace and table of what the parser does not take."""
    start = next((at + 1 for word, at in clauses(found) if word in _BEFORE_A_TABLE), len(found))
    names = [token.identifier for token in found[start : start + 3]]
    if len(names) == 3 and found[start + 1].text == ".":
        return names[0], names[2]
    return None, names[0] if names else None


AGGREGATES: Final = frozenset({"count", "sum", "avg", "min", "max"})


def text_of(term: Term) -> str:
    """A term as it stands in a text, with a ``?`` for each value that is bound."""
    return render_term(term, [], "?")


def _aliases(node: Node) -> frozenset[str]:
    selectors: tuple[Selector, ...] = node.selectors if isinstance(node, Select) else ()
    return frozenset(selector.alias for selector in selectors if selector.alias is not None)


def _aggregates(node: Node) -> bool:
    """Whether there is one row of the whole, even of nothing."""
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
    """By name; a name that comes twice, such as ``tags CONTAINS ? AND tags CONTAINS ?``, is numbered as marks are."""
    seen: Counter[str] = Counter()
    found: dict[str, ValueSource] = {}
    for name, item in zip(names, items, strict=True):
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}#{seen[name]}"] = ValueSource(item)
    return found


SUFFIXES: Final = frozenset({*(operator.suffix for operator in OPERATORS if operator.suffix), ENTRY})
"""What may follow a column and ``__`` in the name of a relation."""


def _lookup(target: Term, operator: str) -> str:
    """A relation as lookups are written; what queries do not have, by the words of CQL: ``n__between``."""
    suffix = BY_CQL[operator].suffix
    return f"{_left(target)}__{suffix}" if suffix else _left(target)


def _left(term: Term) -> str:
    """A column by its name; an entry of a map, and a token, as lookups call them; anything else by its text."""
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
    """How many values ``text`` takes; None if it cannot be read."""
    try:
        return len(marks(text))
    except InvalidQueryError:
        return None


def reads_schema(text: str) -> bool:
    """Whether it is a SELECT from ``system_schema``."""
    return reading(text).keyspace == "system_schema"


@lru_cache(maxsize=1024)
def shape(text: str) -> str:
    """The text on one line with a ``?`` for each value written into it; the text itself if it cannot be read."""
    found = read(text)
    parts: list[str] = []
    end = found[0].start if found else 0
    for token in found:
        parts += [" "] if token.start > end else []
        parts.append("?" if token.kind in _WRITTEN else token.text)
        end = token.end
    return "".join(parts) or text


_WRITTEN: Final = frozenset({"string", "uuid", "blob", "duration", "float", "integer"})
