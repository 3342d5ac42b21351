"""Turns the arguments of ``update()`` into the assignments of a statement.

A key is the name of a field, alone or with an operator: ``tags__add``, ``attrs__put``. Each value is validated by the
field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from typing import Any, Final, NamedTuple

from coodie._errors import InvalidQueryError
from coodie._value import record
from coodie._words import a_type
from coodie.cql.nodes import Assignment, Element, FieldOf, Ref
from coodie.cql.types import List, Map, Native, Set, Udt, is_multicell
from coodie.mapping.columns import Field, encoded
from coodie.mapping.mapper import Mapper
from coodie.plans.arguments import are_elements, is_mapping, is_tuple, split_key, together
from coodie.tables.table import ColumnKind

UNKNOWN: Final = object()
"""The new value in memory after a partial change, if the rest of the column is not known."""


class AssignmentShape(NamedTuple):
    """The shape of one assignment: the column, the operator as in `Assignment`, and the part of the column."""

    column: str
    operator: str = "="
    part: str | None = None
    """None for the whole column, ``[]`` for an element, else the field of a user-defined type."""

    @property
    def target(self) -> Ref | Element | FieldOf:
        """The node of the column or part that is assigned or deleted."""
        if self.part is None:
            return Ref(self.column)
        return Element(self.column) if self.part == "[]" else FieldOf(self.column, self.part)

    def assignment(self) -> Assignment:
        """The node of the assignment."""
        return Assignment(self.target, self.operator)


@record
class Step:
    """The bound values of one assignment, and the new value of the field, which may depend on the old one."""

    values: tuple[Any, ...]
    value: Any = None
    from_old: Callable[[Any], Any] | None = None

    def after(self, old: Any) -> Any:
        """The value of the field after the assignment, if it was ``old`` before; `UNKNOWN` if that cannot be told."""
        return self.value if self.from_old is None else self.from_old(old)


@dataclass(frozen=True, slots=True)
class Setter:
    """The assignment for one key of ``update()``, and the function that reads its value."""

    field: Field
    change: AssignmentShape
    read: Callable[[Any], Step]
    idempotent: bool = True
    is_plain: bool = False
    """Whether the value is assigned as it is, and no value that the field held can change in place."""

    @property
    def whole(self) -> bool:
        """Whether the column is assigned as a whole."""
        return self.change.operator == "=" and self.change.part is None


class Shape:
    """The shape of an update, which depends only on its keys; made once for all updates with these keys."""

    def __init__(self, mapper: Mapper[Any], setters: Iterable[Setter]) -> None:
        self.setters: tuple[Setter, ...] = tuple(setters)
        self.names: tuple[str, ...] = tuple(setter.field.name for setter in self.setters)
        # Each with the index of its column in a row, and the name of its field.
        self.targets: tuple[tuple[Setter, int, str], ...] = tuple(
            (setter, mapper.writer.place(setter.field), setter.field.name) for setter in self.setters
        )
        self.is_plain: bool = all(setter.is_plain for setter in self.setters)
        self.changes: tuple[AssignmentShape, ...] = tuple(setter.change for setter in self.setters)
        # The columns that are assigned as a whole: two such writes in one batch conflict.
        self.columns: tuple[str, ...] = tuple(setter.change.column for setter in self.setters if setter.whole)
        self.in_part: bool = any(not setter.whole for setter in self.setters)
        self.idempotent: bool = all(setter.idempotent for setter in self.setters)
        kinds = {setter.field.column.kind for setter in self.setters}
        self.static: bool = kinds == {ColumnKind.STATIC}
        self._pairs = [
            (one, other)
            for one, other in combinations(range(len(self.setters)), 2)
            if self.changes[one].column == self.changes[other].column
        ]

    def read(self, values: Iterable[Any]) -> Changes:
        """The changes with these values, one for each key. Raises `InvalidQueryError` for a value that does not fit."""
        steps = tuple([setter.read(value) for setter, value in zip(self.setters, values, strict=True)])
        for one, other in self._pairs:
            if _contradict(self.setters[one], steps[one], self.setters[other], steps[other]):
                raise InvalidQueryError(
                    f"column {self.changes[one].column!r} has two changes of the same element in one statement, "
                    "which the server does not apply in order; send two statements"
                )
        return Changes(self, steps)


def _contradict(one: Setter, first: Step, other: Setter, second: Step) -> bool:
    """Whether two changes of a column affect the same element; for lists, only if one of them removes elements."""
    column, operators = one.field.column, (one.change.operator, other.change.operator)
    if isinstance(column.type, Udt) or (isinstance(column.type, List) and "-" not in operators):
        return False
    if isinstance(column.type, List) and "[]" in (one.change.part, other.change.part):
        return True  # the element at that index is not known
    touched = list(second.values[:1] if other.change.part else second.values[0])
    return any(item in touched for item in (first.values[:1] if one.change.part else first.values[0]))


@record
class Changes:
    """Everything that one statement assigns or deletes."""

    shape: Shape
    steps: tuple[Step, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """The bound values, from left to right."""
        return tuple([value for step in self.steps for value in step.values])

    @property
    def whole(self) -> list[tuple[Field, Any]]:
        """The fields that are assigned as a whole, each with its bound value."""
        pairs = zip(self.shape.setters, self.steps, strict=True)
        return [(setter.field, step.values[0]) for setter, step in pairs if setter.whole]


def read_changes(mapper: Mapper[Any], values: Mapping[str, Any] | None, sets: dict[str, Any] | None) -> Changes:
    """The changes of ``update(values, **sets)``. Raises `InvalidQueryError` for anything that cannot be assigned."""
    given = together(values, sets or {})
    if not given:
        raise InvalidQueryError(f"update() of {mapper.model.__name__} has nothing to set; name at least one field")
    return mapper.cached(_shape, tuple(given)).read(given.values())


def _shape(mapper: Mapper[Any], keys: tuple[str, ...]) -> Shape:
    shape = Shape(mapper, [_setter(mapper, key) for key in keys])
    check_overlap(shape)
    return shape


def check_overlap(shape: Shape) -> None:
    """Raise `InvalidQueryError` for a column that is assigned as a whole and also changed in another way."""
    whole: set[str] = set()
    seen: set[str] = set()
    for setter in shape.setters:
        column = setter.change.column
        if column in whole or (column in seen and setter.whole):
            raise InvalidQueryError(f"column {column!r} is named twice in one statement")
        seen.add(column)
        if setter.whole:
            whole.add(column)


def _setter(mapper: Mapper[Any], key: str) -> Setter:
    field, operator = split_key(mapper, key)
    if field.is_key:
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} belongs to the primary key, which cannot be updated; "
            "save a new document and delete the old one"
        )
    if operator is None:
        return _plain(mapper, field)
    if isinstance(field.column.type, Udt):
        return _udt_field(mapper, field, operator)
    make = _OPERATORS.get((type(field.column.type), operator))
    if make is None or not is_multicell(field.column.type):
        raise InvalidQueryError(_no_operator(mapper, field, operator))
    return make(mapper, field)


def _plain(mapper: Mapper[Any], field: Field) -> Setter:
    own = mapper.settings.discriminator_value if field.discriminator else None
    clear, as_it_is = clearing(field, (None,)), field.codec.encode is None

    def read(value: Any) -> Step:
        if value is None:
            if field.optional or field.is_collection:
                return clear(value)
            raise InvalidQueryError(
                f"{mapper.model.__name__}.{field.name} cannot be None; delete_columns() clears a column"
            )
        in_memory = mapper.in_memory(field, value)
        bound = in_memory if as_it_is else mapper.bound(field, in_memory)
        if own is not None and bound != encoded(field, own):
            raise InvalidQueryError(f"{field.name} is {own!r} in every {mapper.model.__name__} and cannot be updated")
        return Step((bound,), in_memory)

    is_plain = not field.frozen and isinstance(field.column.type, Native)
    return Setter(field, AssignmentShape(field.column.name), read, is_plain=is_plain)


def clearing(field: Field, bound: tuple[Any, ...]) -> Callable[[Any], Step]:
    """The function for the step that sets a column to null, with these bound values."""

    def read(_: Any) -> Step:
        return Step(bound, field.empty)

    return read


def _udt_field(mapper: Mapper[Any], field: Field, name: str) -> Setter:
    udt = field.column.type
    assert isinstance(udt, Udt)
    if udt.frozen:
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name} is frozen, so it can only be set as a whole; "
            "annotate it with Frozen(False) to update single fields"
        )
    names = mapper.udt_parts(field)
    if name not in names:
        raise InvalidQueryError(f"type {udt.name} has no field {name!r}; it has: {', '.join(names)}")
    part = mapper.element_codec(field, name)

    def read(value: Any) -> Step:
        in_memory = part.in_memory(value)

        def after(old: Any) -> Any:
            if old is None and in_memory is None:
                return None
            changed = mapper.with_udt_field(field, old, name, in_memory)
            return UNKNOWN if changed is None else changed

        return Step((part.encoded(in_memory),), from_old=after)

    return Setter(field, AssignmentShape(field.column.name, "=", names[name]), read)


def _elements(
    operator: str, combine: Callable[[Any, list[Any]], Any], idempotent: bool = True
) -> Callable[[Mapper[Any], Field], Setter]:
    """The factory of setters that add or remove elements; each element is validated, but not the whole collection."""

    def make(mapper: Mapper[Any], field: Field) -> Setter:
        part = mapper.element_codec(field, "element")
        container: type[set[Any] | list[Any]] = set if isinstance(field.column.type, Set) else list

        def read(value: Any) -> Step:
            items = [part.in_memory(item) for item in _given_elements(mapper, field, value)]
            bound = container(part.encoded(item) for item in items)
            return Step((bound,), from_old=of_collection(field, lambda old: combine(old, items)))

        return Setter(field, AssignmentShape(field.column.name, operator), read, idempotent)

    return make


def _update_map(mapper: Mapper[Any], field: Field) -> Setter:
    keys, items = mapper.element_codec(field, "key"), mapper.element_codec(field, "element")

    def read(value: Any) -> Step:
        if not is_mapping(value):
            raise InvalidQueryError(f"{mapper.model.__name__}.{field.name}: {a_type(value)} is not a mapping")
        in_memory = {keys.in_memory(key): items.in_memory(item) for key, item in value.items()}
        bound = {keys.encoded(key): items.encoded(item) for key, item in in_memory.items()}
        return Step((bound,), from_old=of_collection(field, lambda old: _merged(old, in_memory)))

    return Setter(field, AssignmentShape(field.column.name, "+"), read)


def of_collection(field: Field, combine: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function that updates the collection in memory, where None counts as empty."""
    container = field.container or dict
    return lambda old: combine(container() if old is None else old)


