# Derived by tests/derive.py: edit tests_integration/doors/aio/test_homes.py,
# then run `tox -e sync`.
"""Rule 22 on a real cluster: tenants in keyspaces of their own, and over connections of their own."""

from __future__ import annotations

from typing import Annotated

import pytest

from coodie import ClusteringKey, Counter, Indexed, PrimaryKey, SchemaMismatch
from coodie.sync import (
    BatchQuery,
    CounterDocument,
    Document,
    MaterializedView,
    close,
    init_coodie,
    sync_all,
    verify_all,
)
from coodie.usertype import UserType


class Address(UserType):
    street: str
    city: str = ""


class Customer(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    town: Annotated[str, Indexed()] = ""
    home: Address | None = None
    tags: set[str] = set()

    class Settings:
        name = "customers"


class Visits(CounterDocument):
    page: Annotated[str, PrimaryKey()]
    visits: Annotated[int | None, Counter()] = None


class ByName(MaterializedView):
    name: Annotated[str, PrimaryKey()]
    id: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = Customer


@pytest.fixture(params=["keyspace", "connection"])
def tenants(request, session, keyspace, other_keyspace):
    """The place that the models name, and another one: over the same connection, or over one of its own."""
    init_coodie(session=session, keyspace=keyspace)
    init_coodie(session=session, keyspace=other_keyspace, name="other")
    using = {"keyspace": other_keyspace} if request.param == "keyspace" else {"connection": "other"}
    tables = [(Customer, Customer.using(**using)), (Visits, Visits.using(**using))]
    for here, there in tables:
        for place in (here, there):
            place.sync_table()
            assert place.sync_table() == []
            place.verify_table()
            place.truncate()
    yield using
    close()


def test_tenants_never_mix(tenants):
    others = Customer.using(**tenants)
    ann = Customer.create(id=1, name="ann", home=Address(street="A 1"))
    bo = others.create(id=1, name="bo", home=Address(street="B 1"))
    bo.update(town="Rome", tags__add={"x"})
    loaded = others.find_one(town="Rome")
    assert (loaded.name, loaded.tags, loaded.home) == ("bo", {"x"}, Address(street="B 1"))
    loaded.name = "cy"
    loaded.save()
    assert ((Customer.get(id=1)).name, (others.get(id=1)).name) == ("ann", "cy")
    lost = loaded.update(name="dee", if_conditions={"name": "ann"})
    assert (lost.applied, lost.existing.name) == (False, "cy")
    lost.existing.delete()
    assert ((Customer.get(id=1)).name, others.find_one(id=1)) == ("ann", None)
    assert others(id=1, name="eve").insert()
    existing = (others.insert(Customer(id=1))).existing
    assert (existing, existing.home) == (others.get(id=1), None)
    ann.delete_columns("name")
    assert [(place.get(id=1)).name for place in (Customer, others)] == ["", "eve"]
    ann.delete()
    assert [place.find(id=1).exists() for place in (Customer, others)] == [False, True]


def test_a_tenant_is_moved(tenants):
    others = Customer.using(**tenants)
    for number in range(3):
        Customer.create(id=number, name=str(number), tags={"a"})
    for customer in Customer.find():
        others.save(customer)
        customer.delete()
    assert Customer.find().all() == []
    assert {(one.id, one.name, *one.tags) for one in others.find().all()} == {(n, str(n), "a") for n in range(3)}


def test_counters_of_tenants(tenants):
    others = Visits.using(**tenants)
    Visits(page="/").increment(visits=1)
    others(page="/").increment(visits=5)
    loaded = others.get(page="/")
    loaded.decrement(visits=2)
    assert ((Visits.get(page="/")).visits, (others.get(page="/")).visits) == (1, 3)


def test_one_batch_for_two_keyspaces(tenants, other_keyspace):
    others = Customer.using(keyspace=other_keyspace)
    with BatchQuery() as batch:
        made = others.create(id=1, name="bo", batch=batch)
        Customer(id=1, name="ann").save(batch=batch)
        made.update(tags__add={"x"}, batch=batch)
    found = [others.get(id=1), Customer.get(id=1)]
    assert [(each.name, each.tags) for each in found] == [("bo", {"x"}), ("ann", set())]


def test_what_a_tenant_lacks_is_told(tenants):
    others = Customer.using(**tenants)
    others.drop_table()
    with pytest.raises(SchemaMismatch, match="customers"):
        others.verify_table()
    Customer.verify_table()
    assert len(others.sync_table()) == 2, "a table and its index; the type is there"
    others.verify_table()


def test_tenants_are_synced_together(tenants):
    there = [model.using(**tenants) for model in (Customer, Visits)]
    assert sync_all(Customer, Visits, *there) == []
    there[0].drop_table()
    with pytest.raises(SchemaMismatch, match="customers"):
        verify_all(Customer, Visits, *there)
    assert len(sync_all(Customer, Visits, *there)) == 2, "a table and its index"
    verify_all(Customer, Visits, *there)


def test_views_of_tenants(tenants):
    others, by_name = Customer.using(**tenants), ByName.using(**tenants)
    for view in (ByName, by_name):
        view.sync_view()
        view.verify_view()
    Customer.create(id=1, name="ann")
    others.create(id=2, name="ann")
    assert [(view.get(name="ann")).id for view in (ByName, by_name)] == [1, 2]
    by_name.drop_view()
    with pytest.raises(SchemaMismatch):
        by_name.verify_view()
    ByName.verify_view()
    ByName.drop_view()
