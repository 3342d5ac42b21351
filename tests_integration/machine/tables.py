"""The table of the machine, and its values as plain ones: those that documents, rows and the reference have in common.

Plain are texts, numbers and None, frozen sets, tuples for lists, and dictionaries for maps and user-defined types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final

from hypothesis import strategies as st
from pydantic import BaseModel, Field

from coodie import Frozen, UserType, aio, sync
from coodie.fields import ClusteringKey, PrimaryKey, Static


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Flat(UserType):
    floor: int | None = None
    door: str | None = None


class Address(UserType):
    street: str | None = None
    zip: str = "0"
    flat: Flat | None = None


def _items_of(base: type[Any], name: str) -> Any:
    """The model, with the `Document` of one door as its base; pickles find it by its name."""

    class Item(base):  # type: ignore[misc]
        shop: Annotated[str, PrimaryKey()]
        number: Annotated[int, ClusteringKey()]
        owner: Annotated[str | None, Static()] = None
        labels: Annotated[set[str], Static()] = set()
        name: Annotated[str, Field(max_length=5)]
        note: str | None = None
        size: Annotated[int, Field(gt=0)] = 1
        colour: Colour = Colour.RED
        ratio: float | None = None
        tags: Annotated[set[str], Field(max_length=3)] = set()
        items: list[int] = []
        attrs: dict[str, int] = {}
        maybe: list[int] | None = None
        home: Annotated[Address | None, Frozen(False)] = None
        work: Address | None = None

        class Settings:
            name = "items"

    Item.__name__ = Item.__qualname__ = name
    return Item


SyncItem = _items_of(sync.Document, "SyncItem")
AsyncItem = _items_of(aio.Document, "AsyncItem")


REQUIRED: Final = object()


@dataclass(frozen=True)
class Column:
    """What the annotation of a field says: the empty value of a collection, the default, and which values fit.

    The default is also what a document holds for a null that was loaded; `REQUIRED` if there can be none.
    """

    values: st.SearchStrategy[Any]
    default: Any = None
    empty: Any = None
    static: bool = False
    fits: Callable[[Any], bool] = lambda value: True
    wrong: Any = None


ELEMENTS: Final = {"labels": "xyz", "tags": "abcd", "items": (1, 2, 3), "maybe": (1, 2, 3), "attrs": "klm"}
NUMBERS = st.lists(st.sampled_from((1, 2, 3)), max_size=3).map(tuple)
FLATS = st.none() | st.fixed_dictionaries(
    {"floor": st.sampled_from([None, 1]), "door": st.sampled_from([None, "l", "r"])}
)
PARTS: Final = {"street": st.sampled_from([None, "s", "t"]), "zip": st.sampled_from(["0", "7"]), "flat": FLATS}
ADDRESSES = st.fixed_dictionaries(PARTS)
SMALL = st.sampled_from((1, 2))

COLUMNS: Final = {
    "owner": Column(st.sampled_from([None, "o", "p"]), static=True),
    "labels": Column(st.frozensets(st.sampled_from("xyz")), frozenset(), frozenset(), static=True),
    "name": Column(
        st.sampled_from(["ann", "bo"]),
        REQUIRED,
        fits=lambda value: value is not None and len(value) <= 5,
        wrong="too long",
    ),
    "note": Column(st.sampled_from([None, "", "n"])),
    "size": Column(SMALL, 1, fits=lambda value: value > 0, wrong=0),
    "colour": Column(
        st.sampled_from(["red", "blue"]), "red", fits=lambda value: value in ("red", "blue"), wrong="grey"
    ),
    "ratio": Column(st.sampled_from([None, 0.0, -0.0, float("nan"), 1.5])),
    "tags": Column(
        st.frozensets(st.sampled_from("abcd"), max_size=3),
        frozenset(),
        frozenset(),
        fits=lambda value: len(value) <= 3,
        wrong=frozenset("abcd"),
    ),
    "items": Column(NUMBERS, (), ()),
    "attrs": Column(st.dictionaries(st.sampled_from("klm"), SMALL), {}, {}),
    "maybe": Column(st.none() | NUMBERS, None, ()),
    "home": Column(st.none() | ADDRESSES),
    "work": Column(st.none() | ADDRESSES),
}
FIELDS: Final = ("shop", "number", *COLUMNS)
STATIC: Final = frozenset(name for name, column in COLUMNS.items() if column.static)
SCALARS: Final = ("owner", "name", "note", "size", "ratio", "work")
"""What has one TTL: a collection has one for each part."""


def plain(value: Any) -> Any:
    """The plain value of what a document holds, or the vendor gives."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel):
        return {name: plain(part) for name, part in value.__dict__.items()}
    if hasattr(value, "_asdict"):  # the vendor's value of a user-defined type
        return {name: plain(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return frozenset(value)
    return tuple(value) if isinstance(value, list) else value


def real(name: str, value: Any) -> Any:
    """What a user gives for a plain value: a new object, that may be changed in place."""
    if name == "colour":
        return Colour(value) if value in ("red", "blue") else value
    if name in ("home", "work", "home.flat"):
        made = Flat if name == "home.flat" else Address
        return None if value is None else made(**value)
    if isinstance(value, frozenset):
        return set(value)
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, dict) else value


def alike(value: Any) -> Any:
    """What is equal for values that the server does not tell apart: 0.0 and -0.0 are two, and NaN is NaN."""
    if isinstance(value, float):
        return ("float", repr(value))
    return frozenset((key, alike(part)) for key, part in value.items()) if isinstance(value, dict) else value


def kept(name: str, value: Any) -> Any:
    """What the server keeps of a value: empty collections are null, and so is an unfrozen type of nulls."""
    if name == "home":
        return None if value is None or all(part is None for part in value.values()) else value
    return None if value == COLUMNS[name].empty else value


def shown(name: str, value: Any) -> Any:
    """What a document holds for what the server keeps; `REQUIRED` where it can hold nothing."""
    if value is None:
        return COLUMNS[name].default
    if name in ("home", "work"):
        return value if value["zip"] is not None else {**value, "zip": "0"}
    return value