def _put(mapper: Mapper[Any], field: Field) -> Setter:
    keys, items = mapper.element_codec(field, "key"), mapper.element_codec(field, "element")

    def read(value: Any) -> Step:
        key, item = _pair(mapper, field, value, "put")
        in_memory = (keys.in_memory(key), items.in_memory(item))
        bound = (keys.encoded(in_memory[0]), items.encoded(in_memory[1]))
        return Step(bound, from_old=of_collection(field, lambda old: _merged(old, dict([in_memory]))))

    return Setter(field, AssignmentShape(field.column.name, "=", "[]"), read)


def _merged(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
    return {**old, **new}


def _set_at(mapper: Mapper[Any], field: Field) -> Setter:
    part = mapper.element_codec(field, "element")

    def read(value: Any) -> Step:
        place, item = _pair(mapper, field, value, "set")
        if isinstance(place, bool) or not isinstance(place, int) or place < 0:
            raise InvalidQueryError(f"{field.name}__set takes an index of the list, a number of at least 0")
        in_memory = part.in_memory(item)

        def after(old: Any) -> Any:
            if old is None or place >= len(old):
                return UNKNOWN  # the server has a longer list, or it would have refused
            return type(old)([*old[:place], in_memory, *old[place + 1 :]])

        return Step((place, part.encoded(in_memory)), from_old=after)

    return Setter(field, AssignmentShape(field.column.name, "=", "[]"), read)


def _remove_keys(mapper: Mapper[Any], field: Field) -> Setter:
    part = mapper.element_codec(field, "key")

    def read(value: Any) -> Step:
        keys = {part.in_memory(key) for key in _given_elements(mapper, field, value)}
        return Step((set(map(part.encoded, keys)),), from_old=of_collection(field, lambda old: without(old, keys)))

    return Setter(field, AssignmentShape(field.column.name, "-"), read)


def without(old: Mapping[Any, Any], keys: set[Any]) -> dict[Any, Any]:
    """The map without these keys."""
    return {key: value for key, value in old.items() if key not in keys}


def _pair(mapper: Mapper[Any], field: Field, value: Any, operator: str) -> tuple[Any, Any]:
    if not is_tuple(value, 2):
        raise InvalidQueryError(f"{mapper.model.__name__}.{field.name}__{operator} takes a pair, as in ('key', value)")
    return value


def _given_elements(mapper: Mapper[Any], field: Field, value: Any) -> Iterable[Any]:
    if not are_elements(value):
        raise InvalidQueryError(
            f"{mapper.model.__name__}.{field.name}: {a_type(value)} is not a collection of elements"
        )
    return value


_OPERATORS: Final[dict[tuple[type, str], Callable[[Mapper[Any], Field], Setter]]] = {
    (List, "append"): _elements("+", lambda old, new: type(old)([*old, *new]), idempotent=False),
    (List, "prepend"): _elements("prepend", lambda old, new: type(old)([*new, *old]), idempotent=False),
    (List, "remove"): _elements("-", lambda old, new: type(old)([item for item in old if item not in new])),
    (List, "set"): _set_at,
    (Set, "add"): _elements("+", lambda old, new: old.union(new)),
    (Set, "remove"): _elements("-", lambda old, new: old.difference(new)),
    (Map, "put"): _put,
    (Map, "update"): _update_map,
    (Map, "remove"): _remove_keys,
}


def _no_operator(mapper: Mapper[Any], field: Field, operator: str) -> str:
    known = [name for kind, name in _OPERATORS if kind is type(field.column.type)]
    if not is_multicell(field.column.type):
        return f"{mapper.model.__name__}.{field.name} ({field.column.type}) can only be set whole, not by __{operator}"
    near = get_close_matches(operator, known, n=1)
    hint = f"did you mean __{near[0]}?" if near else f"it has: {', '.join('__' + name for name in known)}"
    return f"{mapper.model.__name__}.{field.name} ({field.column.type}) has no operator __{operator}; {hint}"
