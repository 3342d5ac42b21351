"""The results of conditional writes and paged reads, and the traces of requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from coodie._errors import ConditionNotMet
from coodie._html import html_paragraph, html_table, html_text
from coodie._seal import Secret, seal
from coodie._value import value_or_raise
from coodie.cql.fingerprint import PageOrigin

M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class LWTResult(Generic[M]):
    """The answer to a conditional write (a lightweight transaction). Its truth value is ``applied``.

    ``rows`` are the rows of the answer as dictionaries; a conditional batch may return several.
    """

    applied: bool
    _existing: M | Exception | None
    rows: Sequence[dict[str, Any]]

    def __init__(
        self, applied: bool, existing: M | Exception | None = None, rows: Sequence[dict[str, Any]] = ()
    ) -> None:
        """``existing`` may be the error that occurred when the row was read."""
        object.__setattr__(self, "applied", applied)
        object.__setattr__(self, "_existing", existing)
        object.__setattr__(self, "rows", rows)

    @property
    def existing(self) -> M | None:
        """The existing row that made the condition fail, as a model with only the columns that the server returned.

        None if the write was applied or there is no such row. Raises `DecodeError` if the row does not fit the model;
        the outcome of the condition is known nevertheless.
        """
        return value_or_raise(self._existing)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(applied={self.applied!r}, existing={self._existing!r})"

    def _repr_html_(self) -> str:
        """Whether the write was applied, and the rows of the answer, for notebooks."""
        told = html_paragraph("applied" if self.applied else "not applied")
        return told + html_table(self.rows) if self.rows else told

    def __bool__(self) -> bool:
        return self.applied

    def raise_if_lost(self) -> None:
        """Raise `ConditionNotMet`, which carries ``existing``, unless the write was applied."""
        if not self.applied:
            raise ConditionNotMet("the condition was not met, so nothing was written", self._existing)


@dataclass(frozen=True, slots=True)
class PagedResult(Generic[T]):
    """One page of a query. ``paging_state`` continues after it, and is None on the last page.

    An empty page need not be the last one.
    """

    data: list[T]
    paging_state: bytes | None = None
    _asked: PageOrigin | None = field(default=None, repr=False, compare=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)

    def _repr_html_(self) -> str:
        """The first rows as a table, for notebooks."""
        return html_table(self.data) + html_paragraph("the last page" if self.paging_state is None else "more follow")

    def token(self, secret: Secret, ttl: float | None = None, context: str = "") -> str | None:
        """``paging_state`` as a text for clients, who can neither read nor change it; None on the last page.

        It is encrypted and signed, and valid for the same query with the same values only, on pages of any size, with
        the same ``context``, such as the id of a user; and for ``ttl`` seconds, or without end. ``query.page_token()``
        continues with it. ``secret`` has at least 16 bytes; of several, the first is used. Needs the package
        ``cryptography``. Raises `InvalidQueryError` for a secret that is too short.
        """
        if self.paging_state is None or self._asked is None:
            return None
        return seal(self.paging_state, self._asked.bound(context), secret, ttl)


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """A step of the work on a request: what a node did, and ``seconds`` after that node had begun."""

    node: str
    activity: str
    seconds: float
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The server's trace of one request; ``print()`` shows it as a tree with times.

    ``cql`` is the text without values, and ``request`` the server's name for the kind of request. ``coordinator`` is
    the node that got the request from the driver, ``started_at`` its time then, and ``seconds`` how long it took. None
    means that the server has not finished the trace in time, so that events may be missing. ``result`` is what the call
    returns otherwise, if it has a condition.
    """

    id: UUID
    cql: str
    request: str
    coordinator: str
    started_at: datetime | None
    seconds: float | None
    events: tuple[TraceEvent, ...]
    result: LWTResult[Any] | None = field(default=None, repr=False, compare=False)

    @property
    def nodes(self) -> Mapping[str, tuple[TraceEvent, ...]]:
        """The events of each node in their order; the coordinator first."""
        names = dict.fromkeys((self.coordinator, *(event.node for event in self.events)))
        return {name: tuple([event for event in self.events if event.node == name]) for name in names}

    def _repr_html_(self) -> str:
        return html_text(str(self))

    def __str__(self) -> str:
        took = "unfinished" if self.seconds is None else _milliseconds(self.seconds)
        lines = [self.cql, f"{self.request}, {took}, trace {self.id}"]
        nodes = self.nodes
        for number, (node, events) in enumerate(nodes.items(), 1):
            branch, trunk = ("└── ", "    ") if number == len(nodes) else ("├── ", "│   ")
            lines.append(branch + node + (" (coordinator)" if node == self.coordinator else ""))
            for at, event in enumerate(events, 1):
                twig = "└── " if at == len(events) else "├── "
                lines.append(f"{trunk}{twig}{_milliseconds(event.seconds):>11}  {event.activity}")
        return "\n".join(lines)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms"
