"""What a text says about itself, read from its tokens: enough to answer it and to match it, no more.

A text that cannot be read is nobody's error here: a driver sends what it is given, and the server refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from coodie.cql.lexer import Token, clauses, marks, tokens
from coodie.exceptions import InvalidQueryError
from coodie.testing.terms import Term, Terms, constant_text, split


def _nothing() -> Mapping[str, Term]:
    return {}


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement as a rule sees it.

    ``verb`` is its first word in lower case. ``columns`` are the names that a SELECT answers with, None where only the
    server knows them (``*``); ``aliases`` are those that an AS gives. ``sets`` are the columns that are written,
    ``where`` and ``conditions`` the relations, by name as lookups are written: ``id``, ``ts__gte``, ``id__in``.
    """

    verb: str = ""
    keyspace: str | None = None
    table: str | None = None
    columns: tuple[str, ...] | None = ()
    aliases: frozenset[str] = frozenset()
    aggregates: bool = False
    sets: Mapping[str, Term] = field(default_factory=_nothing)
    where: Mapping[str, Term] = field(default_factory=_nothing)
    conditions: Mapping[str, Term] = field(default_factory=_nothing)
    limit: Term | None = None


@lru_cache(maxsize=1024)
def reading(text: str) -> Reading:
    """What ``text`` says: all of it for a SELECT, INSERT, UPDATE or DELETE, the verb and the table for DDL."""
    found = read(text)
    verb = found[0].text.lower() if found else ""
    if verb not in _READERS:
        return Reading(verb, *_table(_about(found)))
    sections = _sections(found)
    keyspace, table = _table(sections.get(_TABLE[verb], ()))
    return _READERS[verb](_Parts(text, found, sections, keyspace, table))


def read(text: str) -> tuple[Token, ...]:
    """The tokens of ``text``; none if it is no CQL."""
    try:
        return tokens(text)
    except InvalidQueryError:
        return ()


@dataclass(frozen=True, slots=True)
class _Parts:
    text: str
    tokens: tuple[Token, ...]
    sections: Mapping[str, Sequence[Token]]
    keyspace: str | None
    table: str | None

    @property
    def terms(self) -> Terms:
        return Terms(self.text, self.tokens)

    def relations(self, clause: str) -> dict[str, Term]:
        return dict(_relations(self.sections.get(clause, ()), self.terms))


_TABLE: Final = {"select": "FROM", "insert": "INTO", "update": "UPDATE", "delete": "FROM"}


def _sections(found: tuple[Token, ...]) -> dict[str, Sequence[Token]]:
    starts = clauses(found)
    ends = [at for _, at in starts[1:]] + [len(found) - (found[-1].text == ";")]
    return {word: found[at + 1 : end] for (word, at), end in zip(starts, ends, strict=True)}


_FILLERS: Final = frozenset({"TABLE", "COLUMNFAMILY", "IF", "NOT", "EXISTS"})


def _about(found: tuple[Token, ...]) -> Sequence[Token]:
    """The name that DDL is about: after TABLE, after the ON of an index or a permission, or after TRUNCATE."""
    words = [token.keyword for token in found]
    start = next((words.index(word) + 1 for word in ("ON", "TABLE", "TRUNCATE") if word in words), len(found))
    while start < len(found) and words[start] in _FILLERS:
        start += 1
    return found[start:]


def _table(section: Sequence[Token]) -> tuple[str | None, str | None]:
    names = [token.identifier for token in section[:3]]
    if len(section) >= 3 and section[1].text == ".":
        return names[0], names[2]
    return None, names[0] if names else None


def _select(parts: _Parts) -> Reading:
    items = list(split(_without(parts.sections["SELECT"], "DISTINCT"), ","))
    as_json = bool(items) and items[0][0].keyword == "JSON" and len(items[0]) > 1
    every = [item for item in items if [token.text for token in item] == ["*"]]
    names = ("[json]",) if as_json else None if every else tuple(map(_column, items))
    return Reading(
        "select",
        parts.keyspace,
        parts.table,
        names,
        frozenset(_column(item) for item in items if _is_aliased(item)),
        aggregates=bool(items) and all(map(_is_aggregate, items)) and "GROUP" not in parts.sections,
        where=parts.relations("WHERE"),
        limit=parts.terms.term(parts.sections["LIMIT"]) if "LIMIT" in parts.sections else None,
    )


