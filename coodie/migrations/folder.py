"""Reads a folder of migrations. Nothing is sent, and no Python file is executed."""

from __future__ import annotations

import os
from pathlib import Path

from coodie._errors import MigrationError
from coodie.migrations.cql_file import read_cql
from coodie.migrations.migration import Migration
from coodie.migrations.names import check_name, check_scheme, is_migration, place_of
from coodie.migrations.python_file import read_python


def load(folder: str | os.PathLike[str]) -> tuple[Migration, ...]:
    """The migrations of a folder in their order, the repeatable ones last.

    Raises `MigrationError` with file, line and column for a file that cannot be read or parsed, for a name that says no
    place in the order, and for two files in one place.
    """
    path = Path(folder)
    if not path.is_dir():
        raise MigrationError(f"there is no folder {path}; make it, or name the one with the migrations")
    found = [_read(each) for each in sorted(path.iterdir()) if is_migration(each) and each.is_file()]
    check_scheme(found)
    return tuple(sorted(found, key=lambda each: place_of(each.revision)))


def _read(path: Path) -> Migration:
    check_name(path)
    try:
        script = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MigrationError(f"{path} cannot be read: {error}") from error
    return read_cql(path, script) if path.suffix == ".cql" else read_python(path, script)
