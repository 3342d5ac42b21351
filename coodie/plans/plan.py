"""The three shapes of work: a `Plan` is one request, `Pages` one request per page, a `Flow` several different ones.

Each is a value that the async or the sync API executes. A plan can also be printed, compared or put into a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypedDict, TypeVar

from coodie._errors import DecodeError, InvalidQueryError
from coodie._value import record
from coodie._words import a_type
from coodie.connections import connection_names
from coodie.cql.message import DEFAULTS, Consistency, Options, Page, Request, SerialConsistency, Statement
from coodie.cql.names import check_name
from coodie.cql.options import checked
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home, copied_to, set_state, settled, state_of
from coodie.plans.arguments import check_connection
from coodie.plans.write_advice import advise_of_row
from coodie.results import LWTResult

R = TypeVar("R")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

Destination: TypeAlias = tuple[str | None, str | None, Options]
"""The destination of a request: keyspace, connection and options. A plain tuple for speed, since each write makes
one."""


@record
class Pause:
    """A step of a `Flow` that waits instead of sending something. Its answer is an empty page."""

    seconds: float


@record
class Call:
    """A step of a `Flow` that runs a function of the user's, which may wait for whatever it likes.

    ``start`` takes the function that executes further flows on the same connection, and may return an awaitable; it
    returns the coroutine to wait for. The answer of the step is an empty page.
    """

    start: Callable[[Callable[[Any], Any]], Coroutine[Any, Any, object]]


Flow: TypeAlias = Generator[Request | Pause | Call, Page, R]
"""Several round trips with pauses between them: a generator that yields each request, pause or call and is sent the
answer."""


@record
class Plan(Generic[R]):
    """One request and the function that reads its answer; ``connection`` None is the default one.

    If ``request`` is None, nothing needs to be sent, and the answer is an empty page.
    """

    request: Request | None
    decode: Callable[[Page], R]
    connection: str | None = None


@record
class Write(Plan[R]):
    """A plan of one write, which can also go into a batch.

    ``columns`` are those that it assigns as a whole, so that a second write in the same batch would conflict.
    ``applied`` updates the document in memory once the write is known to have happened. ``home`` is that of documents
    in the answer.
    """

    mapper: Mapper[Any] | None = None
    columns: tuple[str, ...] = ()
    keyspace: str | None = None
    applied: Callable[[], None] | None = None
    home: Home | None = None


def around_save(
    mapper: Mapper[Any], document: Model, plan: Callable[[], Write[R]], warn: bool | None, *, insert: bool = False
) -> Write[R]:
    """The write that ``plan`` makes, with the user's methods called before it is made and after it has happened.

    Issues the warning about it, if any.
    """
    if mapper.hooks.before_save is not None:
        mapper.hooks.before_save(document)
    write, hook = plan(), mapper.hooks.after_save
    advise_of_row(mapper, state_of(document), write.request, warn, insert=insert)
    if hook is None or write.request is None:
        return write
    decode, applied = write.decode, write.applied

    def read(page: Page) -> R:
        result = decode(page)
        if not _is_lost(result):
            hook(document)
        return result

    def apply() -> None:
        if applied is not None:
            applied()
        hook(document)

    return replace(write, decode=read, applied=apply)


def _is_lost(result: object) -> bool:
    return isinstance(result, LWTResult) and not result.applied


def apply_all(writes: Iterable[Write[Any]]) -> None:
    """Bring the documents of writes that have happened up to date. An error of one does not affect the others."""
    errors: list[Exception] = []
    for write in writes:
        if write.applied is not None:
            try:
                write.applied()
            except Exception as error:  # noqa: BLE001 - of the user's own methods
                errors.append(error)
    if errors:
        raise errors[0]


class WriteOptions(TypedDict, total=False):
    """The keyword options of all writes of a document, for type checkers."""

    timestamp: int | datetime | None
    consistency: Consistency | None
    serial_consistency: SerialConsistency | None
    timeout: float | None


class SaveOptions(TypedDict, total=False):
    """The keyword options of ``save()``, except ``batch``."""

    full: bool
    ttl: int | None
    timestamp: int | datetime | None
    consistency: Consistency | None
    timeout: float | None
    warn: bool | None


class InsertOptions(TypedDict, total=False):
    """The keyword options of ``insert()``, except ``batch``."""

    ttl: int | None
    consistency: Consistency | None
    serial_consistency: SerialConsistency | None
    timeout: float | None
    warn: bool | None


class Pages(Generic[T]):
    """A query, page by page. ``next`` is the request for the next page, or None after the last one.

    The paging state is kept here and in the requests, never in a driver, so any number of queries can run concurrently.
    """

    __slots__ = ("_decode", "connection", "next")

    def __init__(self, first: Statement | None, decode: Callable[[Page], list[T]], connection: str | None) -> None:
        self.next = first
        self._decode = decode
        self.connection: str | None = connection

    def take(self, page: Page) -> list[T]:
        """The items of ``page``; advances ``next`` to the page after it."""
        assert self.next is not None
        state = page.paging_state
        self.next = None if state is None else _after(self.next, state)
        return self._decode(page)


def _after(statement: Statement, state: bytes) -> Statement:
    o = statement.options
    return statement.with_options(o.with_(paging_state=state, page_number=o.page_number + 1))


def nothing(page: Page) -> None:
    """The reader for the answer of a plain write, which is empty."""


def destination_of(
    mapper: Mapper[Any],
    home: Home | None,
    consistency: Consistency | None = None,
    serial_consistency: SerialConsistency | None = None,
    timeout: float | None = None,
) -> Destination:
    """The keyspace and connection of `place_of`, with the options of a call over those of the model's settings."""
    keyspace, connection = place_of(mapper, home)
    return keyspace, connection, options_of(mapper, consistency, serial_consistency, timeout)


