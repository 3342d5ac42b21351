"""Connections, error responses and pages for applications that use FastAPI."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, Field

from coodie import aio
from coodie._seal import Secret
from coodie._words import a_type
from coodie.cql.options import check_flag
from coodie.drivers import registry
from coodie.drivers.hooks import Hook
from coodie.drivers.protocol import AsyncDriver
from coodie.exceptions import (
    ConditionNotMet,
    ConfigurationError,
    CoodieError,
    DecodeError,
    DocumentNotFound,
    InvalidPageToken,
    InvalidQueryError,
    OutcomeUnknown,
    Overloaded,
    Timeout,
    Unavailable,
)
from coodie.plans.work import positive
from coodie.results import PagedResult

try:
    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "coodie.fastapi needs the package fastapi: pip install fastapi cryptography", name=error.name
    ) from None

__all__ = ["Lifespan", "Page", "install_error_handlers", "lifespan"]

T = TypeVar("T")
S = TypeVar("S")

Lifespan: TypeAlias = Callable[[object], AbstractAsyncContextManager[None]]
"""What ``FastAPI(lifespan=...)`` takes."""


def lifespan(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AsyncDriver | str | None = None,
    keyspace: str | None = None,
    name: str = "default",
    lazy: bool = False,
    default: bool = False,
    hooks: Sequence[Hook] = (),
    slow: float | None = None,
    create_keyspace: bool | Mapping[str, Any] = False,
    **options: Any,
) -> Lifespan:
    """A lifespan for ``FastAPI(lifespan=...)``: connect when the application starts, and close when it ends.

    The arguments are those of ``coodie.aio.init_coodie()``, which raises its errors when the application starts. The
    connection serves models of both APIs, also in endpoints that are not ``async``. A test double in its place stays.

    For a start that does more, call it in a lifespan of your own: ``async with lifespan("db1")(app): ...``.
    """

    @asynccontextmanager
    async def connected(_: object) -> AsyncGenerator[None]:
        await aio.init_coodie(
            hosts,
            session=session,
            driver=driver,
            keyspace=keyspace,
            name=name,
            lazy=lazy,
            default=default,
            hooks=hooks,
            slow=slow,
            create_keyspace=create_keyspace,
            **options,
        )
        try:
            yield
        finally:
            # The application may have closed it.
            if name in registry.names():
                await aio.close(name)

    return connected


def _nothing(_: Exception) -> dict[str, Any]:
    return {}


def _message(error: Exception) -> dict[str, Any]:
    return {"message": str(error)}


def _message_and_row(error: ConditionNotMet[BaseModel]) -> dict[str, Any]:
    """With the row that the database has; None if there is none or it has no form in JSON."""
    try:
        row = error.existing
        existing = None if row is None else json.loads(row.model_dump_json(by_alias=True))
    except (DecodeError, ValueError):  # it does not fit the model, or has bytes that are no text
        existing = None
    return {**_message(error), "existing": existing}


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer to a request of a client that failed with an error of coodie's."""

    status: int
    code: str
    detail: str
    passes: bool = False
    """Whether the same request may succeed later, and nothing was written yet."""
    details: Callable[[Any], dict[str, Any]] = _message


_ANSWERS: Final[dict[type[CoodieError], _Answer]] = {
    DocumentNotFound: _Answer(404, "not_found", "not found"),
    ConditionNotMet: _Answer(
        409,
        "condition_not_met",
        "the condition of the request was not met; nothing was written",
        details=_message_and_row,
    ),
    InvalidPageToken: _Answer(400, "invalid_page_token", "the page token is invalid or has expired"),
    Overloaded: _Answer(503, "overloaded", "the database is busy; try again later", passes=True),
    Unavailable: _Answer(503, "unavailable", "the database is not available; try again later", passes=True),
    Timeout: _Answer(503, "timeout", "the database did not answer in time; try again later", passes=True),
    OutcomeUnknown: _Answer(503, "outcome_unknown", "it is unknown whether the change was made"),
}


def install_error_handlers(app: FastAPI, *, retry_after: int | None = None, details: bool = False) -> None:
    """Answer requests that fail with errors of coodie's, instead of 500, with a ``detail`` and a ``code`` as JSON.

    ==================  ======  ======================
    `DocumentNotFound`  404     ``not_found``
    `ConditionNotMet`   409     ``condition_not_met``
    `InvalidPageToken`  400     ``invalid_page_token``
    `Overloaded`        503     ``overloaded``
    `Unavailable`       503     ``unavailable``
    `Timeout`           503     ``timeout``
    `OutcomeUnknown`    503     ``outcome_unknown``
    ==================  ======  ======================

    With ``retry_after``, in seconds, the answers to `Overloaded`, `Unavailable` and `Timeout` have a header
    ``Retry-After``: nothing was written. That to `OutcomeUnknown` has none, since a write may have happened.

    An answer contains no value and no key. With ``details=True`` it has more, for applications whose clients may see
    it: ``message``, that of the error, and for `ConditionNotMet` ``existing``, the row that the database has.

    Other errors of coodie's are mistakes in the application, and remain 500. A handler that you add later for one of
    these errors, or for a class derived from it, takes precedence. Raises `ConfigurationError` for an invalid argument.
    """
    if not isinstance(app, FastAPI):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"app must be a FastAPI application, not {a_type(app)}")
    if retry_after is not None:
        positive("retry_after", retry_after, error=ConfigurationError)
    check_flag("details", details, ConfigurationError)
    for kind, answer in _ANSWERS.items():
        headers = {"Retry-After": str(retry_after)} if answer.passes and retry_after is not None else {}
        app.add_exception_handler(kind, _handler(answer, headers, answer.details if details else _nothing))


def _handler(
    answer: _Answer, headers: Mapping[str, str], details: Callable[[Any], dict[str, Any]]
) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        if request.scope["type"] != "http":
            raise error  # a web socket has no status
        return JSONResponse({"detail": answer.detail, "code": answer.code, **details(error)}, answer.status, headers)

    return handle


class Page(BaseModel, Generic[T]):
    """A page of results for a client: the return type of an endpoint, ``Page[Event]``, and its schema in OpenAPI."""

    items: list[T]
    next: str | None = Field(description="The token of the next page; null on the last page")

    @classmethod
    def of(cls, result: PagedResult[S], secret: Secret, ttl: float | None = None, context: str = "") -> Page[S]:
        """The page that ``paged_all()`` returned, with the token of the next one sealed by ``result.token()``.

        ``secret``, ``ttl`` in seconds and ``context`` are those of `PagedResult.token`; ``query.page_token()`` takes
        the token of the client's next request. Needs the package ``cryptography``, except on the last page. Raises
        `InvalidQueryError` for a secret that is too short, and for anything but a page.
        """
        if not isinstance(result, PagedResult):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"result is what paged_all() returns, not {a_type(result)}")
        return Page(items=result.data, next=result.token(secret, ttl, context))
