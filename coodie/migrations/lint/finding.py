"""A finding as a value, and the table of all codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from coodie._errors import InvalidQueryError
from coodie._words import word


class Severity(IntEnum):
    """How bad a finding is; an error keeps `up` from running, unless it is allowed."""

    HINT = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The severity in lower case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its code, where it is, why it is one, and how to do it safely. ``url`` is its page in the docs.

    ``allowed`` is the reason in the comment that allows it, or None. Line and column are counted from 1, and 0 if it
    is about a whole file.
    """

    code: str
    severity: Severity
    path: Path
    line: int
    column: int
    why: str
    allowed: str | None = None

    @property
    def how(self) -> str:
        """How to do it safely."""
        return HOW[self.code]

    @property
    def url(self) -> str:
        """The page of the docs about the code."""
        return f"migration-findings.html#{self.code.lower()}"

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else str(self.path)
        return f"{place}: {self.code} {self.severity.label}: {self.why}; {self.how}"


HOW: Final = {
    "C001": "stop using it first, keep a snapshot, and allow the finding with the reason",
    "C002": "make a column or table of another name, copy the values with a backfill, and drop the old one later",
    "C003": "choose another name, or drop the column one release after the last one that uses it",
    "C004": "write IF NOT EXISTS or IF EXISTS, so that the statement can be sent again",
    "C005": "use an SAI index (USING 'sai'), or a table of its own that is written along",
    "C006": "keep gc_grace_seconds above the time between repairs, and use TimeWindowCompactionStrategy with a TTL",
    "C007": "use NetworkTopologyStrategy with three copies in each data centre",
    "C008": "write a Python file with m.backfill(), or name the whole partition key and plain values",
    "C009": "write one statement, since each one waits until all nodes agree",
    "C010": "write names without a keyspace, in lower case, and choose names that are no reserved words",
    "C011": "correct the statement; the server would refuse it as the engine in memory does",
    "C012": "make a type of another name and a column of that type",
}
"""How to do safely what each code finds."""


def severity_of(name: object) -> Severity:
    """A severity by its name: ``error``, ``warning`` or ``hint``. Raises `InvalidQueryError` for any other."""
    for each in Severity:
        if name in (each.label, each):
            return each
    raise InvalidQueryError(f"fail_on is 'error', 'warning' or 'hint', not {word(name)}")
