"""Values as CQL literals: for shown requests and for text that is pasted into a shell.

Never used to send anything: what is sent is bound. The value decides the form, the CQL type only where Python has
fewer containers than CQL. Sets and maps are written in CQL's own order, so that one value has one literal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

from coodie._words import a_type
from coodie.cql.encode import encoder_of
from coodie.cql.names import quote
from coodie.cql.natives import NATIVES, type_of_value
from coodie.cql.order import sort_key
from coodie.cql.types import NATIVE, CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import Secret, SecretBlob, UdtValue, Unreadable


class Rename(Protocol):
    """Puts names in the place of values that differ from run to run."""

    def __call__(self, value: Any, /) -> str | None:
        """The text that stands for ``value``, or None for its literal."""
        ...

    def rank(self, value: Any, /) -> int:
        """Where a value stands among others of a set: those with one rank keep CQL's order."""
        ...


def literal(value: Any, cql_type: CqlType | None = None, rename: Rename | None = None) -> str:
    """``value`` as it would stand in a CQL text; None is ``null``.

    ``cql_type`` tells a list from a tuple and a map from a user-defined type; without it the Python type does.
    Raises TypeError for what is no value of CQL, `UNSET` included.
    """
    if value is None:
        return "null"
    if _is(value, Secret, SecretBlob):
        return repr(value)  # masked, whoever asks
    if rename is not None and (renamed := rename(value)) is not None:
        return renamed
    if _is(value, list, tuple):
        return _sequence(value, cql_type, rename)
    if _is(value, set, frozenset):
        return _set(value, cql_type, rename)
    if _is(value, dict):
        return _mapping(value, cql_type, rename)
    counted = NATIVES[cql_type.name].counted if isinstance(cql_type, Native) else None
    if counted is not None and counted.shift and (number := counted.number_in(value)) is not None:
        return str(number + counted.shift)
    return _scalar(value.number if _is(value, Unreadable) else value)


def _is(value: Any, *types: type) -> bool:
    """``isinstance`` for a value that stays Any: type checkers do not agree on what it would be narrowed to."""
    return isinstance(value, types)


def _sequence(value: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    items = list(value)
    if isinstance(cql_type, Tuple) or (cql_type is None and isinstance(value, tuple)):
        elements = cql_type.elements if isinstance(cql_type, Tuple) else ()
        types = (*elements, *(None for _ in items[len(elements) :]))
        return f"({', '.join(literal(item, kind, rename) for item, kind in zip(items, types, strict=False))})"
    return f"[{', '.join(literal(item, _element(cql_type), rename) for item in items)}]"


def _set(value: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    element = _element(cql_type)
    return f"{{{', '.join(literal(item, element, rename) for item in _settled(value, element, rename))}}}"


def _mapping(value: dict[Any, Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    if isinstance(cql_type, Udt) or (cql_type is None and isinstance(value, UdtValue)):
        return _udt(value, cql_type, rename)
    key, item = (cql_type.key, cql_type.value) if isinstance(cql_type, Map) else (None, None)
    parts = (f"{literal(k, key, rename)}: {literal(value[k], item, rename)}" for k in _settled(value, key, rename))
    return f"{{{', '.join(parts)}}}"


def _udt(value: dict[str, Any], cql_type: CqlType | None, rename: Rename | None) -> str:
    types = dict(cql_type.fields) if isinstance(cql_type, Udt) else {}
    # In the order of the type, which is the order of the wire; what the type does not know comes last.
    names = sorted(value, key=lambda name: list(types).index(name) if name in types else len(types))
    return f"{{{', '.join(f'{quote(name)}: {literal(value[name], types.get(name), rename)}' for name in names)}}}"


def _element(cql_type: CqlType | None) -> CqlType | None:
    return cql_type.element if isinstance(cql_type, (List, Set, Vector)) else None


def _settled(items: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> list[Any]:
    """In CQL order, except that values with names go by those: where chance has put them is no order to keep."""
    found = ordered(items, cql_type)
    return sorted(found, key=lambda item: _rank(item, rename)) if rename is not None else found


def _rank(value: Any, rename: Rename) -> int:
    if _is(value, tuple, frozenset):
        return max((_rank(item, rename) for item in value), default=0)
    return rename.rank(value)


def _scalar(value: Any) -> str:
    row = type_of_value(value)
    if row is None:
        raise TypeError(f"{a_type(value)} is no value of CQL")
    return row.literal(value)


def ordered(items: Iterable[Any], cql_type: CqlType | None = None) -> list[Any]:
    """The values in the order in which the server keeps them in a set, or as the keys of a map."""
    return sorted(items, key=_key(cql_type))


_Key: TypeAlias = Callable[[Any], tuple[Any, ...]]


def _key(cql_type: CqlType | None) -> _Key:
    """What makes a value's sort key: first those of the type; others, which the server would refuse, by their text."""
    if cql_type is None:
        return _untyped_key
    try:
        encode, place = encoder_of(cql_type, sort_sets=True), sort_key(cql_type)
    except ValueError:  # a user-defined type whose fields nobody has told
        return _untyped_key

    def key(value: Any) -> tuple[Any, ...]:
        try:
            return (0, place(encode(value)))
        except (TypeError, ValueError):
            return (1, type(value).__name__, repr(value))

    return key


def _untyped_key(value: Any) -> tuple[Any, ...]:
    """Null first, then by type: those of one type in its order."""
    if value is None:
        return ()
    if _is(value, dict):
        return ("dict", tuple((_untyped_key(name), _untyped_key(value[name])) for name in ordered(value)))
    if _is(value, list, tuple):
        return ("list", tuple(map(_untyped_key, value)))
    if _is(value, set, frozenset):
        return ("set", tuple(map(_untyped_key, ordered(value))))
    row = type_of_value(value)
    return (type(value).__name__, repr(value)) if row is None else (row.name, _key(NATIVE[row.name])(value))
