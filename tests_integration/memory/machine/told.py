"""What is compared of an answer."""

from __future__ import annotations

import re
from typing import Final

from coodie.cql.frames import elements
from tests_integration.memory import raw
from tests_integration.memory.play import settled

_RECENT: Final = 10**12


def told(answer: raw.Answer) -> object:
    """What is compared: neither the texts of syntax errors and crashes, nor times that no statement gave."""
    if answer.code is not None:
        return answer.code, settled(answer.message) if answer.code not in (0x2000, 0x0000) else ""
    return answer.columns, pages_of(answer), answer.warnings


def pages_of(answer: raw.Answer) -> tuple[tuple[tuple[object, ...], ...], ...]:
    """The rows, without times that the clock gave."""
    times = [at for at, (name, _) in enumerate(answer.columns) if "writetime" in name or name == "[json]"]
    if not times:
        return answer.pages
    return tuple(
        tuple(tuple(_time(cell) if at in times else cell for at, cell in enumerate(row)) for row in page)
        for page in answer.pages
    )


def _time(cell: bytes | None) -> object:
    """A time that the clock gave is not compared; nor are those in lists, which writetime of a collection gives."""
    if cell is None:
        return None
    if cell.startswith(b"{"):  # JSON
        return re.sub(rb"\b\d{13,}\b", b"recent", cell).replace(b"system.tojson(", b"system.to_json(")
    parts = [cell] if len(cell) == 8 else list(elements(cell))
    recent = [part is not None and int.from_bytes(part, "big", signed=True) >= _RECENT for part in parts]
    return tuple("recent" if is_recent else part for is_recent, part in zip(recent, parts, strict=True))
