"""The tables of the work. Both doors use these models: `sync.save(row)`, `await aio.save(row)`."""

from __future__ import annotations

from typing import Annotated, Any

from coodie.aio import CounterDocument, Document
from coodie.fields import ClusteringKey, Counter, PrimaryKey, Version

TIMEOUT = 5.0
"""How long a call may take, in seconds."""

OPTIONS: dict[str, Any] = {"consistency": "QUORUM", "timeout": TIMEOUT}
"""Of calls that do not take them from a model."""


class Work(Document):
    class Settings:
        abstract = True
        consistency = "QUORUM"
        serial_consistency = "SERIAL"
        timeout = TIMEOUT


class Row(Work):
    """Saved, changed, deleted and read in pages, by one hand."""

    hand: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    a: str | None = None
    b: str | None = None

    class Settings:
        name = "fault_rows"


class Mark(Work):
    """Found by scans of the whole table."""

    hand: Annotated[str, PrimaryKey()]
    number: Annotated[int, PrimaryKey()]
    a: str | None = None

    class Settings:
        name = "fault_marks"


class Load(Work):
    """Saved many at a time."""

    load: Annotated[str, PrimaryKey()]
    number: Annotated[int, PrimaryKey()]
    a: str | None = None

    class Settings:
        name = "fault_loads"


class Part(Work):
    """One of the rows of a logged batch, each in a partition of its own."""

    batch: Annotated[str, PrimaryKey()]
    number: Annotated[int, PrimaryKey()]
    a: str | None = None

    class Settings:
        name = "fault_parts"


class Bag(Work):
    """Collections that operators change."""

    id: Annotated[str, PrimaryKey()]
    tags: set[str] = set()
    log: list[str] = []
    pairs: dict[str, str] = {}

    class Settings:
        name = "fault_bags"


class Claim(Work):
    """Inserted if it is not there, by several hands at once."""

    id: Annotated[int, PrimaryKey()]
    owner: str

    class Settings:
        name = "fault_claims"


class Total(Work):
    """Changed by several hands at once, and none may undo what another did."""

    id: Annotated[int, PrimaryKey()]
    count: int = 0
    done: set[str] = set()
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "fault_totals"


class Page(CounterDocument):
    """Counted up and down by all hands."""

    id: Annotated[int, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None

    class Settings:
        name = "fault_pages"
        consistency = "QUORUM"
        timeout = TIMEOUT


class Register(Work):
    """Inserted, changed and deleted under conditions on its value or on its being there."""

    id: Annotated[int, PrimaryKey()]
    value: int

    class Settings:
        name = "fault_registers"


class Draft(Work):
    """A document with a version, saved by many who do not ask each other."""

    id: Annotated[int, PrimaryKey()]
    value: int
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "fault_drafts"


MODELS = (Row, Mark, Load, Part, Bag, Claim, Total, Page, Register, Draft)
