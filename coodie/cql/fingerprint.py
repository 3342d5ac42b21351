"""A digest of what a statement asks for."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from coodie.cql.encode import encoder_of
from coodie.cql.message import Statement


class PageOrigin(NamedTuple):
    """What a page is of: a statement, and the name of its model."""

    statement: Statement
    model: str

    def bound(self, context: str) -> bytes:
        """What a token of the page is bound to."""
        return fingerprint(self.statement, self.model, context)


def fingerprint(statement: Statement, *more: str) -> bytes:
    """The same 32 bytes for the same text, values and ``more``, in any process; its options do not count."""
    digest = sha256()
    for part in (statement.cql.encode(), *map(str.encode, more), *_values(statement)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _values(statement: Statement) -> list[bytes]:
    marks: tuple[Any, ...] = statement.marks
    pairs = zip(marks, statement.values, strict=True)
    return [b"" if value is None else b"=" + encoder_of(mark.type, sort_sets=True)(value) for mark, value in pairs]
