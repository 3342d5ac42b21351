"""What the recipes share: the model, the rows that a process reads, and how it connects."""

from __future__ import annotations

import os
from functools import cache
from typing import Annotated

from coodie.bulk import Split
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.sync import Document, init_coodie, read_split


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    hour: Annotated[int, ClusteringKey()]
    value: float | None = None

    class Settings:
        name = "readings"


@cache
def connect() -> None:
    """Connect this process, once. Many do so at the same time, so each is given a minute."""
    init_coodie(
        os.environ["COODIE_HOSTS"].split(","),
        keyspace=os.environ["COODIE_KEYSPACE"],
        connect_timeout=60,
        control_connection_timeout=60,
    )


def lines(split: Split[Reading]) -> list[str]:
    """The rows of a split as lines of CSV: put your own work in its place."""
    return [f"{reading.sensor},{reading.hour},{reading.value}" for reading in read_split(split)]
