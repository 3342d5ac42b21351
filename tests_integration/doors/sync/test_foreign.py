# Derived by tests/derive.py: edit tests_integration/doors/aio/test_foreign.py,
# then run `tox -e sync`.
"""Classes without a CQL type on a real cluster: in columns, keys, collections and user-defined types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, ConfigDict, PlainSerializer

from coodie import UserType
from coodie.sync import Document
from coodie.fields import ClusteringKey, Column, Frozen, NotStored, PrimaryKey, Stored


@dataclass(frozen=True, order=True)
class Money:
    cents: int


Price = Annotated[Money, Stored(int, dump=lambda money: money.cents, load=Money)]
Path = Annotated[
    PurePosixPath,
    BeforeValidator(lambda path: PurePosixPath(path)),
    PlainSerializer(str, return_type=str),
]


class Step(UserType):
    model_config = ConfigDict(frozen=True)
    price: Annotated[Price, Column("Price")]
    path: Path


class Order(Document):
    id: Annotated[Path, PrimaryKey()]
    price: Annotated[Price, ClusteringKey(order="DESC")]
    parts: list[Price] = []
    by_price: dict[Price, Step] = {}
    seen: set[Price] = set()
    pair: tuple[Price, str] | None = None
    step: Annotated[Step | None, Frozen(False)] = None
    cache: Annotated[dict[str, Any], NotStored()] = {}

    class Settings:
        name = "foreign_orders"


@pytest.fixture(autouse=True)
def table(connection):
    Order.sync_table()
    Order.verify_table()


def test_what_is_stored_is_what_is_loaded():
    step = Step(price=Money(3), path=PurePosixPath("c"))
    order = Order(
        id=PurePosixPath("a/b"),
        price=Money(5),
        parts=[Money(2), Money(1)],
        by_price={Money(1): step},
        seen={Money(9)},
        pair=(Money(7), "x"),
        step=step,
    )
    order.save()
    found = Order.get(id=PurePosixPath("a/b"), price=Money(5))
    assert found == order
    assert found.changes() == set()
    found.update(parts__append=[Money(8)], seen__remove={Money(9)}, by_price__put=(Money(2), step))
    found.update(step__price=Money(4), if_conditions={"parts__entry": (0, Money(2)), "step__path": step.path})
    assert Order.get(id=found.id, price=found.price) == found
    assert (found.parts, found.seen, found.step.price) == ([Money(2), Money(1), Money(8)], set(), Money(4))
    Order(id=found.id, price=Money(6)).save()
    assert [each.price for each in Order.find(id=found.id, price__gt=Money(5))] == [Money(6)]
    assert Order.find(id=found.id, price__in=[Money(5), Money(6)]).values_list("price").all() == [
        (Money(6),),
        (Money(5),),
    ]
    found.cache["a"] = 1
    found.save()
    assert found.changes() == set()
    found.refresh()
    assert found.cache == {"a": 1}
    assert (Order.get(id=found.id, price=Money(5))).cache == {}
