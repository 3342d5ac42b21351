"""``coodie import``: the rows of a file into a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from coodie._bulk import carried_out
from coodie._errors import CoodieError, DecodeError, InvalidQueryError
from coodie.cli.command import CLUSTER, KEYSPACE, MODELS, Call, command
from coodie.cli.connection import connected, found_schema, use_keyspace
from coodie.cli.files import Force
from coodie.cli.import_state import ImportState
from coodie.cli.import_writes import model_of, table_in, writer_of
from coodie.cli.output import count
from coodie.cli.progress import RowBar
from coodie.cli.records import Record, Source, opened
from coodie.cli.stop import DONE, FOUND, HALF_WAY, Stop
from coodie.cli.table_files.arrow import parquet_form
from coodie.cli.table_files.formats import Format, format_of
from coodie.cli.table_files.forms import csv_form, json_form
from coodie.cql.message import Page
from coodie.drivers.errors import RequestRejected
from coodie.plans.bulk import BulkWrites
from coodie.plans.plan import Write
from coodie.plans.report import Report

_SHOWN: Final = 10
"""How many refused rows a dry run shows."""

_EVERY: Final = 100
"""After how many rows the bar moves."""

_FORMS: Final = {Format.CSV: csv_form, Format.JSONL: json_form, Format.PARQUET: parquet_form}
_AGAIN: Final = "the import is not complete; the same command goes on from there"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "import", CLUSTER, KEYSPACE, MODELS)(import_rows)


def import_rows(
    call: Call,
    table: Annotated[str, typer.Argument(help="The table.")],
    file: Annotated[Path, typer.Argument(help="The file to read.")],
    format_: Annotated[
        Format | None, typer.Option("--format", help="The format, if the name of the file does not tell it.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="ROWS", help="How many rows to write at the same time.")
    ] = 100,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="ROWS", help="The most rows to write in a second.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of going on.")] = False,
    force: Force = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check every row; write nothing.")] = False,
) -> int:
    """Write the rows of a file into a table: CSV, JSON lines, or Parquet.

    Each row is checked by the model of the table, or without models by its columns. Rows that are refused are in
    FILE.refused.jsonl with the reasons, and the exit status is then 1. If the import ends before, the same command goes
    on where it was. A null leaves its column as it is; in CSV it is an empty cell, and "" is the empty string.
    """
    kind = format_ or format_of(file)
    source = opened(file, kind)
    try:
        with connected(call.settings, call.timeout):
            use_keyspace(call.settings.keyspace)
            schema = found_schema(call.settings.keyspace)
            found = table_in(schema, table, source.columns, file)
            model = model_of(call.models() if call.settings.models else (), schema, table)
            plan = writer_of(found, model, _FORMS[kind], call.timeout)
            work = _Import(call, file, f"{call.settings.keyspace}.{table}", source, plan)
            call.output.say(f"{'checking' if dry_run else 'importing'} {file} into {call.settings.keyspace}.{table}")
            if dry_run:
                return work.check()
            return work.run(work.writes(concurrency, rate), restart=restart, force=force)
    finally:
        source.close()


class _Import:
    """One call of the command."""

    def __init__(
        self, call: Call, file: Path, target: str, source: Source, plan: Callable[[Record], Write[Any]]
    ) -> None:
        self._call = call
        self._file = file
        self._target = target
        self._source = source
        self._plan = plan
        self._failure: Exception | None = None
        self.state = ImportState(file, target)
        self._rows = 0

    def check(self) -> int:
        """Plan the write of each row."""
        refused = 0
        for record in self._source.records():
            self._rows += 1
            try:
                self._plan(record)
            except CoodieError as error:
                refused += 1
                if refused <= _SHOWN:
                    self._call.output.say(f"row {record.number}: {error}")
        self._tell(self._rows - refused, refused, dry_run=True)
        return FOUND if refused else DONE

    def run(self, writes: BulkWrites[Record], *, restart: bool, force: bool) -> int:
        """Write the rows behind those that are settled; the state is kept unless all are."""
        self.state.open(restart=restart, force=force)
        if begun := self.state.begun:
            self._call.output.say(f"going on behind row {begun}")
        over = False
        try:
            with RowBar(self._call.output, self._target) as bar:
                writes.progress = partial(self._move, bar)
                carried_out(writes, islice(self._source.records(), begun, None))
            over = self._failure is None
        except (CoodieError, Stop, OSError) as error:
            self._failure = error
        except KeyboardInterrupt:
            self._call.output.error(_AGAIN)
            raise
        finally:
            self.state.close(done=over)
        self._tell(writes.report.done, self.state.refused, dry_run=False)
        if self._failure is not None:
            self._call.output.error(f"{self._failure}\n{_AGAIN}")
            return HALF_WAY
        return FOUND if self.state.refused else DONE

    def writes(self, concurrency: int, rate: float | None) -> BulkWrites[Record]:
        """The writes of all rows. Raises `InvalidQueryError` for an invalid argument."""
        self._writes = BulkWrites(self._write, concurrency, rate=rate, on_failure=self._lost)
        return self._writes

    def _write(self, record: Record) -> Write[None]:
        write = self._plan(record)

        def settle(page: Page) -> None:
            write.decode(page)
            self.state.settle(record)

        return Write(write.request, settle, write.connection)

    def _lost(self, record: Record, error: Exception) -> None:
        if isinstance(error, (InvalidQueryError, DecodeError, RequestRejected)):
            self.state.refuse(record, str(error))
        else:
            self._failure = self._failure or error
            self._writes.reading = False

    def _move(self, bar: RowBar, report: Report[Record]) -> None:
        if report.total % _EVERY == 0:
            bar.move(self._source.position() / max(self._source.size, 1), report.total)

    def _tell(self, written: int, refused: int, *, dry_run: bool) -> None:
        found = {
            "table": self._target,
            "file": str(self._file),
            "dry_run": dry_run,
            "begun": self.state.begun,
            "written": 0 if dry_run else written,
            "refused": refused,
            "refused_file": str(self.state.refused_path) if refused and not dry_run else None,
        }
        self._call.output.document(found if self._failure is None else {**found, "error": str(self._failure)})
        where = "" if dry_run or not refused else f", see {self.state.refused_path}"
        done = f"{count(written, 'row')} {'can be written' if dry_run else 'written'}"
        self._call.output.say(f"{done}, {refused} refused{where}")
