"""Reads expressions: the values of INSERT, SET and WHERE, and the items of a SELECT list, which may contain columns.

The server has two grammars for these, ``term`` and ``selector``. The main difference is that only the second allows
columns. So there is one grammar here, with a flag that says which of the two is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from coodie.cql.lexer import token_kind
from coodie.cql.nodes import (
    BIND,
    NULL,
    Arithmetic,
    Bind,
    Call,
    Cast,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Items,
    Literal,
    Negative,
    NestedElement,
    Range,
    Ref,
    Star,
    Term,
    TokenCall,
)
from coodie.cql.parsing.cursor import Cursor, is_name
from coodie.cql.parsing.types import hint_end, read_written
from coodie.cql.parsing.values import normal_text
from coodie.cql.types import Native

_SUMS: Final = ("+", "-")
_PRODUCTS: Final = ("*", "/", "%")


def read_term(c: Cursor) -> Term:
    """A value."""
    return _sum(c, False)


def read_selectable(c: Cursor) -> Term:
    """An item of a SELECT list."""
    return _sum(c, True)


def _reader(columns: bool) -> Callable[[Cursor], Term]:
    return read_selectable if columns else read_term


def _sum(c: Cursor, columns: bool) -> Term:
    left = _product(c, columns)
    while c.word in _SUMS and not (c.word == "+" and not columns and _is_column(c, 1)):
        if is_negative(c, c.at):
            c.refuse("to the server this is a negative number, not a difference: put a space after the minus")
        if _begins_uuid(c):
            c.refuse("to the server this begins a UUID: put a space before the minus", c.at - 1)
        check_minus(c)
        c.deeper()
        left = _arithmetic(left, c.take(), _product(c, columns))
    return left


def is_negative(c: Cursor, at: int) -> bool:
    """Whether ``-1`` comes next, which the server's lexer reads as one token wherever it stands."""
    if c.words[at] != "-":
        return False
    number = token_kind(c.texts[at + 1]) in _NUMBERS or c.words[at + 1] in ("NAN", "INFINITY")
    return number and c.touches(at)


def _begins_uuid(c: Cursor) -> bool:
    """Whether the minus that comes next follows eight digits of a UUID, as in ``20200101- 2`` and ``deadbeef-1``."""
    digits = c.word == "-" and _EIGHT.fullmatch(c.texts[c.at - 1]) is not None
    return digits and c.touches(c.at - 1) and not is_negative(c, c.at - 2)


_EIGHT: Final = re.compile("[0-9a-fA-F]{8}")


def check_minus(c: Cursor) -> None:
    """Refuse a minus directly before what the server's lexer reads as the start of a number: ``-0x12``, ``-now()`` and
    ``-Price``.
    """
    if c.word != "-":
        return
    after = c.texts[c.at + 1]
    blob = token_kind(after) in ("blob", "uuid") and after[0].isdigit()
    word = after[:1] in "nNiIP" and token_kind(after) == "word" and c.words[c.at + 1] not in ("NAN", "INFINITY")
    if after and (blob or word) and c.touches(c.at):
        c.refuse("to the server this begins a negative number: put a space after the minus")


def _is_column(c: Cursor, ahead: int) -> bool:
    """Whether a column comes there. After ``? +`` in SET it ends the value, as in ``a = ? + a``, which prepends."""
    return is_name(c.texts[c.at + ahead]) and c.ahead(ahead + 1) not in ("(", ".")


def _product(c: Cursor, columns: bool) -> Term:
    left = _primary(c, columns)
    while c.word in _PRODUCTS:
        c.deeper()
        left = _arithmetic(left, c.take(), _primary(c, columns))
    return left


def _arithmetic(left: Term, operator: str, right: Term) -> Term:
    (one, before), (other, after) = _unwrapped(left), _unwrapped(right)
    return Arithmetic(one, operator, other, (before, after))


def _unwrapped(term: Term) -> tuple[Term, int]:
    """An operand without its parentheses, and how many it had: tuples have no arithmetic, so ``(a)`` is just ``a``."""
    match term:
        case Items("(", (only,)):
            inner, count = _unwrapped(only)
            return inner, count + 1
        case _:
            return term, 0


def _primary(c: Cursor, columns: bool) -> Term:
    if c.word == "?" and not columns:
        c.at += 1
        return BIND
    depth = c.depth
    found = _whole(c, columns)
    found = _stepped(c, found) if columns else found
    c.depth = depth
    return found


def _whole(c: Cursor, columns: bool) -> Term:
    """A term without the elements and fields that may follow it."""
    c.deeper()
    if is_name(c.texts[c.at]):
        return _named(c, columns)
    read = _READERS.get(c.word)
    return read(c, columns) if read is not None else _constant(c)


