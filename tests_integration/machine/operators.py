"""What ``update()`` and ``delete_columns()`` can be given, and what it makes of a plain value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from .tables import COLUMNS, ELEMENTS, PARTS, SMALL, STATIC, real

BEYOND: Final = object()
"""The place is behind the end of the list: the server refuses, and a document does not know the list any more."""


@dataclass(frozen=True)
class Change:
    """One assignment, or one part that is deleted."""

    column: str
    given: Any
    """A pair for ``update()``, an argument for ``delete_columns()``."""

    after: Callable[[Any], Any]
    """What the whole column is then; it takes an empty collection for null."""

    whole: bool = False
    deletes: bool = False


def _elements(name: str, new: Any) -> list[tuple[str, Any, Callable[[Any], Any]]]:
    """The operators that take elements, each with its argument and what it does."""
    kind = type(COLUMNS[name].empty)
    if kind is frozenset:
        return [("add", set(new), lambda old: old | set(new)), ("remove", set(new), lambda old: old - set(new))]
    if kind is tuple:
        return [
            ("append", list(new), lambda old: (*old, *new)),
            ("prepend", list(new), lambda old: (*new, *old)),
            ("remove", list(new), lambda old: tuple(each for each in old if each not in new)),
        ]
    pairs = {key: len(new) for key in new}
    return [
        ("update", pairs, lambda old: {**old, **pairs}),
        ("remove", set(new), lambda old: {key: value for key, value in old.items() if key not in new}),
    ]


def _set_at(place: int, value: int) -> Callable[[Any], Any]:
    return lambda old: BEYOND if place >= len(old) else (*old[:place], value, *old[place + 1 :])


def _without_place(place: int) -> Callable[[Any], Any]:
    return lambda old: BEYOND if place >= len(old) else (*old[:place], *old[place + 1 :])


def _without(key: Any) -> Callable[[Any], Any]:
    def after(old: Any) -> Any:
        return old - {key} if isinstance(old, frozenset) else {each: old[each] for each in old if each != key}

    return after


@st.composite
def assignments(draw: st.DrawFn) -> list[Change]:
    """What one ``update()`` sets: columns that differ."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=3, unique=True))
    if draw(st.integers(0, 3)) == 0:
        names = draw(st.lists(st.sampled_from(sorted(STATIC)), min_size=1, max_size=2, unique=True))
    return [draw(assignment(name)) for name in names]


@st.composite
def assignment(draw: st.DrawFn, name: str) -> Change:
    way = draw(st.integers(0, 3))
    if name == "home" and way:
        return draw(_part_of_home())
    if name not in ELEMENTS or not way:
        value = draw(COLUMNS[name].values)
        if name not in ("name", "size", "colour") and draw(st.integers(0, 5)) == 0:
            value = None
        return Change(name, (name, real(name, value)), lambda old: value, whole=True)
    if way == 1 and isinstance(COLUMNS[name].empty, tuple):
        place, number = draw(st.integers(0, 2)), draw(SMALL)
        return Change(name, (f"{name}__set", (place, number)), _set_at(place, number))
    if way == 1 and name == "attrs":
        key, number = draw(st.sampled_from("klm")), draw(SMALL)
        return Change(name, ("attrs__put", (key, number)), lambda old: {**old, key: number})
    new = draw(st.lists(st.sampled_from(ELEMENTS[name]), min_size=1, max_size=2, unique=True))
    operator, argument, after = draw(st.sampled_from(_elements(name, tuple(new))))
    return Change(name, (f"{name}__{operator}", argument), after)


@st.composite
def _part_of_home(draw: st.DrawFn) -> Change:
    part = draw(st.sampled_from(sorted(PARTS)))
    value = draw(PARTS[part])

    def after(old: Any) -> Any:
        if old is None and value is None:
            return None
        return {**(old or {"street": None, "zip": None, "flat": None}), part: value}

    return Change("home", (f"home__{part}", real("home.flat", value) if part == "flat" else value), after)


@st.composite
def deletions(draw: st.DrawFn) -> list[Change]:
    """What one ``delete_columns()`` deletes."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=2, unique=True))
    return [draw(_deletion(name)) for name in names]


@st.composite
def _deletion(draw: st.DrawFn, name: str) -> Change:
    if name not in ELEMENTS or draw(st.booleans()):
        return Change(name, name, lambda old: None, whole=True, deletes=True)
    if isinstance(COLUMNS[name].empty, tuple):
        place = draw(st.integers(0, 2))
        return Change(name, (name, place), _without_place(place), deletes=True)
    key = draw(st.sampled_from(ELEMENTS[name]))
    return Change(name, (name, key), _without(key), deletes=True)


def wrong_assignments() -> st.SearchStrategy[Change]:
    """Values that the field refuses."""
    names = [name for name, column in COLUMNS.items() if column.wrong is not None]
    return st.sampled_from(names).map(
        lambda name: Change(name, (name, real(name, COLUMNS[name].wrong)), lambda old: old, whole=True)
    )
