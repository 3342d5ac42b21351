"""Hooks that observe requests, for logs, metrics and traces.

A trip is one request and its answer: a query of five pages makes five. A hook cannot change what is sent. An error in a
hook is logged and not raised, since the write that it was called for has already happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from logging import ERROR
from time import perf_counter
from typing import Any, Final, cast

from coodie._errors import ConfigurationError, InvalidQueryError
from coodie._functions import is_plain
from coodie._value import record
from coodie._words import a_type
from coodie.cql.kinds import operation_of
from coodie.cql.message import Page, Request, Statement
from coodie.cql.nodes import Name
from coodie.cql.parsing.facts import table
from coodie.cql.parsing.statements import parse
from coodie.cql.show import batch_text
from coodie.drivers.errors import DriverError
from coodie.drivers.log import write
from coodie.drivers.protocol import AnyDriver
from coodie.drivers.registry import check_driver, check_name
from coodie.drivers.watch import watched


@record
class Trip:
    """One request and its outcome.

    ``seconds`` is the duration, ``rows`` the number of rows returned, ``error`` the error raised, if any. ``request``
    includes the bound values, which do not belong in logs; ``cql`` is the text without them. ``warnings`` are those of
    the server, with values masked. ``coordinator`` is the node that answered or reported the error, as ``host:port``,
    and ``connection`` the name of the connection; each is None if unknown. ``attempts`` is how often the request was
    sent: more than once after a retry, with speculative execution, or to a node that had forgotten the text.
    ``prepared`` is how many texts the server had to prepare for it. ``operation``, ``table`` and ``keyspace`` are
    parsed from the text.
    """

    request: Request
    seconds: float
    rows: int
    error: BaseException | None = None
    coordinator: str | None = None
    warnings: tuple[str, ...] = ()
    connection: str | None = None
    attempts: int = 1
    prepared: int = 0

    @property
    def cql(self) -> str:
        """The text that was sent, without values; a batch in its text form."""
        return self.request.cql if isinstance(self.request, Statement) else batch_text(self.request)

    @property
    def page_number(self) -> int:
        """The number of this page in its query, from 1."""
        return self.request.options.page_number if isinstance(self.request, Statement) else 1

    @property
    def model(self) -> type[Any] | None:
        """The document class of the statement, for a batch that of its first one.

        None for a text that the user wrote, and for schema statements.
        """
        statements = (self.request,) if isinstance(self.request, Statement) else self.request.statements
        return next((each.model for each in statements if each.model is not None), None)

    @property
    def operation(self) -> str:
        """The first word of the text, in upper case: ``SELECT``, ``INSERT`` ...; ``BATCH`` for a batch.

        Empty for a text that does not begin with a word.
        """
        return operation_of(self.request.cql) if isinstance(self.request, Statement) else "BATCH"

    @property
    def table(self) -> str | None:
        """The table of the statement, for a batch that of its first one; None if there is none or it is unknown."""
        return None if (name := _about(self.request)) is None else name.name

    @property
    def keyspace(self) -> str | None:
        """The keyspace that the text names; None if it uses that of the connection."""
        return None if (name := _about(self.request)) is None else name.keyspace


def _about(request: Request) -> Name | None:
    first = request if isinstance(request, Statement) else next(iter(request.statements), None)
    try:
        return None if first is None else table(parse(first.cql))
    except InvalidQueryError:  # a text of the user's in a dialect that only the server knows
        return None


class Hook:
    """The base class of hooks; override the methods that you need. They are called in the thread or on the event loop
    that sends the request, so they must not block.

    .. code-block:: python

        import logging

        from coodie.drivers import Hook, Request, Trip

        class Slow(Hook):
            def after(self, trip: Trip, token: object) -> None:
                if trip.seconds > 0.1:
                    logging.warning("%.0f ms, %d rows: %s", trip.seconds * 1000, trip.rows, trip.cql)
    """

    def before(self, request: Request) -> Any:
        """Called before a request is sent. The return value, such as a span, is passed to ``after()`` as the token."""

    def after(self, trip: Trip, token: Any) -> None:
        """Called when the request was answered, failed or was cancelled. ``token`` is None if ``before()`` failed."""


def hooked(driver: AnyDriver, hooks: Sequence[Hook], *, connection: str | None = None) -> AnyDriver:
    """A driver that wraps ``driver`` and calls ``hooks`` for each trip; ``connection`` is the name given in trips.

    Raises `ConfigurationError` for anything that is not a `Hook`, a driver or a name.
    """
    check_hooks(hooks)
    check_driver(driver)
    if connection is not None:
        check_name(connection)
    if not hooks:
        return driver
    return watched(driver, _Hooks(tuple(hooks), connection))


def check_hooks(hooks: Any) -> None:
    """Raise `ConfigurationError` for anything but a list of hooks."""
    if not isinstance(hooks, (list, tuple)):
        raise ConfigurationError(f"hooks must be a list, not {a_type(hooks)}")
    for hook in cast("list[Any]", hooks):
        _check_hook(hook)


def _check_hook(hook: Any) -> None:
    if not isinstance(hook, Hook):
        given = f"the class {hook.__name__} itself" if isinstance(hook, type) else a_type(hook)
        raise ConfigurationError(f"a hook is an object of a class derived from coodie.drivers.Hook, not {given}")
    for name, what in (("before", "the request"), ("after", "the trip and the token of before()")):
        method = getattr(hook, name)
        if not (is_plain(method) and _takes(method, len(what.split(" and ")))):
            raise ConfigurationError(f"{type(hook).__name__}.{name}() must be a plain function that takes {what}")


def _takes(method: Callable[..., Any], count: int) -> bool:
    try:
        signature(method).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # raised for a callable without an introspectable signature
        pass
    return True


_NONE: Final = Page()


class _Hooks:
    """Calls the hooks and suppresses their errors."""

    def __init__(self, hooks: tuple[Hook, ...], connection: str | None) -> None:
        self._hooks = hooks
        self._connection = connection

    def is_on(self) -> bool:
        """Always, since hooks see every trip."""
        return True

    def before(self, request: Request, /) -> tuple[float, list[Any]]:
        tokens = [_tell(hook.before, request) for hook in self._hooks]
        return perf_counter(), tokens

    def after(
        self,
        request: Request,
        started: tuple[float, list[Any]],
        /,
        page: Page | None,
        error: BaseException | None = None,
    ) -> None:
        start, tokens = started
        seconds, answer = perf_counter() - start, page or _NONE
        facts = error if isinstance(error, DriverError) else answer
        trip = Trip(
            request,
            seconds,
            len(answer.rows),
            error,
            facts.coordinator,
            answer.warnings,
            self._connection,
            facts.attempts,
            facts.prepared,
        )
        for hook, token in zip(self._hooks, tokens, strict=True):
            _tell(hook.after, trip, token)


def _tell(tell: Callable[..., Any], *what: Any) -> Any:
    try:
        return tell(*what)
    except Exception:  # noqa: BLE001 - whatever a hook does wrong, the request goes its way
        write(ERROR, "a hook failed", exc_info=True)
        return None
