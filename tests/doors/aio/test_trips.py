"""What a hook is told of each trip: the class that it is about, whatever sends it."""

from typing import Annotated

import pytest

from coodie.aio import (
    AsyncBatchQuery,
    CounterDocument,
    Document,
    MaterializedView,
    close,
    execute_raw,
    init_coodie,
)
from coodie.drivers import Hook
from coodie.fields import Counter, Discriminator, PrimaryKey
from coodie.testing import RecordingDriver


class Thing(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int, Counter()] = 0


class ByName(MaterializedView):
    name: Annotated[str, PrimaryKey()]
    id: Annotated[int, PrimaryKey(clustering=True)]

    class Settings:
        base_table = Thing


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""


class Dog(Animal):
    name: str = ""

    class Settings:
        discriminator_value = "dog"


class Ear(Hook):
    def __init__(self):
        self.trips = []

    def after(self, trip, token):
        self.trips.append(trip)


@pytest.fixture
async def ear():
    ear = Ear()
    await init_coodie(driver=RecordingDriver(strict=False), keyspace="shop", hooks=[ear])
    yield ear
    await close()


async def batch(*documents):
    async with AsyncBatchQuery() as batch:
        batch.add("INSERT INTO other (id) VALUES (?)", [1])
        for document in documents:
            await document.save(batch=batch)


async def iterate(query):
    async for _ in query:
        pass


CALLS = {
    "save": (lambda: Thing(id=1).save(), Thing),
    "insert": (lambda: Thing(id=1).insert(), Thing),
    "update": (lambda: Thing(id=1).update(name="a"), Thing),
    "delete": (lambda: Thing(id=1).delete(), Thing),
    "delete_columns": (lambda: Thing(id=1).delete_columns("name"), Thing),
    "find_one": (lambda: Thing.find_one(id=1), Thing),
    "all": (lambda: Thing.find(id=1).all(), Thing),
    "iteration": (lambda: iterate(Thing.find(id=1)), Thing),
    "values_list": (lambda: Thing.find(id=1).values_list("name").all(), Thing),
    "exists": (lambda: Thing.find(id=1).exists(), Thing),
    "query update": (lambda: Thing.find(id=1).update(name="a"), Thing),
    "query delete": (lambda: Thing.find(id=1).delete(), Thing),
    "query create": (lambda: Thing.find().create(id=1), Thing),
    "increment": (lambda: Views(url="/").increment(views=1), Views),
    "view": (lambda: ByName.find(name="a").all(), ByName),
    "a class of a family": (lambda: Dog(id=1).save(), Dog),
    "elsewhere": (lambda: Thing.using(keyspace="t42").find(id=1).all(), Thing),
    "truncate": (lambda: Thing.truncate(), Thing),
    "drop_table": (lambda: Thing.drop_table(), Thing),
    "batch": (lambda: batch(Thing(id=1)), Thing),
    "batch of raw texts": (lambda: batch(), None),
    "raw": (lambda: execute_raw("SELECT id FROM thing"), None),
    "sync_table": (lambda: Thing.sync_table(), None),
}


@pytest.mark.parametrize("call", CALLS)
async def test_a_trip_names_the_class_that_it_is_about(ear, call):
    act, model = CALLS[call]
    await act()
    assert ear.trips
    assert {trip.model for trip in ear.trips} == {model}


async def test_the_class_is_no_part_of_a_request(ear):
    await Thing(id=1).save()
    await Thing.using(keyspace="shop").find(id=1).all()
    for trip in ear.trips:
        assert "Thing" not in repr(trip.request)
