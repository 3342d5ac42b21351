"""The names of migration files: a time in UTC or a number, then words; ``R__`` for a repeatable one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from coodie._errors import MigrationError
from coodie._words import word
from coodie.migrations.migration import Migration, key_of

_TIME: Final = re.compile(r"\d{8}T\d{6}", re.ASCII)
_NUMBER: Final = re.compile(r"\d+", re.ASCII)
_NAME: Final = re.compile(r"(?P<key>\d{8}T\d{6}|\d+)(?:_(?P<words>\w+))?", re.ASCII)
REPEATABLE: Final = re.compile(r"R__\w+", re.ASCII)
SUFFIXES: Final = (".cql", ".py")
_FORMAT: Final = "%Y%m%dT%H%M%S"


def is_migration(path: Path) -> bool:
    """Whether a file of the folder is meant as a migration; names that begin with ``_`` or ``.`` are not."""
    return path.suffix in SUFFIXES and not path.name.startswith(("_", "."))


def check_name(path: Path) -> None:
    """Raise `MigrationError` for a name that says no place in the order."""
    if _NAME.fullmatch(path.stem) is None and REPEATABLE.fullmatch(path.stem) is None:
        raise MigrationError(
            f"{path}: a migration is named by a time in UTC and words, such as 20261128T141500_add_email.cql, by a "
            "number, such as 0007_add_email.cql, or, if it is repeatable, such as R__views.cql"
        )
    if path.suffix != ".cql" and REPEATABLE.fullmatch(path.stem):
        raise MigrationError(f"{path}: a repeatable migration is a .cql file, since its statements are run again")


def check_scheme(migrations: Sequence[Migration]) -> None:
    """Raise `MigrationError` for files that are numbered in two ways, or two files in one place."""
    times = [each for each in migrations if not each.repeatable and _TIME.fullmatch(each.key)]
    numbers = [each for each in migrations if not each.repeatable and not _TIME.fullmatch(each.key)]
    if times and numbers:
        raise MigrationError(
            f"{numbers[0].path.parent}: {numbers[0].path.name} is named by a number and {times[0].path.name} by a "
            "time; one folder has one scheme, so rename one of them"
        )
    places: dict[tuple[int, str], Migration] = {}
    for each in migrations:
        other = places.setdefault(place_of(each.revision), each)
        if other is not each:
            raise MigrationError(
                f"{each.path.parent}: {other.path.name} and {each.path.name} have the same place in the order; "
                "rename one of them"
            )


def place_of(revision: str) -> tuple[int, str]:
    """The place of a revision in the order: times and numbers first, as numbers, then the repeatable ones by name."""
    found = _NAME.fullmatch(revision)
    if found is None:
        return (1, revision)
    return (0, found["key"].replace("T", "").lstrip("0").rjust(40, "0"))


class Revised(Protocol):
    """Anything with a revision."""

    @property
    def revision(self) -> str:
        """The revision."""
        ...


R = TypeVar("R", bound=Revised)


def find(name: Any, among: Iterable[R]) -> R:
    """What has the revision ``name``, or that part of its name before the first underscore.

    Raises `MigrationError` if there is none.
    """
    known = list(among)
    for each in known:
        if name in (each.revision, key_of(each.revision)):
            return each
    listed = ", ".join(each.revision for each in known[-5:]) or "none"
    raise MigrationError(f"there is no migration {word(name)}; the last ones are {listed}")


def next_name(words: str, taken: Sequence[str], now: datetime) -> str:
    """The revision of a new file: the scheme of those that are ``taken``, after all of them."""
    slug = "_".join(re.findall(r"[a-z0-9]+", words.lower())) or "migration"
    keys = [key_of(each) for each in taken if not REPEATABLE.fullmatch(each)]
    if keys and not _TIME.fullmatch(keys[-1]):
        last = max(keys, key=int)
        return f"{int(last) + 1:0{len(last)}}_{slug}"
    key = now.strftime(_FORMAT)
    if keys and key <= max(keys):  # a file from the future: its clock was wrong, or this one's is
        last = max(keys)
        key = f"{last[:9]}{int(last[9:]) + 1:06}"
    return f"{key}_{slug}"