def options_of(
    mapper: Mapper[Any],
    consistency: Consistency | None,
    serial_consistency: SerialConsistency | None,
    timeout: float | None,
) -> Options:
    """The options of a call over those of the model's settings."""
    if consistency is None and serial_consistency is None and timeout is None:
        return mapper.options
    return options_over(mapper.options, Options(consistency, serial_consistency, timeout))


def options_over(base: Options, given: Options) -> Options:
    """The options of a model overridden by those of a call. Raises `InvalidQueryError` for an unknown level."""
    if given is DEFAULTS:
        return base
    checked(given)
    return Options(
        given.consistency if given.consistency is not None else base.consistency,
        given.serial_consistency if given.serial_consistency is not None else base.serial_consistency,
        given.timeout if given.timeout is not None else base.timeout,
    )


def place_of(mapper: Mapper[Any], home: Home | None) -> tuple[str | None, str | None]:
    """The keyspace that qualifies the table, and the connection: those of ``home``, else those of the model.

    If neither has a keyspace, it is the one that the connection was registered with, if any.
    """
    return mapper.cached(_place, home, connection_names.version)


def _place(mapper: Mapper[Any], home: Home | None, _: int) -> tuple[str | None, str | None]:
    settings = mapper.settings
    keyspace, connection = settings.keyspace, settings.connection
    if home is not None:
        keyspace = keyspace if home.keyspace is None else home.keyspace
        connection = connection if home.connection is None else home.connection
    return connection_names.keyspace_of(connection) if keyspace is None else keyspace, connection


def home_at(home: Home | None, keyspace: str | None, connection: str | None) -> Home | None:
    """``home`` overridden by the arguments of ``using(keyspace=, connection=)``.

    Raises `InvalidQueryError` for an invalid name of a keyspace or connection.
    """
    if keyspace is None and connection is None:
        return home
    if keyspace is not None:
        check_name(keyspace, "keyspace")
    check_connection(connection)
    old = home or Home()
    return Home(old.keyspace if keyspace is None else keyspace, old.connection if connection is None else connection)


class Placed(Generic[M]):
    """A model with a keyspace and connection that override its own: the result of ``Model.using()``."""

    __slots__ = ("home", "model")

    def __init__(self, model: type[M], home: Home | None) -> None:
        self.model: type[M] = model
        self.home: Home | None = home


def placed(model: type[M] | Placed[M], name: str) -> tuple[type[M], Home | None]:
    """The class and the home that were passed to the function of that name as a model.

    Raises `InvalidQueryError` for anything but a class of documents, or a class bound by ``using()``.
    """
    if isinstance(model, Placed):
        return model.model, model.home
    if not isinstance(model, type):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidQueryError(f"{name}() takes a class of documents, not {a_type(model)}")
    return model, None


def reader_of(
    mapper: Mapper[M], home: Home | None, unreadable: Callable[[DecodeError], object] | None = None
) -> Callable[[Page], list[M]]:
    """The function that reads the documents of a page, which remember where they were loaded from."""
    if home is None and unreadable is None:
        return mapper.read_page
    return lambda page: mapper.read_page(page, home, unreadable)


def at_home(document: M, home: Home | None) -> M:
    """The document itself if it belongs to ``home``, or is new and is assigned to it; otherwise a copy for ``home``."""
    state, mapper = state_of(document), mapper_of(type(document))
    if state is None:
        return settled(document, home)
    if state[0].home is None and mapper.writer.key_in(state) is None:
        set_state(document, replace(state[0], home=home), state[1])
        return document
    (keyspace, connection), there = place_of(mapper, state[0].home), place_of(mapper, home)
    if keyspace == there[0] and connection_names.same(connection, there[1]):
        return document
    return copied_to(document, home)
