"""An engine's content in a file: a script of CQL, loaded and saved as a whole."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

from coodie._errors import ConfigurationError, CoodieError
from coodie.cql.script import places_of
from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.plans import Switching


def load(memory: MemoryDriver, path: Path) -> None:
    """Carry out the statements of a file. Raises `ConfigurationError` with file, line and column of one that fails."""
    try:
        script = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as CQL: {error}") from error
    engine = memory.engine
    at = 0
    try:
        for at, end in places_of(script):
            plan = engine.prepare(script[at:end], memory.keyspace)
            engine.execute(plan)
            if isinstance(plan, Switching):
                memory.keyspace = plan.keyspace
    except (CqlError, CoodieError) as error:
        line, column, said = _place(script, at, str(error))
        raise ConfigurationError(f"{path}:{line}:{column}: {said}") from error


_INSIDE: Final = re.compile(r"line (\d+)(?::|, column )(-?\d+):? ?")


def _place(script: str, at: int, said: str) -> tuple[int, int, str]:
    """Line and column, from 1, of what an error is about: where it says itself, else where its statement begins."""
    line = script.count("\n", 0, at)
    column = at - (script.rfind("\n", 0, at) + 1)
    found = _INSIDE.match(said)
    if found is None or int(found[1]) < 1 or int(found[2]) < 0:
        return line + 1, column + 1, said
    inner = int(found[1]) - 1
    return line + inner + 1, (0 if inner else column) + int(found[2]) + 1, said[found.end() :]


def check_place(path: Path) -> None:
    """Raise `ConfigurationError` for a file that could not be written, before there is anything to lose."""
    folder = path.parent
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder; name a file")
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder} for {path.name}; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigurationError(f"the folder {folder} cannot be written, so {path.name} could not be saved")


def save(memory: MemoryDriver, path: Path) -> None:
    """Write what is in memory to a file, which is whole at any time: the old one stays until the new one is written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(memory.dump(), encoding="utf-8")
        beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
