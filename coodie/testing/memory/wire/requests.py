"""What a client asks for, read from the body of its frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coodie.cql.message import BatchKind, Mark
from coodie.testing.memory.terms import Value
from coodie.testing.memory.wire.frames import Body, ProtocolViolation

_CONSISTENCIES: Final = 11
_KINDS: Final = (BatchKind.LOGGED, BatchKind.UNLOGGED, BatchKind.COUNTER)

_VALUES, _SKIP_METADATA, _PAGE_SIZE, _PAGING_STATE = 0x01, 0x02, 0x04, 0x08
_SERIAL, _TIMESTAMP, _NAMES, _KEYSPACE, _NOW = 0x10, 0x20, 0x40, 0x80, 0x100


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a statement is to be carried out. ``names`` are those of the values, if the client gave them names."""

    values: Sequence[Value] = ()
    names: Sequence[str] | None = None
    skip_metadata: bool = False
    page_size: int = 0
    paging_state: bytes | None = None
    timestamp: int | None = None
    keyspace: str | None = None
    now: int | None = None

    def for_marks(self, marks: Sequence[Mark]) -> Sequence[Value]:
        """The values in the order of the marks."""
        if self.names is None:
            return self.values
        by_name = dict(zip(reversed(self.names), reversed(self.values), strict=True))
        return [by_name[mark.name] for mark in marks if mark.name in by_name]


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A batch: each statement is a text, or the id of one that was prepared."""

    kind: BatchKind
    statements: Sequence[tuple[str | bytes, Sequence[Value]]]
    parameters: Parameters


def parameters(body: Body, version: int) -> Parameters:
    """The parameters of QUERY and EXECUTE."""
    _check_consistency(body)
    flags = body.integer() if version > 4 else body.byte()
    values: list[Value] = []
    names: list[str] | None = [] if flags & _NAMES and flags & _VALUES else None
    if flags & _VALUES:
        for _ in range(body.short()):
            if names is not None:
                names.append(body.string())
            values.append(body.value(version))
    size = body.integer() if flags & _PAGE_SIZE else 0
    state = body.bytes() if flags & _PAGING_STATE else None
    timestamp, keyspace, now = _common(body, flags, version)
    return Parameters(values, names, bool(flags & _SKIP_METADATA), max(size, 0), state, timestamp, keyspace, now)


def batch(body: Body, version: int) -> BatchRequest:
    """A BATCH."""
    number = body.byte()
    if number >= len(_KINDS):
        raise ProtocolViolation(f"Invalid BATCH message type {number}")
    statements: list[tuple[str | bytes, Sequence[Value]]] = []
    for _ in range(body.short()):
        kind = body.byte()
        if kind > 1:
            raise ProtocolViolation(
                f"Invalid query kind in BATCH messages. Must be 0 or 1 but got {kind}",
            )
        statement = body.short_bytes() if kind else body.long_string()
        statements.append((statement, [body.value(version) for _ in range(body.short())]))
    _check_consistency(body)
    flags = body.integer() if version > 4 else body.byte()
    timestamp, keyspace, now = _common(body, flags, version)
    return BatchRequest(_KINDS[number], statements, Parameters(timestamp=timestamp, keyspace=keyspace, now=now))


def _check_consistency(body: Body) -> None:
    code = body.short()
    if code >= _CONSISTENCIES:
        raise ProtocolViolation(f"Unknown code {code} for a consistency level")


def _common(body: Body, flags: int, version: int) -> tuple[int | None, str | None, int | None]:
    if flags & _SERIAL:
        _check_consistency(body)
    timestamp = body.long() if flags & _TIMESTAMP else None
    if timestamp == -(1 << 63):
        raise ProtocolViolation(
            f"Out of bound timestamp, must be in [{1 - (1 << 63)}, {(1 << 63) - 1}] (got {timestamp})"
        )
    keyspace = body.string() if version > 4 and flags & _KEYSPACE else None
    return timestamp, keyspace, body.integer() if version > 4 and flags & _NOW else None
