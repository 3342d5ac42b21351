"""A model with everything in it, and whether it is on the cluster as it should be."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from coodie import Frozen, Indexed, Int, PrimaryKey, Static, UserType, Vector, VectorIndex
from coodie.fields import ClusteringKey, Column
from coodie.sync import Document, sync_all, verify_all
from coodie.testing import RecordingDriver


def ddl(spy: RecordingDriver) -> list[str]:
    return [call.cql for call in spy.calls if call.kind == "schema"]


def settled(spy: RecordingDriver, *models: Any) -> None:
    """The models are there: a second sync sends no DDL, and verification writes nothing and finds nothing."""
    spy.clear()
    assert sync_all(*models) == []
    verify_all(*models)
    assert ddl(spy) == []


class Street(UserType):
    name: str
    number: Annotated[int, Int()]

    class Settings:
        type_name = "Street"


class Address(UserType):
    street: Street
    zips: list[str] = []


def everything(table: str) -> type[Document]:
    class Thing(Document):
        shop: Annotated[UUID, PrimaryKey()]
        region: Annotated[str, PrimaryKey()]
        at: Annotated[int, ClusteringKey(order="DESC")]
        part: Annotated[str, ClusteringKey(), Column(name="Part No")]
        owner: Annotated[str | None, Static()] = None
        select: Annotated[str | None, Indexed()] = None
        home: Address | None = None
        work: Annotated[Address | None, Frozen(False)] = None
        tags: Annotated[set[str], Indexed()] = set()
        attrs: Annotated[dict[str, int], Indexed(target="keys"), Indexed(f"{table}_e", target="entries")] = {}
        kept: Annotated[list[str], Frozen(), Indexed()] = []
        label: Annotated[str, Indexed(using="sai", options={"case_sensitive": False, "normalize": True})] = ""
        near: Annotated[list[float] | None, Vector(3), VectorIndex(similarity_function="DOT_PRODUCT")] = None

        class Settings:
            name = table
            default_ttl = 86400
            options = {
                "comment": "it's all in here",
                "gc_grace_seconds": 3600,
                "compaction": {"class": "LeveledCompactionStrategy", "sstable_size_in_mb": 160},
                "compression": {"class": "ZstdCompressor"},
                "caching": {"keys": "all", "rows_per_partition": 10},
                "speculative_retry": "99PERCENTILE",
                "bloom_filter_fp_chance": 0.05,
                "cdc": False,
            }

    return Thing
