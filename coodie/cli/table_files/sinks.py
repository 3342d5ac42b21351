"""Files that rows are written to, and that can be gone on with where they were at a checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from coodie.cli.table_files.csv_text import csv_line
from coodie.cli.table_files.formats import Format
from coodie.cli.table_files.forms import Form, as_json, csv_form, json_form
from coodie.cql.arrow import arrow_form, pyarrow, record_batch
from coodie.cql.types import CqlType

Row = Sequence[Any]


class Sink(Protocol):
    """A file that is being written."""

    def write(self, row: Row) -> None:
        """Add a row. Raises ValueError for a value that the format cannot hold, and then adds nothing."""
        ...

    def checkpoint(self) -> int:
        """Put what was written on the disk, and return how many bytes there are."""
        ...

    def finish(self, path: Path) -> None:
        """Put the complete file at its place."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def sink_of(format_: Format, path: Path, columns: Mapping[str, CqlType], at: int) -> Sink:
    """The file at ``path``, to be written from byte ``at`` on; what is there behind it is dropped.

    Raises ValueError for a type that has no form in the format, and `Stop` if it needs what is not installed.
    """
    match format_:
        case Format.CSV:
            forms = [csv_form(each) for each in columns.values()]
            return _Text(path, at, csv_line(columns), lambda row: csv_line(_written(forms, row)))
        case Format.JSONL:
            return _Text(path, at, "", _json_writer(columns))
        case Format.PARQUET:
            return _Parquet(path, at, columns)


def _written(forms: list[Form], row: Row) -> list[Any]:
    return [None if value is None else form.write(value) for form, value in zip(forms, row, strict=True)]


def _json_writer(columns: Mapping[str, CqlType]) -> Callable[[Row], str]:
    names, forms = list(columns), [json_form(each) for each in columns.values()]
    return lambda row: as_json(dict(zip(names, _written(forms, row), strict=True))) + "\n"


def _opened(path: Path, at: int) -> BinaryIO:
    stream = path.open("r+b" if at else "wb")
    stream.truncate(at)
    stream.seek(at)
    return stream


def _on_disk(stream: BinaryIO) -> int:
    stream.flush()
    os.fsync(stream.fileno())
    return stream.tell()


class _Text:
    """A file of lines."""

    def __init__(self, path: Path, at: int, header: str, line_of: Callable[[Row], str]) -> None:
        self._path = path
        self._line_of = line_of
        self._stream = _opened(path, at)
        if not at:
            self._stream.write(header.encode())

    def write(self, row: Row) -> None:
        try:
            line = self._line_of(row).encode()
        except (AttributeError, TypeError):  # of what stands for a value that Python cannot hold
            raise ValueError(_UNREADABLE) from None
        self._stream.write(line)

    def checkpoint(self) -> int:
        return _on_disk(self._stream)

    def finish(self, path: Path) -> None:
        self.checkpoint()
        self.close()
        self._path.replace(path)

    def close(self) -> None:
        self._stream.close()


_UNREADABLE: Final = "Python cannot hold one of its values"
_BATCH_ROWS: Final = 10_000


class _Parquet:
    """A stream of Arrow batches, which can be gone on with, and becomes a Parquet file, which cannot, at the end."""

    def __init__(self, path: Path, at: int, columns: Mapping[str, CqlType]) -> None:
        self._pa: Any = pyarrow()
        self._forms = [arrow_form(each) for each in columns.values()]
        self._schema: Any = self._pa.schema([(n, form.type) for n, form in zip(columns, self._forms, strict=True)])
        self._path = path
        self._rows: list[list[Any]] = []
        self._stream = _opened(path, at)
        if not at:
            self._stream.write(self._schema.serialize())

    def write(self, row: Row) -> None:
        try:
            self._rows.append(
                [None if value is None else f.write(value) for f, value in zip(self._forms, row, strict=True)]
            )
        except (AttributeError, TypeError):
            raise ValueError(_UNREADABLE) from None
        if len(self._rows) >= _BATCH_ROWS:
            self._put()

    def _put(self) -> None:
        if not self._rows:
            return
        self._stream.write(record_batch(self._schema, self._forms, self._rows).serialize())
        self._rows.clear()

    def checkpoint(self) -> int:
        self._put()
        return _on_disk(self._stream)

    def finish(self, path: Path) -> None:
        self.checkpoint()
        self.close()
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with (
                self._pa.OSFile(str(self._path)) as source,
                self._pa.ipc.open_stream(source) as batches,
                pyarrow("pyarrow.parquet").ParquetWriter(str(beside), self._schema) as writer,
            ):
                for batch in batches:
                    writer.write_batch(batch)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        self._path.unlink()

    def close(self) -> None:
        self._stream.close()
