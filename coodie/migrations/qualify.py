"""Statements with the names of a file in a keyspace: one folder serves many keyspaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

from coodie.cql.lexer import tokens
from coodie.cql.names import quote
from coodie.cql.nodes import BeginBatch, CreateView, Name, Node, Opaque

_FIELDS: Final = ("view", "base", "table", "name", "type")
_NAMED: Final = frozenset({"FUNCTION", "AGGREGATE", "TRIGGER", "INDEX"})
"""What stands in a keyspace among the statements that are kept as text; roles and permissions do not."""
_LEADING: Final = frozenset({"CREATE", "DROP", "OR", "REPLACE", "CUSTOM"})


def qualified(node: Node, keyspace: str) -> Node:
    """The statement with ``keyspace`` for each name that has none."""
    match node:
        case Opaque(text, about):
            return node if about is None or about.keyspace else Opaque(_qualified_text(text, about, keyspace), about)
        case BeginBatch(statements):
            return replace(node, statements=tuple(cast("Any", qualified(each, keyspace)) for each in statements))
        case CreateView(view, base):
            return replace(node, view=_placed(view, keyspace), base=_placed(base, keyspace))
        case _:
            return _with_names(node, keyspace)


def names_in(node: Node) -> tuple[Name, ...]:
    """The names of tables, views, types, indexes and functions that the statement is about."""
    if isinstance(node, BeginBatch):
        return tuple(name for each in node.statements for name in names_in(each))
    if isinstance(node, Opaque):
        return () if node.about is None else (node.about,)
    found = (getattr(node, field, None) for field in _FIELDS)
    return tuple(each for each in found if isinstance(each, Name))


def _with_names(node: Any, keyspace: str) -> Node:
    named = {field: getattr(node, field, None) for field in _FIELDS}
    changes: dict[str, Any] = {
        field: _placed(name, keyspace) for field, name in named.items() if isinstance(name, Name) and not name.keyspace
    }
    made: Node = replace(node, **changes) if changes else node
    return made


def _placed(name: Name, keyspace: str) -> Name:
    return name if name.keyspace else Name(name.name, keyspace)


def _qualified_text(text: str, about: Name, keyspace: str) -> str:
    """The text with the keyspace before its first name, if it is one of those that stand in a keyspace."""
    found = tokens(text)
    words = [each.keyword for each in found]
    at = next((at for at, each in enumerate(words) if each not in _LEADING), 0)
    if words[at] not in _NAMED:
        return text
    # An index and a trigger stand in the keyspace of their table, whose name comes after ON.
    start = words.index("ON") if "ON" in words and words[at] in ("TRIGGER", "INDEX") else at
    for token in found[start + 1 :]:
        if token.identifier == about.name:
            from_here = token.start
            return f"{text[:from_here]}{quote(keyspace)}.{text[from_here:]}"
    return text
