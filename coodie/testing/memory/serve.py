"""The engine as a program: its arguments, its file, and its end."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from coodie._errors import ConfigurationError, CoodieError
from coodie.cql.names import quote
from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.plans import Switching
from coodie.testing.memory.script import places_of
from coodie.testing.memory.system import Place
from coodie.testing.memory.wire.port import Port

_WILD = ("0.0.0.0", "::")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, and give the exit status."""
    asked = _parser().parse_args(arguments)
    memory = MemoryDriver()
    try:
        _fill(memory, asked)
        return asyncio.run(_serve(memory, asked))
    except (CoodieError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        memory.close()


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m coodie.testing.memory",
        description="Apache Cassandra 5.0 in memory, for tests, on a TCP port. It ends with SIGTERM or SIGINT.",
    )
    made.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    made.add_argument("--port", type=int, default=9042, help="which port; 0 for a free one (%(default)s)")
    made.add_argument("--keyspace", action="append", default=[], metavar="NAME", help="make it if it is missing")
    made.add_argument("--load", type=Path, metavar="FILE", help="statements of CQL to begin with")
    made.add_argument("--save", type=Path, metavar="FILE", help="where to write what is there in the end, as CQL")
    return made


def _fill(memory: MemoryDriver, asked: argparse.Namespace) -> None:
    if asked.load is not None and (asked.load != asked.save or asked.load.exists()):
        load(memory, asked.load)
    for name in asked.keyspace:
        replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
        memory.run(f"CREATE KEYSPACE IF NOT EXISTS {quote(name)} WITH replication = {replication}")
    memory.keyspace = None


async def _serve(memory: MemoryDriver, asked: argparse.Namespace) -> int:
    port = Port(memory.server)
    host, number = await port.listen(asked.host, asked.port)
    memory.engine.place = Place("127.0.0.1" if host in _WILD else host, number)
    ended = asyncio.Event()
    _on_signals(ended)
    sys.stdout.write(f"listening on {host}:{number}\n")
    sys.stdout.flush()
    await ended.wait()
    await port.close()
    if asked.save is not None:
        save(memory, asked.save)
    return 0


def _on_signals(ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def end(*_: object) -> None:
        loop.call_soon_threadsafe(ended.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def load(memory: MemoryDriver, path: Path) -> None:
    """Carry out the statements of a file. Raises `ConfigurationError` with file, line and column of one that fails."""
    script = path.read_text(encoding="utf-8")
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


_INSIDE = re.compile(r"line (\d+)(?::|, column )(-?\d+):? ?")


def _place(script: str, at: int, said: str) -> tuple[int, int, str]:
    """Line and column, from 1, of what an error is about: where it says itself, else where its statement begins."""
    line = script.count("\n", 0, at)
    column = at - (script.rfind("\n", 0, at) + 1)
    found = _INSIDE.match(said)
    if found is None or int(found[1]) < 1 or int(found[2]) < 0:
        return line + 1, column + 1, said
    inner = int(found[1]) - 1
    return line + inner + 1, (0 if inner else column) + int(found[2]) + 1, said[found.end() :]


def save(memory: MemoryDriver, path: Path) -> None:
    """Write what is in memory to a file, which is whole at any time: the old one stays until the new one is written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(memory.dump(), encoding="utf-8")
        beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
