"""Rule 22 on a real cluster: tenants in keyspaces of their own, and over connections of their own."""

from __future__ import annotations

from typing import Annotated

import pytest

from coodie import ClusteringKey, Counter, Indexed, PrimaryKey, SchemaMismatch
from coodie.aio import (
    AsyncBatchQuery,
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
async def tenants(request, session, keyspace, other_keyspace):
    """The place that the models name, and another one: over the same connection, or over one of its own."""
    await init_coodie(session=session, keyspace=keyspace)
    await init_coodie(session=session, keyspace=other_keyspace, name="other")
    using = {"keyspace": other_keyspace} if request.param == "keyspace" else {"connection": "other"}
    tables = [(Customer, Customer.using(**using)), (Visits, Visits.using(**using))]
    for here, there in tables:
        for place in (here, there):
            await place.sync_table()
            assert await place.sync_table() == []
            await place.verify_table()
            await place.truncate()
    yield using
    await close()


async def test_tenants_never_mix(tenants):
    others = Customer.using(**tenants)
    ann = await Customer.create(id=1, name="ann", home=Address(street="A 1"))
    bo = await others.create(id=1, name="bo", home=Address(street="B 1"))
    await bo.update(town="Rome", tags__add={"x"})
    loaded = await others.find_one(town="Rome")
    assert (loaded.name, loaded.tags, loaded.home) == ("bo", {"x"}, Address(street="B 1"))
    loaded.name = "cy"
    await loaded.save()
    assert ((await Customer.get(id=1)).name, (await others.get(id=1)).name) == ("ann", "cy")
    lost = await loaded.update(name="dee", if_conditions={"name": "ann"})
    assert (lost.applied, lost.existing.name) == (False, "cy")
    await lost.existing.delete()
    assert ((await Customer.get(id=1)).name, await others.find_one(id=1)) == ("ann", None)
    assert await others(id=1, name="eve").insert()
    existing = (await others.insert(Customer(id=1))).existing
    assert (existing, existing.home) == (await others.get(id=1), None)
    await ann.delete_columns("name")
    assert [(await place.get(id=1)).name for place in (Customer, others)] == ["", "eve"]
    await ann.delete()
    assert [await place.find(id=1).exists() for place in (Customer, others)] == [False, True]


async def test_a_tenant_is_moved(tenants):
    others = Customer.using(**tenants)
    for number in range(3):
        await Customer.create(id=number, name=str(number), tags={"a"})
    async for customer in Customer.find():
        await others.save(customer)
        await customer.delete()
    assert await Customer.find().all() == []
    assert {(one.id, one.name, *one.tags) for one in await others.find().all()} == {(n, str(n), "a") for n in range(3)}


async def test_counters_of_tenants(tenants):
    others = Visits.using(**tenants)
    await Visits(page="/").increment(visits=1)
    await others(page="/").increment(visits=5)
    loaded = await others.get(page="/")
    await loaded.decrement(visits=2)
    assert ((await Visits.get(page="/")).visits, (await others.get(page="/")).visits) == (1, 3)


async def test_one_batch_for_two_keyspaces(tenants, other_keyspace):
    others = Customer.using(keyspace=other_keyspace)
    async with AsyncBatchQuery() as batch:
        made = await others.create(id=1, name="bo", batch=batch)
        await Customer(id=1, name="ann").save(batch=batch)
        await made.update(tags__add={"x"}, batch=batch)
    found = [await others.get(id=1), await Customer.get(id=1)]
    assert [(each.name, each.tags) for each in found] == [("bo", {"x"}), ("ann", set())]


async def test_what_a_tenant_lacks_is_told(tenants):
    others = Customer.using(**tenants)
    await others.drop_table()
    with pytest.raises(SchemaMismatch, match="customers"):
        await others.verify_table()
    await Customer.verify_table()
    assert len(await others.sync_table()) == 2, "a table and its index; the type is there"
    await others.verify_table()


async def test_tenants_are_synced_together(tenants):
    there = [model.using(**tenants) for model in (Customer, Visits)]
    assert await sync_all(Customer, Visits, *there) == []
    await there[0].drop_table()
    with pytest.raises(SchemaMismatch, match="customers"):
        await verify_all(Customer, Visits, *there)
    assert len(await sync_all(Customer, Visits, *there)) == 2, "a table and its index"
    await verify_all(Customer, Visits, *there)


async def test_views_of_tenants(tenants):
    others, by_name = Customer.using(**tenants), ByName.using(**tenants)
    for view in (ByName, by_name):
        await view.sync_view()
        await view.verify_view()
    await Customer.create(id=1, name="ann")
    await others.create(id=2, name="ann")
    assert [(await view.get(name="ann")).id for view in (ByName, by_name)] == [1, 2]
    await by_name.drop_view()
    with pytest.raises(SchemaMismatch):
        await by_name.verify_view()
    await ByName.verify_view()
    await ByName.drop_view()
