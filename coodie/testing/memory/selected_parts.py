"""Parts of what a SELECT list names: fields of user-defined types, elements and slices of sets and maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coodie.cql.frames import cells
from coodie.cql.message import UNSET
from coodie.cql.order import sort_key
from coodie.cql.terms import Range, Term
from coodie.cql.types import CqlType, List, Map, Set, Udt, is_multicell
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.packing import items_of, pack_list, pack_map, pairs_of
from coodie.testing.memory.raw_terms import constants
from coodie.testing.memory.selectables import Selectable
from coodie.testing.memory.typed import Gathered, Receiver, Run, Scope, Typed, Value, given
from coodie.testing.memory.value_terms import raw_term


class SelectedField(Selectable):
    """``address.zip``."""

    def __init__(self, of: Selectable, field: str) -> None:
        self._of, self._field = of, field
        self.text = f"{of.text}.{field}"

    def _place(self, kind: CqlType | None) -> tuple[int, CqlType]:
        if not isinstance(kind, Udt):
            raise errors.NOT_A_UDT(self._of.text, kind)
        names = [name for name, _ in kind.fields]
        if self._field not in names:
            raise errors.NO_FIELD(self._of.text, kind, self._field)
        at = names.index(self._field)
        return at, kind.fields[at][1]

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        kind = (self._of.only() or self._of).known()
        if not isinstance(kind, Udt):
            return None
        return dict(kind.fields).get(self._field)

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        only = self._of.only()
        if only is not None and only.known() is None:
            raise errors.NOT_INFERRED(self._of.text)
        of = (only or self._of).ready(None)
        at, kind = self._place(of.type)
        evaluate = of.evaluate

        def field(run: Run, row: Any) -> Value:
            value = given(evaluate(run, row))
            return None if value is None else list(cells(value, at + 1))[at]

        return Typed(kind, field, bound=of.bound)


class SelectedElement(Selectable):
    """``m['a']``, ``s['a']`` and slices of them."""

    def __init__(self, of: Selectable, key: Term, scope: Scope, gathered: Gathered) -> None:
        self._of, self._slice, self._gathered = of, isinstance(key, Range), gathered
        terms = [key.first, key.last] if isinstance(key, Range) else [key]
        self._keys = [None if term is None else raw_term(term, scope) for term in terms]
        shown = "..".join("" if each is None else each.text for each in self._keys)
        self.text = f"{of.text}[{shown}]"

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        match self._of.known():
            case Map(_, value) as kind:
                return kind if self._slice else value
            case Set(element) as kind:
                return kind if self._slice else element
            case _:
                return None

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        of = self._of.ready(None)
        kind = of.type
        match kind:
            case Map(key, value):
                receiver, result = Receiver(f"key({self._of.text})", key), value
            case Set(element):
                receiver, result = Receiver(f"value({self._of.text})", element), element
            case List():
                raise (errors.SLICE_OF_LIST if self._slice else errors.ELEMENT_OF_LIST)(self._of.text)
            case _:
                raise (errors.NOT_SLICED if self._slice else errors.NOT_A_COLLECTION)(self._of.text, kind)
        ends = [None if each is None else each.prepare(receiver) for each in self._keys]
        known = constants([end for end in ends if end is not None])
        if is_multicell(kind) and ends[0] is not None and known and known[0] is None:
            raise errors.NULL_IN_SET()
        bound = of.bound or any(end is not None and end.bound for end in ends)
        if self._slice:
            first_and_last = _ends(ends, self._of.text, receiver.type)
            self._gathered.parts.append(first_and_last)
            return Typed(kind, _slicer(kind, receiver.type, of, first_and_last), bound=bound)
        assert ends[0] is not None  # only a slice has open ends
        wanted = _wanted(ends[0], self._of.text, receiver.type)
        self._gathered.parts.append(wanted)
        return Typed(result, _picker(kind, receiver.type, of, wanted), bound=bound)


def key_of(end: Typed, run: Run, row: Any, name: str) -> bytes:
    """The key of an element."""
    value = end.evaluate(run, row)
    if value is None:
        raise errors.NULL_ELEMENT(name)
    if not isinstance(value, bytes):
        raise errors.UNSET_ELEMENT(name)
    return value


def end_of(end: Typed | None, run: Run, row: Any, name: str, place: Callable[[bytes], Any]) -> Any:
    """Where a slice ends; one that is unset is open."""
    value = UNSET if end is None else end.evaluate(run, row)
    if value is None:
        raise errors.NULL_SLICE(name)
    return place(value) if isinstance(value, bytes) else None


def _wanted(end: Typed, name: str, key: CqlType) -> Callable[[Run, Any], Any]:
    place = sort_key(key)
    return lambda run, row: place(key_of(end, run, row, name))


def _ends(ends: list[Typed | None], name: str, key: CqlType) -> Callable[[Run, Any], list[Any]]:
    place = sort_key(key)
    return lambda run, row: [end_of(end, run, row, name, place) for end in ends]


def _picker(kind: CqlType, key: CqlType, of: Typed, wanted: Callable[[Run, Any], Any]) -> Callable[[Run, Any], Value]:
    place = sort_key(key)

    def pick(run: Run, row: Any) -> Value:
        at = wanted(run, row)
        value = given(of.evaluate(run, row))
        if value is None:
            return None
        if isinstance(kind, Map):
            return next((item for each, item in pairs_of(value) if place(each) == at), None)
        return next((each for each in items_of(value) if each is not None and place(each) == at), None)

    return pick


def _slicer(
    kind: CqlType, key: CqlType, of: Typed, first_and_last: Callable[[Run, Any], list[Any]]
) -> Callable[[Run, Any], Value]:
    place = sort_key(key)

    def cut(run: Run, row: Any) -> Value:
        first, last = first_and_last(run, row)
        value = given(of.evaluate(run, row))
        if value is None:
            return None

        def inside(each: bytes) -> bool:
            at = place(each)
            return bool((first is None or first <= at) and (last is None or at <= last))

        if isinstance(kind, Map):
            pairs = pairs_of(value)
            if any(item is None for _, item in pairs):
                raise errors.NULL_IN_SET()
            found = [pair for pair in pairs if inside(pair[0])]
            return pack_map(found, key) if found or kind.frozen else None
        items = [each for each in items_of(value) if each is not None and inside(each)]
        return pack_list(items) if items or (isinstance(kind, Set) and kind.frozen) else None

    return cut
