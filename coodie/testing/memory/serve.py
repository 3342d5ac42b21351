"""The engine as a program: its arguments, its file, and its end."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from coodie._errors import CoodieError
from coodie.cql.names import quote
from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.files import check_place, load, save
from coodie.testing.memory.system import Place
from coodie.testing.memory.wire.port import Port

_WILD = ("0.0.0.0", "::")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, and give the exit status."""
    asked = _parser().parse_args(arguments)
    memory = MemoryDriver()
    try:
        if asked.save is not None:
            check_place(asked.save)
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