def _named(c: Cursor, columns: bool) -> Term:
    """A function call or, where columns are allowed, a column."""
    after = c.words[c.at + 1]
    if after == "(":
        read = _SPECIAL.get(c.word)
        return read(c, columns) if read is not None else _call(c, columns)
    if after == "." and c.ahead(3) == "(" and (is_name(c.texts[c.at + 2]) or c.ahead(2) == "TOKEN"):
        keyspace = c.name()
        c.expect(".")
        return _call(c, columns, keyspace)
    if not columns:
        c.fail("a value")
    return Ref(c.name())


def _stepped(c: Cursor, found: Term) -> Term:
    """``found`` with the elements and fields that follow it, as in ``homes['x'].zip``."""
    while True:
        c.deeper()
        if c.accept("["):
            step = _index(c)
            c.expect("]")
            found = Element(found.column, step) if isinstance(found, Ref) else NestedElement(found, step)
        elif c.accept("."):
            field = c.name("the name of a field")
            found = FieldOf(found.column, field) if isinstance(found, Ref) else NestedElement(found, field)
        else:
            return found


def _index(c: Cursor) -> Term:
    first = None if c.word == ".." else read_term(c)
    if first is not None and not c.accept(".."):
        return first
    if first is None:
        c.expect("..")
    last = None if c.word == "]" else read_term(c)
    if first is None and last is None:
        c.fail("an end of the range")
    return Range(first, last)


def _call(c: Cursor, columns: bool, keyspace: str | None = None) -> Term:
    if c.word in _NO_FUNCTIONS or (c.word == "EXPR" and c.touches(c.at)):
        c.fail("the name of a function")
    written = c.texts[c.at] if c.word in _AS_WRITTEN else ""
    function = c.take().lower() if c.word == "TOKEN" else c.name("the name of a function")
    function = written or function
    return Call(function, _arguments(c, columns), keyspace)


def _arguments(c: Cursor, columns: bool) -> tuple[Term, ...]:
    return () if c.accepts("(", ")") else c.bracketed(_reader(columns))


_NO_FUNCTIONS: Final = frozenset({"TTL", "WRITETIME", "MAXWRITETIME", "KEY", "JSON", "DISTINCT", "CAST"})
"""Words that can be names of columns, but not of functions."""
_AS_WRITTEN: Final = frozenset(
    """
    ACCESS AGGREGATE AGGREGATES ALL ANN AS CALLED CIDRS CLUSTERING COMPACT CONTAINS CUSTOM DATACENTERS DEFAULT EXISTS
    FILTERING FINALFUNC FROZEN FUNCTION FUNCTIONS GROUP HASHED INITCOND INPUT INTERNALS KEYS KEYSPACES LANGUAGE LIKE
    LIST LOGIN MAP MASKED NOLOGIN NOSUPERUSER ONLY OPTIONS PARTITION PASSWORD PER PERMISSION PERMISSIONS RETURNS ROLE
    ROLES SFUNC STATIC STORAGE STYPE SUPERUSER SUPERUSERS TABLES TRIGGER TUPLE TYPE TYPES UNSET USER USERS VALUES VECTOR
    """.split()
)
"""Keywords that a server keeps as they are written when they name a function: there is none, and it says so."""


def _of_column(c: Cursor, columns: bool) -> Term:
    """``ttl(column)`` and similar functions, which take a column or a part of one, and only in a SELECT list."""
    if not columns:
        c.fail("a value")
    function = c.take().lower()
    c.expect("(")
    argument = _stepped(c, Ref(c.name("the name of a column")))
    c.expect(")")
    return Call(function, (argument,))


def _count(c: Cursor, columns: bool) -> Term:
    if columns and c.ahead(2) == "*":
        c.at += 1
        c.expect("(", "*", ")")
        return Call("count", (Star(),))
    return _call(c, columns)


def _cast(c: Cursor, columns: bool) -> Term:
    c.expect("CAST", "(")
    term = _sum(c, columns) if columns else _simple(c, columns)
    c.expect("AS")
    at = c.at
    cql_type, written = read_written(c)
    if not isinstance(cql_type, Native):
        c.refuse("a CAST makes values of CQL's own types only, such as text", at)
    c.expect(")")
    return Cast(term, cql_type, written)


def _simple(c: Cursor, columns: bool) -> Term:
    """A term without arithmetic or sign, except that of a number: the operand of CAST, of a sign and of a type hint."""
    if c.word == "-" and not is_negative(c, c.at):
        c.fail("a value without a sign")
    return _primary(c, columns)


def _token(c: Cursor, columns: bool) -> Term:
    c.expect("TOKEN")
    return TokenCall(_arguments(c, columns))


def read_mark(c: Cursor) -> Bind:
    """The bind mark that must come next: ``?`` or ``:name``."""
    if c.accept("?"):
        return BIND
    c.expect(":")
    return Bind(c.name("the name of a bind mark"))


def _mark(c: Cursor, columns: bool) -> Term:
    return read_mark(c)


