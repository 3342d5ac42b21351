# Derived by tests/derive.py: edit tests_integration/doors/aio/test_query_writes.py,
# then run `tox -e sync`.
"""Writing by a query on a real cluster: rows are named by their filters and never read before."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import pytest

from coodie import ClusteringKey, ConditionNotMet, InvalidQueryError, PrimaryKey, Static
from coodie.sync import BatchQuery, Document


class Seat(Document):
    hall: Annotated[str, PrimaryKey()]
    line: Annotated[int, ClusteringKey()]
    number: Annotated[int, ClusteringKey()]
    film: Annotated[str | None, Static()] = None
    guest: str | None = None
    price: int = 0
    extras: list[str] = []

    class Settings:
        name = "seats"


@pytest.fixture(autouse=True)
def table(connection):
    Seat.sync_table()


@pytest.fixture
def hall():
    """The name of a hall with nine seats."""
    name = str(uuid4())
    for line in range(3):
        for number in range(3):
            Seat(hall=name, line=line, number=number, guest="ann", price=5).save()
    return name


def seats(hall):
    return [(seat.line, seat.number) for seat in Seat.find(hall=hall)]


def test_update_writes_without_reading(hall, spy):
    seat = Seat.find(hall=hall, line=1, number=1)
    assert seat.update(guest="bo", extras__append=["cola"]) is None
    assert seat.update({"price": 7}, extras__append=["nuts"]) is None
    assert len(spy.calls) == 2
    found = seat.one()
    assert (found.guest, found.price, found.extras) == ("bo", 7, ["cola", "nuts"])
    assert seat.update(guest=None) is None
    assert (seat.one()).guest is None


def test_update_of_several_rows_by_in(hall):
    Seat.find(hall=hall, line=1, number__in=[0, 2]).update(price=9)
    assert [seat.price for seat in Seat.find(hall=hall, line=1).all()] == [9, 5, 9]


def test_update_makes_a_row_that_is_missing_unless_it_is_told_not_to(hall):
    absent = Seat.find(hall=hall, line=8, number=8)
    assert not absent.if_exists().update(price=1)
    assert absent.first() is None
    absent.update(price=1)
    assert (absent.one()).price == 1
    result = absent.if_exists().update(price=2)
    assert (bool(result), result.existing, (absent.one()).price) == (True, None, 2)


def test_a_static_column_needs_the_partition_only(hall):
    Seat.find(hall=hall).update(film="Metropolis")
    assert {seat.film for seat in Seat.find(hall=hall).all()} == {"Metropolis"}
    assert Seat.find(hall=hall).update(film="M", if_conditions={"film": "Metropolis"})
    lost = Seat.find(hall=hall).update(film="X", if_conditions={"film": "Metropolis"})
    assert (lost.applied, lost.existing.film) == (False, "M")


def test_conditions_tell_what_stood_in_the_way(hall):
    seat = Seat.find(hall=hall, line=0, number=0)
    lost = seat.update(guest="bo", if_conditions={"guest": "cy", "price__lt": 9})
    assert (lost.applied, lost.existing.guest, lost.existing.price) == (False, "ann", 5)
    with pytest.raises(ConditionNotMet):
        lost.raise_if_lost()
    assert seat.update(guest="bo", if_conditions={"guest__in": ["cy", "ann"], "price__gte": 5})
    lost = seat.serial_consistency("LOCAL_SERIAL").delete(if_conditions={"guest": "ann"})
    assert (lost.applied, lost.existing.guest) == (False, "bo")
    assert seat.delete(if_conditions={"guest": "bo"})
    assert not seat.if_exists().delete()
    assert seat.first() is None


def test_create_only_where_there_is_nothing(hall):
    key = {"hall": hall, "line": 5, "number": 5}
    made = Seat.find().if_not_exists().create(**key, guest="ann")
    assert Seat.get(**key) == made
    with pytest.raises(ConditionNotMet) as caught:
        Seat.find().if_not_exists().create(**key, guest="bo")
    assert caught.value.existing.guest == "ann"
    assert (Seat.get(**key)).guest == "ann"


def test_ttl_and_timestamp_go_with_the_write(hall):
    seat = Seat.find(hall=hall, line=2, number=2)
    seat.ttl(4000).update(guest="bo")
    assert 0 < seat.column_ttl("guest") <= 4000
    seat.timestamp(1000).update(guest="too late")
    assert (seat.one()).guest == "bo"
    seat.timestamp(1000).delete()
    assert (seat.one()).guest == "bo"


def test_delete_of_a_row_a_range_several_rows_and_a_partition(hall):
    Seat.find(hall=hall, line=0, number=1).delete()
    assert (0, 1) not in seats(hall)
    Seat.find(hall=hall, line__gte=2).delete()
    assert seats(hall) == [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2)]
    Seat.find(hall=hall, line=1, number__in=[0, 1]).delete()
    assert seats(hall) == [(0, 0), (0, 2), (1, 2)]
    Seat.find(hall=hall, line=0, number__gt=0).delete()
    Seat.find(hall=hall, line__in=[1, 7]).delete()
    assert seats(hall) == [(0, 0)]
    Seat.find(hall__in=[hall, "none"]).delete()
    assert seats(hall) == []


def test_in_a_batch_they_wait_for_it(hall, spy):
    with BatchQuery() as batch:
        Seat.find(hall=hall, line=0).delete(batch=batch)
        Seat.find(hall=hall, line=1, number=1).ttl(4000).update(guest="bo", batch=batch)
        made = Seat.find().create(hall=hall, line=9, number=9, batch=batch)
        assert spy.calls == []
    assert len(spy.calls) == 1
    assert seats(hall) == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (9, 9)]
    assert Seat.get(hall=hall, line=9, number=9) == made
    assert 0 < Seat.find(hall=hall, line=1, number=1).column_ttl("guest") <= 4000


@pytest.mark.parametrize(
    "call",
    [
        lambda: Seat.find().delete(),
        lambda: Seat.find(line=1).delete(),
        lambda: Seat.find(hall="a", guest="ann").delete(),
        lambda: Seat.find(hall="a", line=1).if_exists().delete(),
        lambda: Seat.find(hall="a", line=1).update(guest="x"),
        lambda: Seat.find(hall="a", line=1, number=1).update(),
        lambda: Seat.find(hall="a", line=1, number=1).update(number=2),
        lambda: Seat.find(hall="a", line=1, number=1).update(gest="x"),
        lambda: Seat.find(hall="a", line=1, number=1).ttl(-1).update(guest="x"),
        lambda: Seat.find(hall="a", line=1, number=1).if_exists().timestamp(5).update(guest="x"),
        lambda: Seat.find(hall="a").limit(1).delete(),
    ],
)
def test_what_would_write_too_much_or_nothing_is_refused_before_it_is_sent(spy, call):
    with pytest.raises(InvalidQueryError):
        call()
    assert spy.calls == []
