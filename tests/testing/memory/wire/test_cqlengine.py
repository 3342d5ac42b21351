"""cqlengine, the mapper that comes with cassandra-driver, on the raw door: it is a client that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cassandra.cqlengine import columns, connection, management
from cassandra.cqlengine.models import Model
from cassandra.cqlengine.query import BatchQuery, BatchType, LWTException
from cassandra.cqlengine.usertype import UserType

from coodie.testing.memory.driver import MemoryDriver


class Street(UserType):
    __type_name__ = "street"
    name = columns.Text()
    number = columns.Integer()


class Person(Model):
    __keyspace__ = "eng"
    __table_name__ = "person"
    town = columns.Text(partition_key=True)
    name = columns.Text(primary_key=True, clustering_order="DESC")
    age = columns.Integer()
    nick = columns.Text(index=True)
    tags = columns.Set(columns.Text())
    notes = columns.List(columns.Text())
    scores = columns.Map(columns.Text(), columns.Integer())
    home = columns.UserDefinedType(Street)
    motto = columns.Text(static=True)


class Visits(Model):
    __keyspace__ = "eng"
    page = columns.Text(primary_key=True)
    count = columns.Counter()


@pytest.fixture(scope="module")
def engine() -> Iterator[MemoryDriver]:
    memory = MemoryDriver()
    memory.run("CREATE KEYSPACE eng WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session = memory.session()
    connection.register_connection("memory", session=session, default=True)
    yield memory
    connection.unregister_connection("memory")
    memory.close()


@pytest.fixture
def synced(engine: MemoryDriver, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryDriver]:
    monkeypatch.setenv("CQLENG_ALLOW_SCHEMA_MANAGEMENT", "1")
    management.sync_type("eng", Street)
    management.sync_table(Person)
    management.sync_table(Visits)
    yield engine
    management.drop_table(Person)
    management.drop_table(Visits)


def test_sync_makes_what_the_models_say_and_then_has_nothing_to_do(synced: MemoryDriver) -> None:
    version = synced.engine.schema.version
    management.sync_type("eng", Street)
    management.sync_table(Person)
    management.sync_table(Visits)
    assert synced.engine.schema.version == version
    table = connection.get_cluster().metadata.keyspaces["eng"].tables["person"]
    assert table.clustering_key[0].is_reversed
    assert [index.name for index in table.indexes.values()] == ["person_nick_idx"]


def test_models_are_saved_changed_found_and_deleted(synced: MemoryDriver) -> None:
    home = Street(name="Mill Lane", number=7)
    person = Person.create(town="a", name="Ada", age=36, nick="x", tags={"m"}, notes=["n"], scores={"s": 1}, home=home)
    Person.create(town="a", name="Bob", age=20)
    person.tags.add("q")
    person.notes.append("o")
    person.scores["t"] = 2
    person.update(age=37)
    found = Person.get(town="a", name="Ada")
    assert (found.age, found.tags, found.notes, found.scores) == (37, {"m", "q"}, ["n", "o"], {"s": 1, "t": 2})
    assert (found.home.name, found.home.number) == ("Mill Lane", 7)
    assert [each.name for each in Person.filter(town="a")] == ["Bob", "Ada"]
    assert [each.name for each in Person.filter(town="a").order_by("name").limit(1)] == ["Ada"]
    assert [each.name for each in Person.filter(nick="x")] == ["Ada"]
    assert Person.objects.count() == 2
    Person.filter(town="a", name="Bob").update(age=None, tags__add={"z"})
    assert Person.get(town="a", name="Bob").tags == {"z"}
    found.delete()
    assert [each.name for each in Person.all()] == ["Bob"]


def test_pages_and_values(synced: MemoryDriver) -> None:
    for number in range(7):
        Person.create(town="a", name=f"n{number}", age=number)
    names = list(Person.filter(town="a").fetch_size(3).values_list("name", flat=True))
    assert names == [f"n{number}" for number in reversed(range(7))]
    assert {each.town for each in Person.objects.distinct(["town"])} == {"a"}


def test_batches(synced: MemoryDriver) -> None:
    with BatchQuery() as batch:
        Person.batch(batch).create(town="a", name="Ada", age=1)
        Person.batch(batch).create(town="a", name="Bob", age=2)
    assert Person.objects.count() == 2


def test_conditions(synced: MemoryDriver) -> None:
    Person.if_not_exists().create(town="a", name="Ada", age=1)
    with pytest.raises(LWTException) as caught:
        Person.if_not_exists().create(town="a", name="Ada", age=2)
    assert caught.value.existing["age"] == 1
    person = Person.get(town="a", name="Ada")
    person.iff(age=1).update(age=3)
    with pytest.raises(LWTException) as caught:
        person.iff(age=1).update(age=4)
    assert caught.value.existing == {"[applied]": False, "age": 3}
    Person.filter(town="a", name="Ada").if_exists().update(age=5)
    assert Person.get(town="a", name="Ada").age == 5


def test_counters(synced: MemoryDriver) -> None:
    Visits(page="home").update(count=5)
    visits: Any = Visits.get(page="home")
    visits.update(count=visits.count - 2)
    assert Visits.get(page="home").count == 3
    with BatchQuery(batch_type=BatchType.Counter) as batch:
        visits.batch(batch).update(count=10)
    assert Visits.get(page="home").count == 10


def test_ttls_and_timestamps(synced: MemoryDriver) -> None:
    Person.ttl(60).create(town="a", name="Ada", age=1)
    assert synced.rows("eng.person")[0]["age"] == 1
    Person.timestamp(5).create(town="a", name="Ada", age=2)
    assert Person.get(town="a", name="Ada").age == 1
