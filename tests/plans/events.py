"""A model of events, and the table that a cluster has for it."""

from typing import Annotated

from plans.fake_cluster import column

from coodie.fields import ClusteringKey, Indexed, PrimaryKey, Static
from coodie.sync import Document


class Event(Document):
    user: Annotated[str, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    owner: Annotated[str | None, Static()] = None
    kind: Annotated[str, Indexed()] = ""

    class Settings:
        options = {"comment": "events"}


HAS = [
    column("user", kind="partition_key", position=0),
    column("at", "bigint", "clustering", 0, "desc"),
    column("owner", kind="static"),
    column("kind"),
]


INDEX = ("table_name index_name options", "event", "event_kind_idx", {"target": "kind"})
