"""Values between texts of a shell and CQL: parameters are read by their types, and cells are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from ipaddress import ip_address
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie.cli.stop import Stop
from coodie.cql.literals import literal
from coodie.cql.nodes import Select
from coodie.cql.parsing.facts import clause_items
from coodie.cql.parsing.statements import parse
from coodie.cql.types import CqlType

_TEXTS: Final[dict[str, Callable[[str], Any]]] = {
    "ascii": str,
    "text": str,
    "timestamp": lambda text: datetime.fromisoformat(text.removesuffix("Z") + ("+00:00" if text[-1:] == "Z" else "")),
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "inet": ip_address,
}
"""Types whose literals have quotes in CQL, which a shell takes away."""


def read_value(name: str, text: str, cql_type: CqlType) -> Any:
    """The value of a parameter: ``null``, the text of a text, an ISO 8601 time, or a literal of CQL.

    Raises `Stop` for a text that is no value of the type.
    """
    if text == "null":
        return None
    try:
        read = _TEXTS.get(str(cql_type))
        return _literal(text) if read is None else read(text)
    except (InvalidQueryError, TypeError, ValueError) as error:
        raise Stop(f"the parameter {name} is no {cql_type}") from error


def _literal(text: str) -> Any:
    node = parse(f"SELECT a FROM t WHERE a = {text}")
    items = clause_items(node)
    if not isinstance(node, Select) or len(node.where) != 1 or len(items) != 2:
        raise ValueError("not a literal")
    found = items[1].value(())
    literal(found)  # raises for a node, such as that of a function
    return found


def shown(value: Any) -> str | None:
    """A cell as text; None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    try:
        text = literal(value)
    except TypeError:
        return str(value)
    return text[1:-1] if text[:1] == "'" else text
