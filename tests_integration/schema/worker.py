"""One of several workers that start at once: brings the schema up to date, and says how it went.

`python worker.py HOST PORT KEYSPACE VERSION`. It connects, says so, and waits for a line before it goes on, so that all
begin together.
"""

from __future__ import annotations

import sys
from typing import Annotated
from uuid import UUID

from cassandra.cluster import ExecutionProfile, default_lbp_factory

from coodie import Frozen, Indexed, PrimaryKey, Static, UserType
from coodie.fields import ClusteringKey
from coodie.sync import Document, MaterializedView, close, init_coodie, sync_all, verify_all


class Address(UserType):
    street: str
    zip: str = ""


class Customer(Document):
    id: Annotated[UUID, PrimaryKey()]
    email: Annotated[str, Indexed("customer_by_email")]
    home: Address | None = None
    others: dict[str, Address] = {}


class CustomerGrown(Document):
    """A newer release of the same table."""

    id: Annotated[UUID, PrimaryKey()]
    email: Annotated[str, Indexed("customer_by_email")]
    home: Address | None = None
    others: dict[str, Address] = {}
    name: Annotated[str | None, Indexed()] = None
    points: int = 0

    class Settings:
        name = "customer"


class Order(Document):
    customer: Annotated[UUID, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    currency: Annotated[str, Static()] = "EUR"
    ship_to: Annotated[Address | None, Frozen()] = None

    class Settings:
        default_ttl = 86400


class OrderByNumber(MaterializedView):
    number: Annotated[int, PrimaryKey()]
    customer: Annotated[UUID, ClusteringKey()]

    class Settings:
        base_table = Order


MODELS = {"1": (Customer, Order, OrderByNumber), "2": (CustomerGrown, Order, OrderByNumber)}


def main() -> None:
    """Connect, wait for the others, sync, verify."""
    host, port, keyspace, version = sys.argv[1:]
    # No policy of the vendor's: that all workers send their DDL to one node is what coodie sees to. As patient as a
    # machine needs that has eight of these to run at once.
    init_coodie(
        [host],
        port=int(port),
        keyspace=keyspace,
        protocol_version=5,
        connect_timeout=60,
        control_connection_timeout=60,
        execution_profile=ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=60),
    )
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        sent = sync_all(*MODELS[version])
        verify_all(*MODELS[version])
        print(f"sent {len(sent)}", flush=True)
    finally:
        close()


if __name__ == "__main__":
    main()
