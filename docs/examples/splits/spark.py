"""All rows of a table, read by the workers of Spark:  python spark.py"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession
from readings import Reading, connect, lines

from coodie.bulk import Split


def read(splits: Iterator[Split[Reading]]) -> Iterator[str]:
    """The rows of the splits that one task has."""
    connect()
    for split in splits:
        yield from lines(split)


def main() -> None:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # what is installed for this program is there for workers
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    # Workers import the model from this file.
    spark.sparkContext.addPyFile(str(Path(__file__).with_name("readings.py")))
    splits = Reading.splits(16)
    for line in spark.sparkContext.parallelize(splits, len(splits)).mapPartitions(read).collect():
        print(line)
    spark.stop()


if __name__ == "__main__":
    main()
