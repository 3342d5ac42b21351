"""What a document remembers of its row: where the row is, and what the server is known to hold of it.

A state is a plain tuple that is replaced and never changed, since copies of a document share it. It is no field, no
private attribute and no entry of ``__dict__``, so it takes no part in equality, dumps and schemas. Copies and pickles
carry it along.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from itertools import repeat
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel
from typing_extensions import Self

from coodie._value import record
from coodie.cql.message import UNSET

ORIGIN: Final = "__coodie_origin__"
_KNOWN: Final = "__coodie_known__"


class Home(NamedTuple):
    """The keyspace and the connection that a document was loaded from or created in; None is the model's own."""

    keyspace: str | None = None
    connection: str | None = None


@record
class Origin:
    """What the states of all documents of one page have in common.

    ``columns`` are those of the values. ``exists`` is whether there is such a row, as far as the document knows: not
    before it was saved, nor after its own ``delete()``. ``loaded`` is whether the values came from the server: then
    some may look otherwise once they were validated.
    """

    columns: tuple[str, ...]
    home: Home | None = None
    exists: bool = True
    loaded: bool = False

    def without_row(self) -> Origin:
        """The same where there is no such row any more."""
        return Origin(self.columns, self.home, False, self.loaded)


@record
class Default:
    """A value that the document holds, and that says nothing about the server: a default that was never sent.

    ``null`` is whether the column is known to be null.
    """

    value: Any
    null: bool = False


FORGOTTEN: Final = Default(UNSET)
"""What is known of a column that the document was about, and of which it holds nothing any more."""

State: TypeAlias = tuple[Origin, tuple[Any, ...]]
"""An origin, and what is known of each of its columns: a border value as it was loaded or last sent, a `Default`, or
`UNSET` where the document holds nothing."""


S = TypeVar("S", bound="Stateful")


class Stateful(BaseModel):
    """A Pydantic model with room for the two parts of a `State`. A document without them is new."""

    # Two slots instead of one for both: a page of documents shares its origin, and needs no pair for each of them.
    __slots__ = (ORIGIN, _KNOWN)

    def __copy__(self) -> Self:
        return _with_state(super().__copy__(), state_of(self))

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return _with_state(super().__deepcopy__(memo), state_of(self))

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), _KNOWN: state_of(self)}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        _with_state(self, state.get(_KNOWN))


# Pydantic's own attribute access takes several times as long, and this happens for each row.
_origin: Final = Stateful.__dict__[ORIGIN]
_known: Final = Stateful.__dict__[_KNOWN]
_fetch_known: Final[Callable[[Stateful], tuple[Any, ...]]] = _known.__get__
_put_origin: Final[Callable[[Stateful, Origin], None]] = _origin.__set__
_put_known: Final[Callable[[Stateful, tuple[Any, ...]], None]] = _known.__set__


def state_of(document: Stateful) -> State | None:
    """What the document remembers; None for a new one."""
    origin: Origin | None = getattr(document, ORIGIN, None)
    return None if origin is None else (origin, _fetch_known(document))


def set_state(document: Stateful, state: State, _: object = None) -> None:
    """Let the document remember this instead of what it did; as the reader of an answer it does not look at it."""
    origin, known = state
    _put_origin(document, origin)
    _put_known(document, known)


def set_states(documents: Sequence[Stateful], origin: Origin, rows: Sequence[tuple[Any, ...]]) -> None:
    """Let each document remember the row that it was made of."""
    if len(rows) == 1:  # what ``get()`` reads: as quick as a call is
        set_state(documents[0], (origin, rows[0]))
        return
    any(map(_put_origin, documents, repeat(origin)))  # to put gives None, so this goes through all of them, in C
    any(map(_put_known, documents, rows))


def home_of(document: Stateful) -> Home | None:
    """Where the document's row is; None is where its model says."""
    return home_in(state_of(document))


def home_in(state: State | None) -> Home | None:
    """Where the row is that a state is about."""
    return None if state is None else state[0].home


def _with_state(document: S, state: State | None) -> S:
    if state is not None:
        set_state(document, state)
    return document


def settled(document: S, home: Home | None) -> S:
    """A new document, whose row is to be at ``home``."""
    return document if home is None else _with_state(document, (Origin((), home, exists=False), ()))


def copied_to(document: S, home: Home | None) -> S:
    """A copy of the document whose row is to be at ``home``: as far as is known, there is none yet."""
    origin, values = state_of(document) or (Origin(()), ())
    return _with_state(copy(document), (replace(origin, home=home, exists=False), values))


def become(document: Stateful, other: Stateful) -> None:
    """Let a document hold what another one of its class does; what each remembers stays."""
    held: dict[str, Any] = document.__dict__  # pyright: ignore[reportAssignmentType] - it is a document's, no class's
    assigned = document.model_fields_set
    held.clear()
    held.update(other.__dict__)
    assigned.clear()
    assigned.update(other.model_fields_set)


def is_null(known: Any) -> bool:
    """Whether it is known that the server has null."""
    return known is None or (isinstance(known, Default) and known.null)


def plain(known: Any) -> Any:
    """What a row would have for what is known of a column."""
    return (None if known.null else known.value) if isinstance(known, Default) else known
