"""The state of a document: where its row is, and what the server is known to hold.

A state is a plain tuple that is replaced but never changed, since copies of a document share it. It is neither a field
nor a private attribute nor an entry of ``__dict__``, so equality, dumps and schemas ignore it. Copies and pickles
include it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from itertools import repeat
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel
from typing_extensions import Self

from coodie._value import record
from coodie.cql.message import UNSET
from coodie.mapping.settings import Owner

ORIGIN: Final = "__coodie_origin__"
_KNOWN: Final = "__coodie_known__"


class Home(NamedTuple):
    """The keyspace and connection that a document was loaded from or created in; None is that of the model."""

    keyspace: str | None = None
    connection: str | None = None


@record
class Origin:
    """The part of the state that all documents of a page share.

    ``columns`` are the columns of the values. ``exists`` is whether the row exists as far as the document knows, which
    is not so before it was saved or after its own ``delete()``. ``loaded`` is whether the values came from the server,
    in which case validators may have changed them in the document.
    """

    columns: tuple[str, ...]
    home: Home | None = None
    exists: bool = True
    loaded: bool = False

    def without_row(self) -> Origin:
        """A copy whose row is known not to exist any more."""
        return Origin(self.columns, self.home, False, self.loaded)


@record
class Default:
    """A default that the document holds and that was never sent, so the value on the server is unknown.

    ``null`` is whether the column is known to be null on the server.
    """

    value: Any
    null: bool = False


FORGOTTEN: Final = Default(UNSET)
"""The state of a column that the document once covered, and whose value it no longer knows."""

State: TypeAlias = tuple[Origin, tuple[Any, ...]]
"""An origin, and the known value of each of its columns: a border value as it was loaded or last sent, a `Default`, or
`UNSET` if the document holds nothing."""


S = TypeVar("S", bound="Stateful")


class Stateful(BaseModel):
    """A Pydantic model with slots for the two parts of a `State`. A document without them is new."""

    __coodie_owner__: ClassVar[Owner] = "document"

    # Two slots instead of one for the pair: all documents of a page share the origin, which saves a tuple for each.
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


# Pydantic's own attribute access is several times slower, and this runs for each row.
_origin: Final = Stateful.__dict__[ORIGIN]
_known: Final = Stateful.__dict__[_KNOWN]
_fetch_known: Final[Callable[[Stateful], tuple[Any, ...]]] = _known.__get__
_put_origin: Final[Callable[[Stateful, Origin], None]] = _origin.__set__
_put_known: Final[Callable[[Stateful, tuple[Any, ...]], None]] = _known.__set__


def state_of(document: Stateful) -> State | None:
    """The state of a document; None for a new one."""
    origin: Origin | None = getattr(document, ORIGIN, None)
    return None if origin is None else (origin, _fetch_known(document))


def set_state(document: Stateful, origin: Origin, known: tuple[Any, ...], _: object = None) -> None:
    """Replace the state of a document. The last argument is ignored, so that this can be used as an answer's
    reader.
    """
    _put_origin(document, origin)
    _put_known(document, known)


def set_states(documents: Sequence[Stateful], origin: Origin, rows: Sequence[tuple[Any, ...]]) -> None:
    """Set the state of each document to the row that it was made from."""
    if len(rows) == 1:  # what ``get()`` reads: as quick as a call is
        set_state(documents[0], origin, rows[0])
        return
    any(map(_put_origin, documents, repeat(origin)))  # to put gives None, so this goes through all of them, in C
    any(map(_put_known, documents, rows))


def home_of(document: Stateful) -> Home | None:
    """The home of the document's row; None is that of its model."""
    return home_in(state_of(document))


def home_in(state: State | None) -> Home | None:
    """The home in a state; None is that of the model."""
    return None if state is None else state[0].home


def _with_state(document: S, state: State | None) -> S:
    if state is not None:
        set_state(document, *state)
    return document


def settled(document: S, home: Home | None) -> S:
    """The new document with ``home`` as the place of its future row."""
    return document if home is None else _with_state(document, (Origin((), home, exists=False), ()))


def copied_to(document: S, home: Home | None) -> S:
    """A copy of the document for ``home``, where its row does not exist yet as far as is known."""
    origin, values = state_of(document) or (Origin(()), ())
    return _with_state(copy(document), (replace(origin, home=home, exists=False), values))


def become(document: Stateful, other: Stateful, kept: Iterable[str] = ()) -> None:
    """Give a document the values of another one of its class, except in the fields ``kept``; the states stay the
    same.
    """
    held: dict[str, Any] = document.__dict__  # pyright: ignore[reportAssignmentType] - it is a document's, no class's
    assigned = document.model_fields_set
    own = {name: held[name] for name in kept if name in held}
    set_before = assigned.intersection(own)
    held.clear()
    held.update(other.__dict__)
    held.update(own)
    assigned.clear()
    assigned.update(other.model_fields_set, set_before)


def is_null(known: Any) -> bool:
    """Whether the column is known to be null on the server."""
    return known is None or (isinstance(known, Default) and known.null)


def plain(known: Any) -> Any:
    """The border value in a row for the known value of a column."""
    return (None if known.null else known.value) if isinstance(known, Default) else known
