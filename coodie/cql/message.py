"""What crosses the border to a driver: requests on the way out, pages on the way back.

A request is a value. It can be printed, compared, put into a batch or sent; nothing here knows how it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from coodie._value import record
from coodie.cql.types import CqlType


class Unset(Enum):
    """The type of `UNSET`; an enum so that type checkers can narrow it and copies stay the same object."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = Unset.UNSET
"""A bound value that leaves its column as it is: no write, no tombstone. None, in contrast, is null and deletes."""


class Kind(Enum):
    """What a statement does, as far as retries, errors and batches need to know."""

    READ = "read"
    WRITE = "write"
    CONDITIONAL = "conditional"
    COUNTER = "counter"
    SCHEMA = "schema"


class BatchKind(Enum):
    """The three batches of CQL: ``BEGIN BATCH``, ``BEGIN UNLOGGED BATCH``, ``BEGIN COUNTER BATCH``."""

    LOGGED = "logged"
    UNLOGGED = "unlogged"
    COUNTER = "counter"


Consistency: TypeAlias = Literal[
    "ANY", "ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "SERIAL", "LOCAL_SERIAL", "LOCAL_ONE"
]
SerialConsistency: TypeAlias = Literal["SERIAL", "LOCAL_SERIAL"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One ``?`` of a text: what its value is for, and its CQL type, or None if that is unknown.

    ``name`` is the name of a column; or ``[ttl]``, ``[timestamp]``, ``[limit]`` ... for a value that belongs to no
    column; or ``in(id)`` for the list of an ``IN``.
    """

    name: str
    type: CqlType | None = None


@record
class Options:
    """How a request is to be executed; None leaves the choice to the driver.

    ``timeout`` is in seconds, ``fetch_size`` in rows, where 0 means all rows in one page. ``paging_state`` continues an
    earlier answer; ``page_number`` counts the pages of a query from 1 and is ignored by drivers. With ``trace`` the
    server writes a trace of the request, whose id is in the `Page`.
    """

    consistency: Consistency | None = None
    serial_consistency: SerialConsistency | None = None
    timeout: float | None = None
    fetch_size: int | None = None
    paging_state: bytes | None = None
    page_number: int = 1
    trace: bool = False

    def with_(
        self,
        *,
        consistency: Consistency | Unset | None = UNSET,
        serial_consistency: SerialConsistency | Unset | None = UNSET,
        timeout: float | Unset | None = UNSET,
        fetch_size: int | Unset | None = UNSET,
        paging_state: bytes | Unset | None = UNSET,
        page_number: int | Unset = UNSET,
        trace: bool | Unset = UNSET,
    ) -> Options:
        """A copy of these options with the given ones replaced."""
        return Options(
            self.consistency if consistency is UNSET else consistency,
            self.serial_consistency if serial_consistency is UNSET else serial_consistency,
            self.timeout if timeout is UNSET else timeout,
            self.fetch_size if fetch_size is UNSET else fetch_size,
            self.paging_state if paging_state is UNSET else paging_state,
            self.page_number if page_number is UNSET else page_number,
            self.trace if trace is UNSET else trace,
        )


DEFAULTS: Final = Options()
_IN_A_REPR: Final = 3
"""The number of statements that the repr of a batch shows."""


def _shown(options: Options) -> str:
    """The options that are set, except the paging state, which contains values."""
    given = {
        "consistency": options.consistency,
        "serial_consistency": options.serial_consistency,
        "timeout": options.timeout,
        "fetch_size": options.fetch_size,
        "page_number": None if options.page_number == 1 else options.page_number,
        "trace": options.trace or None,
    }
    return "".join(f", {name}={value}" for name, value in given.items() if value is not None)


@record
class Statement:
    """One CQL text with its bound values.

    ``marks`` names the values; it is empty for a text that the user wrote. ``idempotent`` is whether sending the
    statement twice has the same effect as sending it once. ``model`` is the document class that it was made for, if
    any; it is meant for hooks, not for drivers. It is ignored when statements are compared, and is not pickled.
    """

    cql: str
    values: tuple[Any, ...] = ()
    marks: tuple[Mark, ...] = ()
    kind: Kind = Kind.WRITE
    idempotent: bool = False
    options: Options = DEFAULTS
    model: type[Any] | None = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        """The text, the number of values and the options; never a value."""
        facts = [
            self.kind.value,
            *(["idempotent"] if self.idempotent else []),
            f"{len(self.values)} value{'' if len(self.values) == 1 else 's'}",
        ]
        return f"<Statement {self.cql!r}, {', '.join(facts)}{_shown(self.options)}>"

    @property
    def params(self) -> Mapping[str, Any]:
        """The bound values by the names of their marks; ``[1]``, ``[2]`` ... for a text that the user wrote."""
        return dict(zip(mark_names(self), self.values, strict=True))

    def with_options(self, options: Options) -> Statement:
        """A copy of the statement with these options."""
        return Statement(self.cql, self.values, self.marks, self.kind, self.idempotent, options, self.model)

    def __reduce__(self) -> tuple[Any, ...]:
        # An error is pickled with its request, and the process that receives it may not know the model.
        return Statement, (self.cql, self.values, self.marks, self.kind, self.idempotent, self.options)


@record
class Batch:
    """Several statements that are sent as one protocol-level batch.

    ``timestamp`` is in microseconds since 1970 and applies to each statement that has none of its own.
    """

    statements: tuple[Statement, ...]
    kind: BatchKind = BatchKind.LOGGED
    timestamp: int | None = None
    options: Options = DEFAULTS

    def __repr__(self) -> str:
        """The kind, the texts of the first statements and the options; never a value."""
        count = len(self.statements)
        texts = [repr(statement.cql) for statement in self.statements[:_IN_A_REPR]]
        more = [f"and {count - _IN_A_REPR} more"] if count > _IN_A_REPR else []
        what = f"{self.kind.value} of {count} statement{'' if count == 1 else 's'}{_shown(self.options)}"
        return f"<Batch {': '.join(filter(None, [what, ', '.join([*texts, *more])]))}>"

    @property
    def idempotent(self) -> bool:
        """Whether every statement in it is idempotent."""
        return all(map(attrgetter("idempotent"), self.statements))

    @property
    def conditional(self) -> bool:
        """Whether any statement in it has a condition, so that the answer has rows."""
        return any(statement.kind is Kind.CONDITIONAL for statement in self.statements)


@record
class Page:
    """One page of an answer: the column names, the rows, and the paging state. An empty page need not be the last one.

    ``warnings`` are those of the server, with any values in them masked; ``coordinator`` is the node that answered, as
    ``host:port``, if the driver knows it. ``attempts`` is how often the request was sent, ``prepared`` how many texts
    the server had to prepare for it. ``trace_id`` is that of the server's trace, if `Options.trace` asked for one.
    """

    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[Any, ...]] = ()
    paging_state: bytes | None = None
    warnings: tuple[str, ...] = ()
    coordinator: str | None = None
    attempts: int = 1
    prepared: int = 0
    trace_id: UUID | None = None

    def __repr__(self) -> str:
        """The number of rows and the columns; never a value."""
        count, more = len(self.rows), "" if self.paging_state is None else ", more follow"
        return f"<Page of {count} row{'' if count == 1 else 's'}: {', '.join(self.columns) or 'no columns'}{more}>"


Request: TypeAlias = Statement | Batch


def mark_names(statement: Statement) -> tuple[str, ...]:
    """A unique name for each bound value: ``a > ? AND a < ?`` gives ``a`` and ``a#2``."""
    if not statement.marks:
        return tuple(f"[{i}]" for i in range(1, len(statement.values) + 1))
    names: list[str] = []
    seen: dict[str, int] = {}
    for mark in statement.marks:
        seen[mark.name] = count = seen.get(mark.name, 0) + 1
        names.append(mark.name if count == 1 else f"{mark.name}#{count}")
    return tuple(names)
