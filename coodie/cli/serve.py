"""``coodie serve``: Cassandra in memory on a TCP port."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coodie.cli.command import Call, command
from coodie.testing.memory import serve as memory


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "serve")(serve)


def serve(
    call: Call,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Which port; 0 for a free one.")] = 9042,
    keyspace: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Make it if it is missing.")] = None,
    load: Annotated[Path | None, typer.Option(metavar="FILE", help="Statements of CQL to begin with.")] = None,
    save: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write what is there at the end.")] = None,
) -> int:
    """Serve Apache Cassandra 5.0 in memory, for tests, until Ctrl-C or SIGTERM.

    The same as python -m coodie.testing.memory.
    """
    arguments = [f"--host={host}", f"--port={port}", *(f"--keyspace={each}" for each in keyspace or ())]
    arguments += [f"--{name}={path}" for name, path in (("load", load), ("save", save)) if path is not None]
    return memory.main(arguments)
