"""The CQL types of what a text binds and selects, which the vendor knows and does not tell.

They follow from the text and from the types of the table's columns, which the driver reads from ``system_schema``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from coodie._errors import InvalidQueryError
from coodie.cql.lexer import named_marks
from coodie.cql.message import Mark
from coodie.cql.nodes import (
    Arithmetic,
    BeginBatch,
    Bind,
    Call,
    Cast,
    Delete,
    Element,
    FieldOf,
    Hint,
    Insert,
    InsertJson,
    Negative,
    NestedElement,
    Node,
    Range,
    Ref,
    Select,
    Star,
    Term,
    TokenCall,
    Update,
)
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.statements import mark_type, render
from coodie.cql.types import BIGINT, INT, NATIVE, TEXT, CqlType, List, Map, Set, Udt, is_multicell
from coodie.drivers.acsylla.unsupported import unsupported

Types = Mapping[str, CqlType | None]
"""The types of the columns of one table; None for one that only the server knows, which is a class of it."""


@dataclass(frozen=True, slots=True)
class TextTypes:
    """What is known about a text.

    ``marks`` has the name and type of each bind mark. ``selected`` has the types of the columns of the answer from left
    to right, or None if they go by their names, which are keys of ``by_name``.
    """

    marks: tuple[Mark, ...]
    selected: tuple[CqlType, ...] | None
    by_name: Types


Data = Select | Insert | InsertJson | Update | Delete
"""The statements that read or write data."""


def read_node(cql: str) -> Data | BeginBatch:
    """The node of a text that the server has prepared; each ``:name`` is a ``?`` in it, whose type has a place."""
    text = cql
    for name in reversed(named_marks(cql)):
        if name is not None:
            text = f"{text[: text.rindex(':', 0, name.start)]}?{text[name.end :]}"
    try:
        node: Node = parse(text)
    except InvalidQueryError:
        node = None  # type: ignore[assignment]
    if not isinstance(node, (Select, Insert, InsertJson, Update, Delete, BeginBatch)):
        raise unsupported("this form of statement, whose types coodie cannot tell", cql)
    return node


def types_of_batch(node: BeginBatch, columns: Sequence[Types], cql: str) -> TextTypes:
    """The types of a batch that is written as text, given those of the table of each statement."""
    first = render(replace(node, statements=())).marks({})
    parts = [types_of(statement, types, cql) for statement, types in zip(node.statements, columns, strict=True)]
    marks = first + tuple(mark for part in parts for mark in part.marks)
    return TextTypes(marks, None, parts[0].by_name if parts else {})


def types_of(node: Data, columns: Types, cql: str) -> TextTypes:
    """The types of a text, given those of the table's columns.

    Raises `NotSupportedByDriver` for a text whose types do not follow from those.
    """
    selectors = node.selectors if isinstance(node, Select) else ()
    selected = [found for each in selectors for found in _bound(each.term, columns)]
    marks = render(node).marks({name: kind for name, kind in columns.items() if kind is not None})
    marks = tuple(Mark(mark.name, kind) for mark, kind in zip(marks, selected, strict=False)) + marks[len(selected) :]
    for mark in marks:
        if mark.type is None:
            raise unsupported(f"the bind mark {mark.name}, whose type it does not tell", cql)
    by_name = {**columns, "[applied]": NATIVE["boolean"]}
    if not isinstance(node, Select):
        return TextTypes(marks, None, by_name)
    if node.json:
        return TextTypes(marks, (TEXT,), by_name)
    if any(isinstance(selector.term, Star) for selector in node.selectors):
        return TextTypes(marks, None, by_name)
    return TextTypes(marks, tuple(_selected(each.term, columns, cql) for each in node.selectors), by_name)


def _bound(term: Term, columns: Types, kind: CqlType | None = None) -> Iterator[CqlType | None]:
    """The type of each bind mark in a term of a SELECT list; ``kind`` is that of the term, if its place tells."""
    match term:
        case Bind():
            yield kind
        case Cast(inner, _) | Negative(inner):
            yield from _bound(inner, columns)
        case Hint(stated, inner):
            yield from _bound(inner, columns, stated)
        case Element(column, key):
            yield from _bound(key, columns, _key(columns.get(column)))
        case Arithmetic(left, _, right):
            yield from _bound(left, columns)
            yield from _bound(right, columns)
        case Call(function, arguments):
            for place, each in enumerate(arguments):
                yield from _bound(each, columns, _argument(_plain(function), place, arguments, columns))
        case _:
            return


def _argument(function: str, place: int, arguments: tuple[Term, ...], columns: Types) -> CqlType | None:
    """The type of an argument of a function; None if it is unknown."""
    match function:
        case "similaritycosine" | "similarityeuclidean" | "similaritydotproduct":
            return type_of_term(arguments[1 - place], columns) if place < 2 else None
        case "maskinner" | "maskouter" if place:
            return TEXT if place == 3 else INT
        case "maskreplace" if place:
            return type_of_term(arguments[0], columns)
        case _:
            return mark_type(f"arg{place}(system.{function})", {})


def _plain(function: str) -> str:
    """The name of a function as in Cassandra 4, whose names have no underscores."""
    return function.lower().replace("_", "")


def _key(whole: CqlType | None) -> CqlType | None:
    match whole:
        case Map(key) | Set(key):
            return key
        case List():
            return INT
        case _:
            return None


def _selected(term: Term, columns: Types, cql: str) -> CqlType:
    found = type_of_term(term, columns)
    if found is None:
        what = f"the function {term.function}" if isinstance(term, Call) else "an expression"
        raise unsupported(
            f"{what} in a SELECT list, whose type it does not tell; CAST(... AS type) around it states one", cql
        )
    return found


def type_of_term(term: Term, columns: Types) -> CqlType | None:
    """The type of a term in a SELECT list; None if it is unknown."""
    match term:
        case Ref(column):
            return columns.get(column)
        case Cast(_, stated) | Hint(stated, _):
            return stated
        case TokenCall():
            return BIGINT  # of the Murmur3Partitioner, the only one for which coodie computes tokens
        case Element(column, key):
            return _element(columns.get(column), key)
        case FieldOf(column, field):
            return _field(columns.get(column), field)
        case NestedElement(of, str() as field):
            return _field(type_of_term(of, columns), field)
        case NestedElement(of, key) if not isinstance(key, str):
            return _element(type_of_term(of, columns), key)
        case Call(function, arguments, None | "system"):
            return _result(_plain(function), arguments, columns)
        case _:
            return None


def _element(whole: CqlType | None, key: Term) -> CqlType | None:
    match whole:
        case List() | Set() | Map() if isinstance(key, Range):
            return whole
        case Map(_, element) | List(element) | Set(element):
            return element
        case _:
            return None


def _field(whole: CqlType | None, field: str) -> CqlType | None:
    return dict(whole.fields).get(field) if isinstance(whole, Udt) else None


_FIXED: Final = {
    "count": BIGINT,
    "countrows": BIGINT,
    "tojson": TEXT,
    "now": NATIVE["timeuuid"],
    "currenttimeuuid": NATIVE["timeuuid"],
    "currenttimestamp": NATIVE["timestamp"],
    "currentdate": NATIVE["date"],
    "currenttime": NATIVE["time"],
    "uuid": NATIVE["uuid"],
    "mintimeuuid": NATIVE["timeuuid"],
    "maxtimeuuid": NATIVE["timeuuid"],
    "todate": NATIVE["date"],
    "totimestamp": NATIVE["timestamp"],
    "tounixtimestamp": BIGINT,
    "similaritycosine": NATIVE["float"],
    "similarityeuclidean": NATIVE["float"],
    "similaritydotproduct": NATIVE["float"],
    "collectioncount": INT,
    "maskhash": NATIVE["blob"],
}
"""Functions whose result has always the same type; the names are those of Cassandra 4 and 5 without underscores."""


def _result(function: str, arguments: tuple[Term, ...], columns: Types) -> CqlType | None:
    if function in _FIXED:
        return _FIXED[function]
    of = type_of_term(arguments[0], columns) if arguments else None
    match function:
        case "min" | "max" | "sum" | "avg" | "abs" | "exp" | "log" | "log10" | "round":
            return of
        case "maskdefault" | "maskinner" | "masknull" | "maskouter" | "maskreplace":
            return of
        case "mapkeys" if isinstance(of, Map):
            return Set(of.key)
        case "mapvalues" if isinstance(of, Map):
            return List(of.value)
        case "collectionavg" | "collectionmax" | "collectionmin" | "collectionsum":
            return of.element if isinstance(of, List | Set) else None
        case "writetime" | "maxwritetime" | "ttl" if of is not None:
            each = INT if function == "ttl" else BIGINT
            return List(each) if function != "maxwritetime" and is_multicell(of) else each
        case _ if function.endswith("asblob"):
            return NATIVE["blob"]
        case _ if function.startswith("blobas"):
            return NATIVE.get(function[len("blobas") :])
        case _:
            return None
