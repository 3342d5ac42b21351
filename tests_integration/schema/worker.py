"""One of several workers that start at once: brings the schema up to date, and says how it went.

`python -m tests_integration.schema.worker HOST PORT KEYSPACE VERSION`. It connects, says so, and waits for a line, so
that all begin together.
"""

from __future__ import annotations

import sys
from typing import Annotated
from uuid import UUID

from coodie import Frozen, Indexed, PrimaryKey, Static, UserType
from coodie.fields import ClusteringKey
from coodie.sync import Document, MaterializedView, close, sync_all, verify_all

from ..workers import connect, ready  # noqa: TID252 - the checkout's root is not on the path


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
    connect(host, int(port), keyspace=keyspace)
    ready()
    try:
        sent = sync_all(*MODELS[version])
        verify_all(*MODELS[version])
        print(f"sent {len(sent)}", flush=True)
    finally:
        close()


if __name__ == "__main__":
    main()
