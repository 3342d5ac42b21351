"""``coodie export``: the rows of a table into a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from coodie._errors import CoodieError
from coodie.cli.command import CLUSTER, KEYSPACE, Call, command
from coodie.cli.connection import connected, found_schema
from coodie.cli.export_state import ExportState
from coodie.cli.files import Force, check_new
from coodie.cli.output import count
from coodie.cli.progress import RowBar
from coodie.cli.stop import DONE, FOUND, HALF_WAY, Stop
from coodie.cli.table_files.formats import Format, format_of
from coodie.cli.table_files.sinks import Sink, sink_of
from coodie.cql.message import Options
from coodie.plans.scans import PAGE_ROWS, Row, Scanning, Source, table_source
from coodie.sync._run import work_through
from coodie.tables.table import Table

_SECONDS: Final = 5.0
"""After so many seconds there is a checkpoint, if there was none after so many rows."""
_AGAIN: Final = "the export is not complete; the same command goes on from there"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "export", CLUSTER, KEYSPACE)(export_rows)


def export_rows(
    call: Call,
    table: Annotated[str, typer.Argument(help="The table, or a materialized view.")],
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    format_: Annotated[
        Format | None, typer.Option("--format", help="The format, if the name of the file does not tell it.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME", help="A column besides the key; may be repeated. Without it, all."),
    ] = None,
    concurrency: Annotated[
        int,
        typer.Option("--concurrency", metavar="N", min=1, help="How many ranges of tokens to read at the same time."),
    ] = 8,
    fetch_size: Annotated[
        int, typer.Option("--fetch-size", metavar="ROWS", min=1, help="How many rows to fetch at a time.")
    ] = PAGE_ROWS,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="ROWS", help="The most rows to read in a second.")
    ] = None,
    checkpoint: Annotated[
        int, typer.Option("--checkpoint", metavar="ROWS", min=1, help="After how many rows to write the state.")
    ] = 10_000,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of going on.")] = False,
    force: Force = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> int:
    """Write the rows of a table into a file: CSV, JSON lines, or Parquet.

    The table is read by ranges of tokens, several at the same time, and each row is written once, in no order. If the
    export ends before, the same command goes on where it was. In CSV a null is an empty cell, and "" is the empty
    string. Rows with a value that cannot be written are in FILE.refused.jsonl, and the exit status is then 1.
    """
    kind = format_ or format_of(file)
    with connected(call.settings, call.timeout):
        found = _table(call, table)
        options = Options(timeout=call.timeout, fetch_size=fetch_size)
        source = table_source(found, _columns(found, column), None, options)
        state = ExportState(file, f"{found.keyspace}.{found.name}", source.columns, kind)
        state.open(restart=restart)
        check_new(file, force=force or state.force)
        state.force = force or state.force
        scan = Scanning(source, concurrency, state=state.scan, rate=rate)
        call.output.say(f"exporting {state.target}, {count(len(source.columns), 'column')}, to {file}")
        if dry_run:
            return _tell_plan(call, state, source)
        return _Export(call, state, scan, checkpoint).run()


def _table(call: Call, name: str) -> Table:
    schema = found_schema(call.settings.keyspace)
    known = [*schema.tables, *(view.table for view in schema.views)]
    found = next((each for each in known if each.name == name), None)
    if found is None:
        raise Stop(f"there is no table {name} in {call.settings.keyspace}")
    return found


def _columns(table: Table, names: Sequence[str] | None) -> list[str]:
    for name in names or ():
        if name not in table.by_name:
            raise Stop(f"{table.name} has no column {name}; it has {', '.join(table.by_name)}")
    return [each.name for each in table.ordered_columns] if names is None else list(names)


def _tell_plan(call: Call, state: ExportState, source: Source[Row]) -> int:
    call.output.say(f"{source.cql}\nnothing was read, since this is a dry run")
    call.output.document({**state.document(), "statement": source.cql, "dry_run": True})
    return DONE


@dataclass(slots=True)
class _Export:
    """One call of the command."""

    call: Call
    state: ExportState
    scan: Scanning[Row]
    every: int
    started: float = field(default_factory=time.monotonic)

    def run(self) -> int:
        """Write the rows that are left."""
        state, output = self.state, self.call.output
        if state.resumed:
            output.say(f"going on behind {count(state.rows, 'row')}")
        types = self.scan.source.table.types
        columns = {name: types[name] for name in self.scan.source.columns}
        try:
            sink = sink_of(state.format, state.partial, columns, state.bytes)
        except ValueError as error:
            raise Stop(str(error)) from error
        try:
            self._write(sink)
        except KeyboardInterrupt:
            output.error(_AGAIN)
            raise
        except (CoodieError, OSError) as error:
            output.document({**self._document(), "error": str(error)})
            raise Stop(f"{error}\n{_AGAIN}", HALF_WAY) from error
        finally:
            sink.close()
            state.close()
        return self._tell()

    def _write(self, sink: Sink) -> None:
        state, due = self.state, time.monotonic() + _SECONDS
        self._checkpoint(sink)
        generator: Any = work_through(self.scan.begin())
        with RowBar(self.call.output, state.target) as bar, closing(generator) as rows:
            for number, row in enumerate(rows, 1):
                try:
                    sink.write(row)
                    state.rows += 1
                except ValueError as error:
                    state.refuse(self._key(row), str(error))
                if number % self.every == 0 or (number % 100 == 0 and time.monotonic() > due):
                    self._checkpoint(sink)
                    due = time.monotonic() + _SECONDS
                    progress = self.scan.progress
                    bar.move(len(progress.finished) / progress.ranges, state.rows)
        self._checkpoint(sink)
        sink.finish(state.path)
        state.done()

    def _checkpoint(self, sink: Sink) -> None:
        self.state.keep(sink.checkpoint(), self.scan.state())

    def _key(self, row: Row) -> dict[str, Any]:
        return dict(zip(self.scan.source.table.primary_key, row, strict=False))

    def _document(self) -> dict[str, Any]:
        seconds = round(time.monotonic() - self.started, 3)
        return {**self.state.document(), "seconds": seconds}

    def _tell(self) -> int:
        state, seconds = self.state, time.monotonic() - self.started
        self.call.output.document(self._document())
        where = f", {state.refused} refused, see {state.refused_path}" if state.refused else ""
        self.call.output.say(f"wrote {count(state.rows, 'row')} to {state.path} in {seconds:.2f} s{where}")
        return FOUND if state.refused else DONE
