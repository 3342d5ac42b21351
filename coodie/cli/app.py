"""The program ``coodie``: its commands, and how it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from coodie.cli import doctor, export_rows, from_cqlengine, import_rows, migrate, query, schema, serve, shell


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"coodie {doctor.version('coodie')}")
        raise typer.Exit


def program() -> typer.Typer:
    """All commands. Each call makes a new one."""
    app = typer.Typer(
        help="Migrations, schemas and data of Cassandra and ScyllaDB, and Cassandra in memory.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def options(  # pyright: ignore[reportUnusedFunction]
        version: Annotated[
            bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version, and end.")
        ] = False,
    ) -> None: ...

    for each in (migrate, schema, from_cqlengine, query, export_rows, import_rows, shell, doctor, serve):
        each.register(app)
    return app


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program with these arguments, or those of the process, and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        program()(arguments, prog_name="coodie")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        _flush()
    return 0


def _flush() -> None:
    """Write what is left. If nobody reads it any more, it is dropped here, since Python complains of it at its end."""
    out = sys.__stdout__
    if out is None or out.closed:
        return
    try:
        out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
