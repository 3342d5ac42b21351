"""The models that the tests of batches share."""

from typing import Annotated

from coodie.aio import CounterDocument, Document
from coodie.fields import ClusteringKey, Counter, PrimaryKey


class User(Document):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    name: str = "ann"
    tags: set[str] = set()

    class Settings:
        name = "users"


class Views(CounterDocument):
    id: Annotated[int, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class Elsewhere(Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        connection = "elsewhere"


class Careful(Document):
    id: Annotated[int, PrimaryKey()]
    v: int = 0

    class Settings:
        consistency = "QUORUM"
        serial_consistency = "LOCAL_SERIAL"
        timeout = 3.0
        warn_statements = 1
        warn_bytes = 100
        warn_partitions = 1
