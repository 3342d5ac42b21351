"""Values as CQL literals, for display and for text that is pasted into a shell.

They are never sent: values are always bound. The form follows from the Python value; the CQL type matters only where
Python has fewer container types than CQL. Sets and maps are written in the server's order, so that equal values have
equal literals.
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
    """Replaces values that differ from run to run by names."""

    def __call__(self, value: Any, /) -> str | None:
        """The text that stands for ``value``, or None for its literal."""
        ...

    def rank(self, value: Any, /) -> int:
        """The sort position of a value in a set; values of the same rank keep the server's order."""
        ...


def literal(value: Any, cql_type: CqlType | None = None, rename: Rename | None = None) -> str:
    """``value`` as a CQL literal; None is ``null``.

    ``cql_type`` distinguishes a list from a tuple and a map from a user-defined type; without it the Python type
    decides. Raises TypeError for anything that is not a CQL value, `UNSET` included.
    """
    if value is None:
        return "null"
    if _is(value, Secret, SecretBlob):
        return repr(value)  # its repr is masked, and literals must never reveal it
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
    """``isinstance`` that does not narrow, since mypy and pyright disagree about what Any is narrowed to."""
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
    # In the order of the type's fields, as on the wire; fields that the type does not have come last.
    names = sorted(value, key=lambda name: list(types).index(name) if name in types else len(types))
    return f"{{{', '.join(f'{quote(name)}: {literal(value[name], types.get(name), rename)}' for name in names)}}}"


def _element(cql_type: CqlType | None) -> CqlType | None:
    return cql_type.element if isinstance(cql_type, (List, Set, Vector)) else None


def _settled(items: Iterable[Any], cql_type: CqlType | None, rename: Rename | None) -> list[Any]:
    """The items in the server's order, except that renamed values are sorted by name: their own order is random."""
    found = ordered(items, cql_type)
    return sorted(found, key=lambda item: _rank(item, rename)) if rename is not None else found


def _rank(value: Any, rename: Rename) -> int:
    if _is(value, tuple, frozenset):
        return max((_rank(item, rename) for item in value), default=0)
    return rename.rank(value)


def _scalar(value: Any) -> str:
    row = type_of_value(value)
    if row is None:
        raise TypeError(f"{a_type(value)} is not a CQL value")
    return row.literal(value)


def ordered(items: Iterable[Any], cql_type: CqlType | None = None) -> list[Any]:
    """The values in the order in which the server keeps them in a set, or as keys of a map."""
    return sorted(items, key=_key(cql_type))


_Key: TypeAlias = Callable[[Any], tuple[Any, ...]]


def _key(cql_type: CqlType | None) -> _Key:
    """The function for sort keys: values of the type first; any others, which the server would refuse, by their
    text.
    """
    if cql_type is None:
        return _untyped_key
    try:
        encode, place = encoder_of(cql_type, sort_sets=True), sort_key(cql_type)
    except ValueError:  # a user-defined type whose fields are unknown
        return _untyped_key

    def key(value: Any) -> tuple[Any, ...]:
        try:
            return (0, place(encode(value)))
        except (TypeError, ValueError):
            return (1, type(value).__name__, repr(value))

    return key


def _untyped_key(value: Any) -> tuple[Any, ...]:
    """The sort key of a value without a CQL type: null first, then by Python type, then in the order of that type."""
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
