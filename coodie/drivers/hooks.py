"""Watching requests: a driver around another that tells of each trip, for logs, metrics and traces.

A trip is one request to one page: a query of five pages makes five. A hook cannot change what is sent, and an error in
one is logged and goes no further: the write that it was told of has happened.
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
    """One request and what became of it.

    ``seconds`` is how long it took, ``rows`` how many came back,
    ``error`` what was raised. ``request`` has the bound values, which are not for logs; ``cql`` is the text alone.
    ``warnings`` are the server's, without the values that it repeats; ``coordinator`` is the node that answered, as
    ``host:port``, and ``connection`` the name of the connection, each None where it is not known. ``attempts`` is how
    often it was sent: more than once after a retry, a speculative execution, or to a node that had forgotten the text;
    ``prepared`` is how many texts the server was asked to prepare for it. ``operation``, ``table`` and ``keyspace`` are
    read off the text.
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
        """The text that was sent, a batch in its text form; without values."""
        return self.request.cql if isinstance(self.request, Statement) else batch_text(self.request)

    @property
    def page_number(self) -> int:
        """Which page of its query it is, from 1."""
        return self.request.options.page_number if isinstance(self.request, Statement) else 1

    @property
    def model(self) -> type[Any] | None:
        """The class of the documents that it is about, of a batch that of its first one.

        None for a text of the user's, and for what ``sync_table()`` and its like send.
        """
        statements = (self.request,) if isinstance(self.request, Statement) else self.request.statements
        return next((each.model for each in statements if each.model is not None), None)

    @property
    def operation(self) -> str:
        """The first word of the text, in upper case: ``SELECT``, ``INSERT`` ...; ``BATCH`` for a batch."""
        words = self.request.cql.split(None, 1) if isinstance(self.request, Statement) else ["BATCH"]
        return words[0].upper() if words else ""

    @property
    def table(self) -> str | None:
        """The table that the text is about, of a batch its first one; None where there is none, or nobody can tell."""
        return None if (name := _about(self.request)) is None else name.name

    @property
    def keyspace(self) -> str | None:
        """The keyspace that the text names; None where it leaves that to the connection."""
        return None if (name := _about(self.request)) is None else name.keyspace


def _about(request: Request) -> Name | None:
    first = request if isinstance(request, Statement) else next(iter(request.statements), None)
    try:
        return None if first is None else table(parse(first.cql))
    except InvalidQueryError:  # a text of the user's, in words that only its server knows
        return None


class Hook:
    """Derive from it, and override what you want to hear of. Methods are called where the request is sent from: in
    the thread, or on the event loop, so they must not block.

    .. code-block:: python

        import logging

        from coodie.drivers import Hook, Request, Trip

        class Slow(Hook):
            def after(self, trip: Trip, token: object) -> None:
                if trip.seconds > 0.1:
                    logging.warning("%.0f ms, %d rows: %s", trip.seconds * 1000, trip.rows, trip.cql)
    """

    def before(self, request: Request) -> Any:
        """A request is about to be sent. What this returns, a span for example, is the token that ``after()`` gets."""

    def after(self, trip: Trip, token: Any) -> None:
        """The request was answered, or failed, or was cancelled. ``token`` is None if ``before()`` failed."""


def hooked(driver: AnyDriver, hooks: Sequence[Hook], *, connection: str | None = None) -> AnyDriver:
    """``driver``, with ``hooks`` told of each trip; ``connection`` is the name that trips say they went over.

    Raises `ConfigurationError` for what is no `Hook`, no driver, or no name.
    """
    check_hooks(hooks)
    check_driver(driver)
    if connection is not None:
        check_name(connection)
    if not hooks:
        return driver
    return watched(driver, _Hooks(tuple(hooks), connection))


def check_hooks(hooks: Any) -> None:
    """Raise `ConfigurationError` for what is no list of hooks."""
    if not isinstance(hooks, (list, tuple)):
        raise ConfigurationError(f"hooks are given as a list, not as {a_type(hooks)}")
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
    except ValueError:  # of a function that does not tell what it takes
        pass
    return True


_NONE: Final = Page()


class _Hooks:
    """Calls the hooks, and lets none of their errors through."""

    def __init__(self, hooks: tuple[Hook, ...], connection: str | None) -> None:
        self._hooks = hooks
        self._connection = connection

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
        effort = error if isinstance(error, DriverError) else answer
        trip = Trip(
            request,
            seconds,
            len(answer.rows),
            error,
            answer.coordinator,
            answer.warnings,
            self._connection,
            effort.attempts,
            effort.prepared,
        )
        for hook, token in zip(self._hooks, tokens, strict=True):
            _tell(hook.after, trip, token)


def _tell(tell: Callable[..., Any], *what: Any) -> Any:
    try:
        return tell(*what)
    except Exception:  # noqa: BLE001 - whatever a hook does wrong, the request goes its way
        write(ERROR, "a hook failed", exc_info=True)
        return None
