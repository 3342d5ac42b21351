"""The rows of a table in pandas, in Polars, and in a Parquet file:  python frames.py readings.parquet"""

from __future__ import annotations

import sys

import polars
from pyarrow.parquet import ParquetWriter
from readings import Reading, connect

from coodie.sync import arrow_batches, to_arrow


def main(path: str) -> None:
    connect()
    # In data frames.
    table = to_arrow(Reading.scan())
    frame = table.to_pandas()
    fast = polars.from_arrow(table)

    # In a file, whatever its size.
    with ParquetWriter(path, Reading.arrow_schema()) as file:
        for batch in arrow_batches(Reading.scan()):
            file.write_batch(batch)

    # All three have the same rows.
    assert polars.from_pandas(frame).sort("sensor", "hour").equals(fast.sort("sensor", "hour"))
    for row in polars.read_parquet(path).rows():
        print(*row, sep=",")


if __name__ == "__main__":
    main(sys.argv[1])
