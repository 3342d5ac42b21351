"""A migration as a value: one file of a folder, read and checked, but not applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from coodie.cql.nodes import Node


class Kind(Enum):
    """What a file or an entry of the history is: a migration, one marked as applied, or a repeatable one."""

    UP = "up"
    BASELINE = "baseline"
    REPEATABLE = "repeatable"


@dataclass(frozen=True, slots=True)
class FileStatement:
    """One statement of a file: its normal form, its node, and where it begins, both counted from 1.

    ``allowed`` are the findings that a comment before it allows, with the reasons. Comments and spaces are not part of
    ``cql``.
    """

    cql: str
    node: Node = field(compare=False, repr=False)
    line: int = field(compare=False, default=1)
    column: int = field(compare=False, default=1)
    allowed: Mapping[str, str] = field(compare=False, default_factory=dict[str, str])
    checksum: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its revision, which is its name without the suffix, and its two parts.

    ``down`` is None if the file has no such part. A Python file has no statements; ``python`` says whether it is one,
    and ``has_down`` whether it can be undone. ``checksum`` changes with the statements, but not with comments or
    spaces. ``script`` is the text of the file.
    """

    revision: str
    path: Path
    description: str
    kind: Kind
    up: tuple[FileStatement, ...] = field(repr=False)
    down: tuple[FileStatement, ...] | None = field(repr=False)
    checksum: str
    script: str = field(repr=False)
    python: bool = False
    has_down: bool = False

    @property
    def key(self) -> str:
        """The part of the revision before the first underscore, by which commands name it as well."""
        return key_of(self.revision)

    @property
    def repeatable(self) -> bool:
        """Whether it runs again whenever its text changes."""
        return self.kind is Kind.REPEATABLE

    def part(self, direction: str) -> tuple[FileStatement, ...]:
        """The statements of one direction, ``up`` or ``down``."""
        return self.up if direction == UP else self.down or ()


UP: Final = "up"
DOWN: Final = "down"
_REPEATABLE: Final = "R__"


def key_of(revision: str) -> str:
    """The part of a revision before the first underscore; all of the name of a repeatable one."""
    return revision if revision.startswith(_REPEATABLE) else revision.partition("_")[0]
