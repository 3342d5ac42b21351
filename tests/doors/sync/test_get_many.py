# Derived by tests/derive.py: edit tests/doors/aio/test_get_many.py,
# then run `tox -e sync`.
"""Many documents by their keys: in their order, one read per partition."""

from datetime import datetime, timezone
from decimal import Decimal
from typing import Annotated

import pytest
from doors.sync.many_rows import Lower, Pair, Reading, fill

from coodie.sync import Document, get_many
from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.testing import faults


class Price(Document):
    shop: Annotated[int, PrimaryKey()]
    at: Annotated[datetime, ClusteringKey()]
    amount: Annotated[Decimal, ClusteringKey()]


@pytest.fixture(scope="session")
def coodie_schema():
    return [Reading, Pair, Lower, Price]


def test_many_keys_give_documents_in_their_order_and_none(coodie_memory):
    Pair(a=1, token="x", v=3).save()
    Pair(a=2, token="y", v=4).save()
    with coodie_memory.listening() as sent:
        found = get_many(Pair, [(2, "y"), {"token": "x", "a": 1}, (3, "z"), (2, "y")])
    assert [each and each.v for each in found] == [4, 3, None, 4]
    assert {call.cql for call in sent} == {'SELECT a, "token", v FROM coodie_test.pair WHERE a = ? AND "token" = ?'}
    assert len(sent) == 3
    for id_ in ("ann", "bob"):
        Lower(id=id_).save()
    assert [each and each.id for each in get_many(Lower, iter(["bob", "cleo", "ann"]))] == ["bob", None, "ann"]
    assert get_many(Lower, []) == []


def test_keys_of_one_partition_are_one_read_and_never_an_in_over_partitions(coodie_memory):
    fill(4)
    wanted = [(3, 1), (0, 2), (3, 0), (3, 9), (0, 3)]
    with coodie_memory.listening() as sent:
        found = get_many(Reading, wanted, concurrency=1)
    assert [each and (each.sensor, each.at) for each in found] == [key if key[1] < 9 else None for key in wanted]
    assert [call.cql.partition("WHERE ")[2] for call in sent] == ["sensor = ? AND at IN ?"] * 2
    with coodie_memory.listening() as sent:
        get_many(Reading, [(1, at) for at in range(120)])
    assert sorted(len(call.values[1]) for call in sent) == [20, 50, 50]


def test_keys_are_matched_as_the_server_compares_them(coodie_memory):
    moment = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
    Price(shop=1, at=moment, amount=Decimal("1.0")).save()
    Price(shop=1, at=moment, amount=Decimal("2")).save()
    found = get_many(Price, [(1, moment, Decimal("2.00")), (1, moment, Decimal("1")), (1, moment, 3)])
    assert [each and each.amount for each in found] == [Decimal(2), Decimal(1), None]


def test_get_many_uses_its_options_and_asks_a_busy_cluster_again(coodie_recorder):
    coodie_recorder.on("select", table=Lower).raises(faults.overloaded()).times(1)
    coodie_recorder.on("select", table=Lower).returns([{"id": "ann"}])
    (found,) = get_many(Lower, ["ann"], consistency="ONE", timeout=2)
    assert found is not None
    assert (coodie_recorder.last.request.options.consistency, coodie_recorder.last.request.options.timeout) == (
        "ONE",
        2,
    )


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([(1, "a"), (1,)], "a key of Pair is a tuple of 2 values, or a dictionary by name: a, token"),
        ([5], "a key of Pair is"),
        ([{"a": 1}], "a key of Pair is"),
        ([{"a": 1, "token": "x", "v": 1}], "a key of Pair is"),
        ([(1, None)], "cannot filter by null"),
        ([("no number", "a")], "Pair.a"),
        ("ab", "takes an iterable of keys, not a str"),
        ({"a": 1, "token": "b"}, "takes an iterable of keys, not a dict"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_before_anything_is_sent(coodie_recorder, keys, said):
    with pytest.raises(InvalidQueryError) as caught:
        get_many(Pair, keys)
    assert said in str(caught.value)
    assert "no number" not in str(caught.value)
