"""The three shapes of work: `Plan` is one trip, `Pages` one trip per page, a `Flow` several different trips.

Each is a value that the doors carry out. A plan can be printed, compared or put into a batch instead.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypedDict, TypeVar

from coodie._errors import DecodeError
from coodie._value import record
from coodie.connections import connection_names
from coodie.cql.message import Consistency, Options, Page, Request, SerialConsistency, Statement
from coodie.cql.names import check_name
from coodie.cql.options import checked
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home, copied_to, set_state, settled, state_of
from coodie.plans.arguments import check_connection

R = TypeVar("R")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

Destination: TypeAlias = tuple[str | None, str | None, Options]
"""Where a write goes: keyspace, connection, and the options it goes with. A plain tuple, since each write makes one."""


@record
class Pause:
    """A step of a `Flow` that sends nothing: time passes. Its answer is an empty page."""

    seconds: float


Flow: TypeAlias = Generator[Request | Pause, Page, R]
"""Several trips, with pauses between them where one must wait: it yields what to do next, and is sent the answer."""


@record
class Plan(Generic[R]):
    """One request and the function that reads its answer; ``connection`` None is the default one.

    A request of None needs no trip: what it asks for cannot be, and the answer is an empty page.
    """

    request: Request | None
    decode: Callable[[Page], R]
    connection: str | None = None


@record
class Write(Plan[R]):
    """A plan of one statement that writes, so that it may go into a batch.

    ``columns`` are those that it sets to a value of their own, which a second write in one batch would contest.
    ``applied`` brings the object in memory up to date, once the write is known to have happened. ``home`` is that of
    the documents of its answer.
    """

    mapper: Mapper[Any] | None = None
    columns: tuple[str, ...] = ()
    keyspace: str | None = None
    applied: Callable[[], None] | None = None
    home: Home | None = None


class WriteOptions(TypedDict, total=False):
    """What each write of a document takes by keyword, for type checkers."""

    timestamp: int | datetime | None
    consistency: Consistency | None
    serial_consistency: SerialConsistency | None
    timeout: float | None


class SaveOptions(TypedDict, total=False):
    """What ``save()`` takes by keyword, but for its batch."""

    full: bool
    ttl: int | None
    timestamp: int | datetime | None
    consistency: Consistency | None
    timeout: float | None


class InsertOptions(TypedDict, total=False):
    """What ``insert()`` takes by keyword, but for its batch."""

    ttl: int | None
    consistency: Consistency | None
    serial_consistency: SerialConsistency | None
    timeout: float | None


class Pages(Generic[T]):
    """A query, page by page. ``next`` is what to send now, or None after the last page.

    The paging state lives here and in the requests, never on a driver, so any number of queries can be under way.
    """

    __slots__ = ("_decode", "connection", "next")

    def __init__(self, first: Statement | None, decode: Callable[[Page], list[T]], connection: str | None) -> None:
        self.next = first
        self._decode = decode
        self.connection: str | None = connection

    def take(self, page: Page) -> list[T]:
        """The items of ``page``; moves ``next`` on to the page after it."""
        assert self.next is not None
        state = page.paging_state
        self.next = None if state is None else _after(self.next, state)
        return self._decode(page)


def _after(statement: Statement, state: bytes) -> Statement:
    o = statement.options
    return statement.with_options(o.with_(paging_state=state, page_number=o.page_number + 1))


def nothing(page: Page) -> None:
    """The answer of a plain write holds nothing."""


def destination_of(
    mapper: Mapper[Any],
    home: Home | None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
) -> Destination:
    """Where `place_of` says, with the options of one call over those of the model's settings."""
    options = mapper.options
    if consistency is not None or serial_consistency is not None or timeout is not None:
        options = options_over(options, Options(consistency, serial_consistency, timeout))
    keyspace, connection = place_of(mapper, home)
    return keyspace, connection, options


def options_over(base: Options, given: Options) -> Options:
    """The options of a model with those of one call over them. Raises `InvalidQueryError` for an unknown level."""
    checked(given)
    return Options(
        given.consistency if given.consistency is not None else base.consistency,
        given.serial_consistency if given.serial_consistency is not None else base.serial_consistency,
        given.timeout if given.timeout is not None else base.timeout,
    )


def place_of(mapper: Mapper[Any], home: Home | None) -> tuple[str | None, str | None]:
    """The keyspace that qualifies the table, and the connection: those of ``home``, else those of the model.

    Without either it is the keyspace that the connection was registered with, or none.
    """
    settings = mapper.settings
    keyspace, connection = settings.keyspace, settings.connection
    if home is not None:
        keyspace = keyspace if home.keyspace is None else home.keyspace
        connection = connection if home.connection is None else home.connection
    return connection_names.keyspace_of(connection) if keyspace is None else keyspace, connection


def home_at(home: Home | None, keyspace: str | None, connection: str | None) -> Home | None:
    """``home`` with what ``using(keyspace=, connection=)`` says over it.

    Raises `InvalidQueryError` for what can be no name of a keyspace or of a connection.
    """
    if keyspace is None and connection is None:
        return home
    if keyspace is not None:
        check_name(keyspace, "keyspace")
    check_connection(connection)
    old = home or Home()
    return Home(old.keyspace if keyspace is None else keyspace, old.connection if connection is None else connection)


class Placed(Generic[M]):
    """A model in one place, which may be another than its own: what ``Model.using()`` of a door gives."""

    __slots__ = ("home", "model")

    def __init__(self, model: type[M], home: Home | None) -> None:
        self.model: type[M] = model
        self.home: Home | None = home


def reader_of(
    mapper: Mapper[M], home: Home | None, unreadable: Callable[[DecodeError], object] | None = None
) -> Callable[[Page], list[M]]:
    """The function that makes the documents of a page, which remember where they were loaded from."""
    if home is None and unreadable is None:
        return mapper.read_page
    return lambda page: mapper.read_page(page, home, unreadable)


def at_home(document: M, home: Home | None) -> M:
    """The document, if it belongs there or is new, which makes it belong there; else a copy that does."""
    state, mapper = state_of(document), mapper_of(type(document))
    if state is None:
        return settled(document, home)
    if state[0].home is None and mapper.writer.key_in(state) is None:
        set_state(document, (replace(state[0], home=home), state[1]))
        return document
    (keyspace, connection), there = place_of(mapper, state[0].home), place_of(mapper, home)
    if keyspace == there[0] and connection_names.same(connection, there[1]):
        return document
    return copied_to(document, home)