def _minus(c: Cursor, columns: bool) -> Term:
    check_minus(c)
    touches = c.touches(c.at)
    c.expect("-")
    signed = columns and c.word == "-"  # in a SELECT list, a sign may follow a sign
    match _unwrapped(_minus(c, columns) if signed else _simple(c, columns)):
        case Literal(kind, text) as number, 0 if touches and kind in _NUMBERS and not text.startswith("-"):
            return Literal(kind, f"-{text}", f"-{number.written}" if number.written else "")
        case operand, count:
            return Negative(operand, count)


def _brackets(c: Cursor, columns: bool) -> Term:
    end = hint_end(c)
    if end and begins(c, end, columns):
        c.expect("(")
        cql_type, written = read_written(c)
        c.expect(")")
        return Hint(cql_type, _whole(c, columns) if columns else _simple(c, columns), written)
    return Items("(", c.bracketed(_reader(columns)))


_NUMBERS: Final = ("integer", "float", "duration")
_OPENING: Final = frozenset("?:([{")


def _is_value(text: str) -> bool:
    return token_kind(text) not in ("word", "name", "op", None)


def _square(c: Cursor, columns: bool) -> Term:
    c.expect("[")
    items = () if c.word == "]" else c.listed(_reader(columns))
    c.expect("]")
    return Items("[", items)


def _curly(c: Cursor, columns: bool) -> Term:
    if c.ahead(2) == ":" and is_name(c.texts[c.at + 1]):
        return _fields(c, columns)
    c.expect("{")
    if c.accept("}"):
        return Items("{")
    read = _reader(columns)
    first = read(c)
    if not c.accept(":"):
        rest = c.listed(read) if c.accept(",") else ()
        c.expect("}")
        return Items("{", (first, *rest))
    entries = [(first, read(c))]
    while c.accept(","):
        entries.append(_pair(c, read))
    c.expect("}")
    return Entries(tuple(entries))


def _pair(c: Cursor, read: Callable[[Cursor], Term]) -> tuple[Term, Term]:
    key = read(c)
    c.expect(":")
    return key, read(c)


def _fields(c: Cursor, columns: bool) -> Term:
    """A user-defined type; or a map, if other keys than names follow, as they may in a SELECT list."""
    read = _reader(columns)

    def entry(c: Cursor) -> tuple[Term, Term]:
        if columns and not (c.ahead(1) == ":" and is_name(c.texts[c.at])):
            return _pair(c, read)
        name = c.name("the name of a field")
        c.expect(":")
        return Ref(name), read(c)

    c.expect("{")
    entries = c.listed(entry)
    c.expect("}")
    fields = tuple((key.column, value) for key, value in entries if isinstance(key, Ref))
    return Fields(fields) if len(fields) == len(entries) else Entries(entries)


def begins(c: Cursor, at: int, columns: bool) -> bool:
    """Whether an expression begins at that token. If so, a ``(name)`` before it is a type, and a JSON a keyword."""
    text = c.texts[at]
    if text == "-":  # or it is a difference
        return is_negative(c, at)
    if is_name(text):
        if not columns:  # a call
            return c.words[at + 1] in ("(", ".")
        return c.words[at] != "AS" or c.words[at + 1] == "AS" or not is_name(c.texts[at + 1])  # `(a) AS b`
    if text == ":":  # or the key of a map comes before it
        return is_name(c.texts[at + 1]) and c.words[at + 2] != "("
    return text in _OPENING or c.words[at] in _WORDS or c.words[at] == "TOKEN" or _is_value(text)


def read_constant(c: Cursor) -> Literal:
    """A literal that is not a collection: the value of an option, JSON or a limit."""
    if c.word == "-" and c.touches(c.at):
        c.at += 1
        found = _constant(c)
        if found.kind not in _NUMBERS:
            c.fail("a number", c.at - 1)
        return Literal(found.kind, f"-{found.text}", f"-{found.written}" if found.written else "")
    return _constant(c)


def _constant(c: Cursor) -> Literal:
    text, word = c.texts[c.at], c.word
    if word in _WORDS:
        c.at += 1
        found = _WORDS[word]
        return Literal("boolean", found.text, text) if found.kind == "boolean" and text != found.text else found
    kind = token_kind(text)
    if kind is None or kind == "word" or kind == "name" or kind == "op":
        c.fail("a value")
    c.at += 1
    normal = normal_text(kind, text)
    return Literal(kind, normal, "" if kind == "string" or normal == text else text)


_WORDS: Final = {
    "TRUE": Literal("boolean", "true"),
    "FALSE": Literal("boolean", "false"),
    "NULL": NULL,
    "NAN": Literal("float", "NaN"),
    "INFINITY": Literal("float", "Infinity"),
}

_READERS: Final[dict[str, Callable[[Cursor, bool], Term]]] = {
    "?": _mark,
    ":": _mark,
    "-": _minus,
    "(": _brackets,
    "[": _square,
    "{": _curly,
    "TOKEN": _token,
}
_SPECIAL: Final[dict[str, Callable[[Cursor, bool], Term]]] = {
    "COUNT": _count,
    "CAST": _cast,
    **dict.fromkeys(("TTL", "WRITETIME", "MAXWRITETIME"), _of_column),
}
