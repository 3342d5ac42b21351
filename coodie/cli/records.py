"""Reads the records of a file: CSV, JSON lines or Parquet, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TextIO

from coodie.cli.stop import Stop
from coodie.cli.table_files.arrow import plain_rows
from coodie.cli.table_files.csv_text import read_csv
from coodie.cli.table_files.formats import Format
from coodie.cli.table_files.forms import read_json
from coodie.cql.arrow import pyarrow

_LONGEST: Final = 64 * 1024 * 1024
"""The most characters of a record, after which a quote is taken to be open by mistake."""

_NO_CSV: Final = "it is no CSV: a cell with quotes begins and ends with one, and doubles those inside"


class Record(NamedTuple):
    """One record: its number from 1, its cells by column, and why it cannot be read, if it cannot."""

    number: int
    cells: dict[str, Any]
    problem: str | None = None


class Source(Protocol):
    """A file that is being read."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Those of all records, or None if each names its own."""
        ...

    @property
    def size(self) -> int:
        """The end of what `position` counts."""
        ...

    def records(self) -> Iterator[Record]:
        """The records in order."""
        ...

    def position(self) -> int:
        """How far it is read, of ``size``."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def opened(path: Path, format_: Format) -> Source:
    """The file, opened. Raises `Stop` for a file without columns, and for Parquet without pyarrow."""
    if not path.is_file():
        raise Stop(f"there is no file {path}")
    if format_ is Format.PARQUET:
        return _Parquet(path)
    # What is no UTF-8 is kept as surrogates, which no column takes, so that it costs one record.
    stream = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        return _Csv(path, stream) if format_ is Format.CSV else _JsonLines(path, stream)
    except BaseException:
        stream.close()
        raise


class _Text:
    """A file of lines."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        self._path = path
        self._stream = stream
        self.size: int = path.stat().st_size

    def position(self) -> int:
        return self._stream.buffer.tell()

    def close(self) -> None:
        self._stream.close()


class _Csv(_Text):
    """CSV, whose first line names the columns. Nothing is null, and ``""`` the empty string."""

    def __init__(self, path: Path, stream: TextIO) -> None:
        super().__init__(path, stream)
        names = next(self._rows(), None)
        if not names or any(not name for name in names) or len(set(names)) < len(names):
            raise Stop(f"the first line of {path} must name the columns, each once")
        self.columns: tuple[str, ...] = tuple(str(name) for name in names)

    def records(self) -> Iterator[Record]:
        for number, cells in enumerate(self._rows(), 1):
            if cells is None:
                yield Record(
                    number, {}, "it is no CSV: a cell with quotes begins and ends with one, and doubles those inside"
                )
            elif len(cells) != len(self.columns):
                found = dict(zip(self.columns, cells, strict=False))
                yield Record(number, found, f"it has {len(cells)} cells, not {len(self.columns)}")
            else:
                yield Record(number, dict(zip(self.columns, cells, strict=True)))

    def _rows(self) -> Iterator[list[str | None] | None]:
        for line in self._stream:
            lines, quotes, size = [line], line.count('"'), len(line)
            while quotes % 2 and (more := next(self._stream, "")):
                lines.append(more)
                quotes, size = quotes + more.count('"'), size + len(more)
                if size > _LONGEST:
                    raise Stop(f"a quote in {self._path} is never closed")
            if line.strip("\r\n"):
                yield _cells(lines)


def _cells(lines: list[str]) -> list[str | None] | None:
    """The cells of a record that may have several lines; None if its quotes do not fit."""
    try:
        return next(read_csv(lines))
    except ValueError:
        return None


class _JsonLines(_Text):
    """A JSON object in each line."""

    columns: tuple[str, ...] | None = None

    def records(self) -> Iterator[Record]:
        number = count(1)
        for line in self._stream:
            if not line.strip():
                continue
            try:
                found = read_json(line)
            except ValueError as error:
                yield Record(next(number), {}, str(error))
                continue
            if isinstance(found, dict):
                yield Record(next(number), found)
            else:
                yield Record(next(number), {}, "it is not a JSON object")


class _Parquet:
    """Parquet, read by row groups."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: Any = pyarrow("pyarrow.parquet").ParquetFile(path)
        except pyarrow().ArrowInvalid as error:
            raise Stop(f"{path} is not a Parquet file") from error
        names = tuple(self._file.schema_arrow.names)
        if len(set(names)) < len(names):
            self.close()
            raise Stop(f"{path} has two columns of one name")
        self.columns: tuple[str, ...] | None = names
        self.size: int = self._file.metadata.num_rows
        self._read = 0

    def records(self) -> Iterator[Record]:
        batches = self._file.iter_batches(1000)
        while (batch := self._next(batches)) is not None:
            for row in plain_rows(batch):
                self._read += 1
                yield Record(self._read, row)

    def _next(self, batches: Iterator[Any]) -> Any:
        try:
            return next(batches, None)
        except (OSError, pyarrow().ArrowException) as error:
            raise Stop(f"{self._path} cannot be read behind row {self._read}: {error}") from error

    def position(self) -> int:
        return self._read

    def close(self) -> None:
        self._file.close()
