"""Scripted replies: ``recorder.on("select", table=User, where={"id": 7}).returns([{"id": 7}])``.

A rule defines the requests that it matches, their reply, and how often it is used. ``replies.py`` turns the reply into
an answer; ``script.py`` chooses the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from typing_extensions import Self

from coodie._words import a_type
from coodie.cql.kinds import kind_of
from coodie.cql.message import Page, Request, Statement
from coodie.testing.arguments import a_flag, a_whole_number, names
from coodie.testing.errors import ImpossibleReply
from coodie.testing.faults import Fault
from coodie.testing.script.matching import Matcher
from coodie.testing.script.replies import (
    APPLIED,
    Applied,
    Exactly,
    HasColumnValues,
    Nothing,
    Reply,
    ReplyRow,
    Rows,
    pages,
    plain_row,
    plain_rows,
)

Happened: TypeAlias = bool | Literal["maybe"]
Existing: TypeAlias = Mapping[str, Any] | HasColumnValues


class Rule:
    """One scripted reply. Each method adds one property and returns the rule.

    A rule is used once unless ``times(n)`` is set, and must be used unless it is ``optional()``.
    """

    def __init__(self, matcher: Matcher, *, alone: bool, after: Sequence[Rule] = ()) -> None:
        self.matcher: Final = matcher
        self.reply: Reply | None = None
        self.fault: Fault | BaseException | None = None
        self.forward: Happened = False
        self.seconds: float = 0
        self.wanted: int | None = 1
        self.is_optional: bool = False
        self.uses: int = 0
        self._alone = alone
        self._after = tuple(after)
        self.is_closed = False

    def returns(self, rows: Iterable[ReplyRow], *, columns: Sequence[str] | None = None) -> Self:
        """Answer a SELECT with these rows: documents, mappings by column, or tuples in the order of the SELECT list.

        A column that a mapping omits has the value that WHERE requires with ``=``, or else null. If there are more rows
        than the fetch size of the call, they come in pages, as from a server.
        """
        return self._replies(Rows((plain_rows(rows),), None if columns is None else names("columns", columns)))

    def pages(self, pages: Iterable[Iterable[ReplyRow]], *, columns: Sequence[str] | None = None) -> Self:
        """Answer a SELECT page by page; any page may be empty. The first page uses the rule."""
        if not isinstance(pages, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"pages are a list of lists of rows, not {a_type(pages)}")
        cut = tuple(map(plain_rows, pages)) or ((),)
        return self._replies(Rows(cut, None if columns is None else names("columns", columns), cut=True))

    def returns_nothing(self) -> Self:
        """Let a plain write succeed, or a SELECT find no rows (aggregates then have one row, as on a server)."""
        return self._replies(Nothing())

    def applied(self, applied: bool = True, existing: Existing | Sequence[Existing] = ()) -> Self:
        """Answer a conditional write; ``existing`` is the row that the server returns if it failed, for a batch the
        rows.

        A row is a document or a mapping by column.
        """
        a_flag("applied", applied)
        rows = [plain_row(row) for row in (existing if isinstance(existing, Sequence) else (existing,))]
        return self._replies(Applied(applied, tuple(row for row in rows if isinstance(row, Mapping))))

    def raises(self, fault: Fault | BaseException, *, applied: Happened | None = None) -> Self:
        """Let the call fail. ``applied`` is whether the driver inside executes it first, since a write that timed out
        may have happened; with ``"maybe"`` the recorder's seed decides. Raises ValueError if there is no driver inside.
        """
        if applied is not None and applied != "maybe":
            a_flag("applied", applied)
        if applied is not None:
            self._needs_inner("raises(..., applied=...)")
        self.fault = fault
        self.forward = applied or False
        return self

    def forwards(self) -> Self:
        """Let the driver inside answer. Raises ValueError if there is none."""
        self._needs_inner("forwards()")
        self.forward = True
        return self

    def answers_as(self, answer: Page | Exception) -> Self:
        """Answer with a recorded answer, unchanged."""
        if isinstance(answer, Page):
            self.reply = Exactly(answer)
        else:
            self.fault = answer
        return self

    def delay(self, seconds: float) -> Self:
        """Move the recorder's clock first. If that exceeds the timeout of the call, it fails with a client timeout."""
        self.seconds = seconds
        return self

    def times(self, count: int | None) -> Self:
        """Answer exactly ``count`` calls; None is any number, but at least one."""
        if count is not None:
            a_whole_number("a number of calls", count)
        if count is not None and count < 1:
            raise ValueError(f"a rule is used at least once, not {count} times; leave it out")
        self.wanted = count
        return self

    def optional(self) -> Self:
        """Allow the rule to stay unused."""
        self.is_optional = True
        return self

    @property
    def spent(self) -> bool:
        """Whether it is used up."""
        return self.wanted is not None and self.uses >= self.wanted

    @property
    def unused(self) -> bool:
        """Whether it should have answered more calls."""
        return not self.is_optional and self.uses < (self.wanted or 1)

    @property
    def waits_for(self) -> Rule | None:
        """The rule that precedes it in an ``in_order()`` block and is not used up, if any."""
        return next((rule for rule in self._after if rule.unused), None)

    def hindrances(self, request: Request) -> list[str]:
        """One line for each reason why it does not answer ``request``; empty if it does."""
        found = self.matcher.differences(request)
        if self.spent:
            found.append(f"it was used {self.uses} of {self.wanted} times already")
        if self.waits_for is not None:
            found.append(f"it comes after {self.waits_for!r}")
        if self.is_closed:
            found.append("a rule that comes after it was used already")
        return found

    def answers(self, request: Request) -> bool:
        """Whether it answers ``request`` now."""
        return not self.spent and not self.is_closed and self.waits_for is None and self.matcher.matches(request)

    def use(self) -> None:
        """Count one use; with ``in_order()``, the rules before it can no longer be used."""
        self.uses += 1
        for rule in self._after:
            rule.is_closed = True

    def __repr__(self) -> str:
        parts = [repr(self.matcher), *self._described()]
        return ".".join(parts)

    def _described(self) -> list[str]:
        found: list[str] = []
        if self.reply is not None:
            found.append(repr(self.reply))
        elif self.fault is not None:
            found.append(f"raises({self.fault!r})")
        elif self.forward:
            found.append("forwards()")
        found += [f"times({self.wanted})"] * (self.wanted != 1)
        found += ["optional()"] * self.is_optional
        return found

    def _replies(self, reply: Reply) -> Self:
        _plausible(self.matcher, reply)
        self.reply = reply
        return self

    def _needs_inner(self, what: str) -> None:
        if self._alone:
            raise ValueError(f"{what} needs a driver inside: RecordingDriver(inner)")


def _plausible(matcher: Matcher, reply: Reply) -> None:
    """Refuse a reply that is impossible for any call that the rule matches."""
    if matcher.cql is not None:
        pages(reply, Statement(matcher.cql, kind=kind_of(matcher.cql)), matcher.types, matcher.definition)
    reads = matcher.verb == "select"
    if isinstance(reply, Applied) and (reads or matcher.conditional is False):
        raise ImpossibleReply(f"{matcher!r} is not a condition, so no server answers it with {APPLIED}")
    if isinstance(reply, Nothing) and matcher.conditional:
        raise ImpossibleReply("a condition is always answered; use .applied(True) or .applied(False, row)")
    if isinstance(reply, Rows) and matcher.verb is not None and not reads and not _has_applied(reply):
        raise ImpossibleReply(f"no server answers {matcher!r} with rows; use .returns_nothing() or .applied(...)")


def _has_applied(reply: Rows) -> bool:
    rows = reply.pages[0]
    return bool(rows) and all(isinstance(row, Mapping) and APPLIED in row for row in rows)