def _insert(parts: _Parts) -> Reading:
    into, values = parts.sections.get("INTO", ()), parts.sections.get("VALUES", ())
    names = [item[0].identifier for item in split(_inside(into), ",")]
    terms = [parts.terms.term(item) for item in split(_inside(values), ",")]
    sets = {name: term for name, term in zip(names, terms, strict=False) if name is not None}
    return Reading("insert", parts.keyspace, parts.table, sets=sets)


def _update(parts: _Parts) -> Reading:
    return _written("update", parts, dict(_assignments(parts.sections.get("SET", ()), parts.terms)))


def _delete(parts: _Parts) -> Reading:
    names = [item[0].identifier for item in split(parts.sections["DELETE"], ",")]
    return _written("delete", parts, {name: Term(constant=None) for name in names if name is not None})


def _written(verb: str, parts: _Parts, sets: dict[str, Term]) -> Reading:
    return Reading(
        verb,
        parts.keyspace,
        parts.table,
        sets=sets,
        where=parts.relations("WHERE"),
        conditions=parts.relations("IF"),
    )


_READERS: Final = {"select": _select, "insert": _insert, "update": _update, "delete": _delete}


def _without(section: Sequence[Token], word: str) -> Sequence[Token]:
    # `distinct` alone is a column.
    skip = len(section) > 1 and section[0].keyword == word and section[1].text not in {",", "."}
    return section[1:] if skip else section


def _inside(section: Sequence[Token]) -> Sequence[Token]:
    """What stands between the section's brackets."""
    opening = next((at for at, token in enumerate(section) if token.text == "("), len(section))
    return section[opening + 1 : -1]


def _column(item: Sequence[Token]) -> str:
    """The name under which the server gives a selected item."""
    if _is_aliased(item):
        return item[-1].identifier or ""
    if len(item) == 1:
        return item[0].identifier or item[0].text
    text = constant_text(item)
    name = item[0].text.lower()
    if text.lower() in ("count(*)", "count(1)"):
        return "count"
    return text if name in _UNQUALIFIED or item[1].text != "(" else f"system.{text}"


def _is_aliased(item: Sequence[Token]) -> bool:
    return len(item) > 2 and item[-2].keyword == "AS"


_UNQUALIFIED: Final = frozenset({"writetime", "maxwritetime", "ttl", "cast"})
_AGGREGATES: Final = frozenset({"count", "sum", "avg", "min", "max"})


def _is_aggregate(item: Sequence[Token]) -> bool:
    return len(item) > 1 and item[0].text.lower() in _AGGREGATES and item[1].text == "("


_SUFFIXES: Final = {
    "=": "",
    "<": "__lt",
    "<=": "__lte",
    ">": "__gt",
    ">=": "__gte",
    "!=": "__ne",
    "IN": "__in",
    "CONTAINS": "__contains",
    "CONTAINS KEY": "__contains_key",
    "LIKE": "__like",
}


def _relations(section: Sequence[Token], terms: Terms) -> Iterator[tuple[str, Term]]:
    for relation in split(section, "AND"):
        at = next((at for at, token in enumerate(relation) if at and _operator(token) in _SUFFIXES), None)
        if at is None:
            continue  # IF EXISTS, IF NOT EXISTS, IS NOT NULL
        operator, value = _operator(relation[at]), relation[at + 1 :]
        if operator == "CONTAINS" and value and value[0].keyword == "KEY":
            operator, value = "CONTAINS KEY", value[1:]
        left = relation[:at]
        name = left[0].identifier if len(left) == 1 else constant_text(left)
        yield f"{name}{_SUFFIXES[operator]}", terms.term(value)


def _operator(token: Token) -> str:
    return token.keyword or token.text


def _assignments(section: Sequence[Token], terms: Terms) -> Iterator[tuple[str, Term]]:
    for assignment in split(section, ","):
        at = next((at for at, token in enumerate(assignment) if token.text in ("=", "+=", "-=")), None)
        if at is None:
            continue
        left, right = assignment[:at], assignment[at + 1 :]
        if len(right) > 2 and right[1].text in ("+", "-") and right[0].identifier == left[0].identifier:
            right = right[2:]  # tags = tags + ?
        name = left[0].identifier if len(left) == 1 else constant_text(left)
        yield name or "", terms.term(right)


@lru_cache(maxsize=1024)
def mark_count(text: str) -> int | None:
    """How many values ``text`` takes; None if it cannot be read."""
    try:
        return len(marks(text))
    except InvalidQueryError:
        return None


@lru_cache(maxsize=1024)
def reads_schema(text: str) -> bool:
    """Whether it is a SELECT from ``system_schema``."""
    return any(a.keyword == "FROM" and b.identifier == "system_schema" for a, b in pairwise(read(text)))


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
