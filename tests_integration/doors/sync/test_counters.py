# Derived by tests/derive.py: edit tests_integration/doors/aio/test_counters.py,
# then run `tox -e sync`.
"""Counters on a real cluster: added to and never set, static ones too, alone and in batches."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

import pytest

from coodie import Counter, InvalidQueryError, OutcomeUnknown, PrimaryKey, Static
from coodie.sync import BatchQuery, CounterDocument
from coodie.fields import ClusteringKey
from coodie.testing import faults


class Visits(CounterDocument):
    site: Annotated[UUID, PrimaryKey()]
    page: Annotated[str, ClusteringKey()]
    all_pages: Annotated[int | None, Counter(), Static()] = None
    views: Annotated[int | None, Counter()] = None
    timeout: Annotated[int | None, Counter()] = None

    class Settings:
        name = "visits"


@pytest.fixture(autouse=True)
def table(connection):
    Visits.sync_table()


@pytest.fixture
def visits():
    return Visits(site=uuid4(), page="/")


def counts(found):
    return found.all_pages, found.views, found.timeout


def test_what_was_never_counted_is_none(visits):
    visits.increment(views=1)
    found = Visits.get(site=visits.site, page="/")
    assert (counts(found), counts(visits)) == ((None, 1, None), (None, None, None))


def test_up_down_and_by_nothing(visits):
    visits.increment(views=5)
    visits.decrement(views=2)
    visits.increment(views=-4)
    visits.increment({"timeout": 2**62}, views=0)
    assert counts(Visits.get(site=visits.site, page="/")) == (None, -1, 2**62)
    assert Visits.find(site=visits.site).sum("views") == -1


def test_a_static_counter_is_that_of_the_partition(spy, visits):
    visits.increment(all_pages=2)
    assert spy.last.request.cql.endswith(" SET all_pages = all_pages + ? WHERE site = ?")
    other = Visits(site=visits.site, page="/other")
    other.increment(all_pages=1, views=1)
    visits.increment(views=1)
    assert [counts(each) for each in Visits.find(site=visits.site).all()] == [(3, 1, None), (3, 1, None)]


def test_a_counter_batch(visits):
    other = Visits(site=visits.site, page="/other")
    with BatchQuery(batch_type="COUNTER") as batch:
        visits.increment(views=2, all_pages=1, batch=batch)
        visits.decrement(views=1, batch=batch)
        other.increment({"timeout": 5}, batch=batch)
    assert [counts(each) for each in Visits.find(site=visits.site).all()] == [(1, 1, None), (1, None, 5)]


def test_rows_of_counters_are_deleted(visits):
    other = Visits(site=visits.site, page="/other")
    for each in (visits, other):
        each.increment(views=1, all_pages=1)
    assert counts(Visits.get(site=visits.site, page="/")) == (2, 1, None)
    visits.delete()
    assert [each.page for each in Visits.find(site=visits.site).all()] == ["/other"]
    Visits.find(site=visits.site).delete()
    assert Visits.find_one(site=visits.site) is None


def test_an_increment_is_never_sent_twice_by_itself(spy, visits):
    spy.on("update").raises(faults.write_timeout(write_type="COUNTER"), applied=True)
    with pytest.raises(OutcomeUnknown):
        visits.increment(views=1)
    assert [call.request.idempotent for call in spy.executed] == [False]
    assert (Visits.get(site=visits.site, page="/")).views == 1


@pytest.mark.parametrize(
    ("amounts", "why"),
    [
        ({}, "need a counter and an amount"),
        ({"page": 1}, "page is not a counter"),
        ({"viewz": 1}, "did you mean 'views'"),
        ({"views": "1"}, "changes by an int"),
        ({"views": True}, "changes by an int"),
        ({"views": 1.5}, "changes by an int"),
        ({"views": 2**63}, "views"),
    ],
)
def test_what_is_no_amount_is_refused(visits, amounts, why):
    for call in (visits.increment, visits.decrement):
        with pytest.raises(InvalidQueryError, match=why):
            call(amounts)
    assert Visits.find_one(site=visits.site) is None


def test_counters_cannot_be_set_nor_conditional(spy, visits):
    spy.clear()
    with pytest.raises(InvalidQueryError, match="cannot be written under a condition"):
        visits.delete(if_exists=True)
    with pytest.raises(InvalidQueryError, match="counters"):
        Visits.find(site=visits.site, page="/").update(views=1)
    with pytest.raises(InvalidQueryError, match="counters"):
        Visits.find().create(site=uuid4(), page="/")
    with BatchQuery() as batch:
        with pytest.raises(InvalidQueryError, match="COUNTER"):
            visits.increment(views=1, batch=batch)
    assert (hasattr(Visits, "save"), hasattr(Visits, "insert"), hasattr(Visits, "update")) == (False, False, False)
    assert spy.calls == []
