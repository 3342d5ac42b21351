"""No cache keeps a model alive: one that was made in a function, and used in every way, goes with the function."""

import gc
import weakref
from datetime import datetime, timezone
from enum import Enum
from typing import Annotated

import pytest

import coodie
from coodie import UserType
from coodie.aio import AsyncBatchQuery, CounterDocument, Document, MaterializedView, sync_all, verify_all
from coodie.exceptions import ConditionNotMet, DocumentNotFound, InvalidQueryError, ModelError, SchemaMismatch
from coodie.fields import ClusteringKey, Counter, Discriminator, Frozen, Indexed, PrimaryKey
from coodie.testing import RecordingDriver

pytestmark = pytest.mark.filterwarnings("ignore::coodie.exceptions.QueryWarning")


class Color(Enum):
    RED = "red"


def make_model():
    class Address(UserType):
        city: str = ""

    class Thing(Document):
        id: Annotated[int, PrimaryKey()]
        at: Annotated[datetime, ClusteringKey()]
        name: Annotated[str | None, Indexed()] = None
        color: Color = Color.RED
        tags: set[str] = set()
        attrs: dict[str, int] = {}
        items: list[int] = []
        address: Annotated[Address | None, Frozen(False)] = None

    return Thing


NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
ROW = {"id": 1, "at": NOON, "name": "x", "color": "red"}


def make_family():
    class Animal(Document):
        id: Annotated[int, PrimaryKey()]
        kind: Annotated[str, Discriminator()]

    class Dog(Animal):
        barks: bool = False

        class Settings:
            discriminator_value = "dog"

    return Dog


def make_counters():
    class Views(CounterDocument):
        id: Annotated[int, PrimaryKey()]
        n: Annotated[int | None, Counter()] = None

    return Views


def make_view():
    class ByName(MaterializedView):
        name: Annotated[str, PrimaryKey()]
        id: Annotated[int, ClusteringKey()]

        class Settings:
            base_table = "things"

    return ByName


def make_document():
    fields = {"id": Annotated[int, PrimaryKey()], "name": (str, "x")}
    return coodie.document("Tenant", fields, settings={"name": "tenant_7"}, base=Document)


async def define(model, recorder):
    await model.sync_table()
    await sync_all(model)
    with pytest.raises(SchemaMismatch):
        await verify_all(model)


async def write(model, recorder):
    one = model(id=1, at=NOON, tags={"a"})
    await one.save()
    one.name = "x"
    await one.save(ttl=5)
    await one.insert()
    await one.update(name="y", tags__add={"b"}, attrs__update={"k": 1}, items__append=[1], address__city="B")
    await one.update(name="y", if_conditions={"name": "x"})
    await one.delete_columns("name", ("attrs", "k"), ("items", 0))
    await one.delete()
    await model.find(id=1, at=NOON).update(name="z")
    await model.find(id=1, at__gt=NOON).delete()
    with pytest.raises(InvalidQueryError):
        await one.update(nmae="y")
    recorder.on("insert", table=model).applied(False, ROW)
    with pytest.raises(ConditionNotMet):
        (await one.insert()).raise_if_lost()


async def read(model, recorder):
    recorder.on("select", table=model, where={"id": 1, "at": NOON}).returns([ROW])
    recorder.on("select", table=model, where={"id": 1}).returns([ROW]).times(2)
    recorder.on("select", table=model, where={"id": 2}).returns([{"id": 2, "at": NOON, "name": "x"}])
    recorder.on("select", table=model, where={"id": 2, "at": NOON}).returns([{"id": 2, "at": NOON, "name": "x"}])
    recorder.on("select", table=model, where={"id": 3}).returns([{"name": "x"}])
    found = await model.get(id=1, at=NOON)
    assert [each async for each in model.find(id=1)] == [found]
    assert await model.find(id=1).order_by("-at").limit(5).all() == [found]
    (part,) = await model.find(id=2).only("name").all()
    part.name = "y"
    await part.save()
    part.rollback()
    await part.refresh()
    assert await model.find(id=3).values_list("name").all() == [("x",)]


async def ask(model, recorder):
    await model.find(id__in=[5, 6], at__gte=NOON).all()
    await model.find(tags__contains="a").allow_filtering().all()
    await model.find(id__token__gt=5).all()
    await model.find(id=5).exists()
    await model.find(id=5).count()
    await model.find(id=5).group_by("id").aggregate(n="count(*)")
    await model.find(id=5, at=NOON).writetime("name")
    await model.find(id=5).json()
    await model.find(id=5).fetch_size(5).paged_all()
    with pytest.raises(DocumentNotFound):
        await model.get(id=5, at=NOON)


async def batch(model, recorder):
    async with AsyncBatchQuery() as batch:
        await model(id=2, at=NOON).save(batch=batch)
        await model(id=2, at=NOON, name="x").update(name="y", batch=batch)
        await model.find(id=2).delete(batch=batch)


async def elsewhere(model, recorder):
    home = model.using(keyspace="t42")
    await home.create(id=4, at=NOON)
    await home.sync_table()
    await home.find(id=4).all()


USES = [define, write, read, ask, batch, elsewhere]


async def simply(model, recorder):
    await model.sync_table()
    await model(id=1).save()
    assert await model.find(id=1).all() == []
    await model.find(id__gt=1).allow_filtering().first()


async def count(model, recorder):
    await model(id=1).increment(n=1)
    await model.find(id=1).first()


async def look(model, recorder):
    await model.sync_view()
    await model.find(name="x").all()


async def is_kept(make, *uses):
    """Whether anything holds the model that ``make`` gives, once it was used and let go."""
    with RecordingDriver(strict=False, keyspace="shop") as recorder:
        model = make()
        for use in uses:
            await use(model, recorder)
    left = weakref.ref(model)
    del model, recorder
    gc.collect()
    return left() is not None


@pytest.mark.parametrize("use", USES)
async def test_nothing_keeps_a_model_that_was_used(use):
    assert not await is_kept(make_model, use)


async def test_nothing_keeps_a_model_that_was_used_in_every_way():
    assert not await is_kept(make_model, *USES)


@pytest.mark.parametrize(
    ("make", "use"), [(make_family, simply), (make_document, simply), (make_counters, count), (make_view, look)]
)
async def test_nor_one_of_any_other_kind(make, use):
    assert not await is_kept(make, use)


def test_nor_one_that_was_refused():
    def make():
        class Wrong(Document):
            id: Annotated[int, PrimaryKey(), Counter()]

    with pytest.raises(ModelError) as refused:
        make()
    del refused
    gc.collect()
    assert not [each for each in Document.__subclasses__() if each.__name__ == "Wrong"]
