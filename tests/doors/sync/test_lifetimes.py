# Derived by tests/derive.py: edit tests/doors/aio/test_lifetimes.py,
# then run `tox -e sync`.
"""No cache keeps a model alive: one that was made in a function, and used in every way, goes with the function."""

import gc
import weakref
from datetime import datetime, timezone
from enum import Enum
from typing import Annotated

import pytest

import coodie
from coodie import UserType
from coodie.sync import BatchQuery, CounterDocument, Document, MaterializedView, sync_all, verify_all
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


def define(model, recorder):
    model.sync_table()
    sync_all(model)
    with pytest.raises(SchemaMismatch):
        verify_all(model)


def write(model, recorder):
    one = model(id=1, at=NOON, tags={"a"})
    one.save()
    one.name = "x"
    one.save(ttl=5)
    one.insert()
    one.update(name="y", tags__add={"b"}, attrs__update={"k": 1}, items__append=[1], address__city="B")
    one.update(name="y", if_conditions={"name": "x"})
    one.delete_columns("name", ("attrs", "k"), ("items", 0))
    one.delete()
    model.find(id=1, at=NOON).update(name="z")
    model.find(id=1, at__gt=NOON).delete()
    with pytest.raises(InvalidQueryError):
        one.update(nmae="y")
    recorder.on("insert", table=model).applied(False, ROW)
    with pytest.raises(ConditionNotMet):
        (one.insert()).raise_if_lost()


def read(model, recorder):
    recorder.on("select", table=model, where={"id": 1, "at": NOON}).returns([ROW])
    recorder.on("select", table=model, where={"id": 1}).returns([ROW]).times(2)
    recorder.on("select", table=model, where={"id": 2}).returns([{"id": 2, "at": NOON, "name": "x"}])
    recorder.on("select", table=model, where={"id": 2, "at": NOON}).returns([{"id": 2, "at": NOON, "name": "x"}])
    recorder.on("select", table=model, where={"id": 3}).returns([{"name": "x"}])
    found = model.get(id=1, at=NOON)
    assert [each for each in model.find(id=1)] == [found]
    assert model.find(id=1).order_by("-at").limit(5).all() == [found]
    (part,) = model.find(id=2).only("name").all()
    part.name = "y"
    part.save()
    part.rollback()
    part.refresh()
    assert model.find(id=3).values_list("name").all() == [("x",)]


def ask(model, recorder):
    model.find(id__in=[5, 6], at__gte=NOON).all()
    model.find(tags__contains="a").allow_filtering().all()
    model.find(id__token__gt=5).all()
    model.find(id=5).exists()
    model.find(id=5).count()
    model.find(id=5).group_by("id").aggregate(n="count(*)")
    model.find(id=5, at=NOON).writetime("name")
    model.find(id=5).json()
    model.find(id=5).fetch_size(5).paged_all()
    with pytest.raises(DocumentNotFound):
        model.get(id=5, at=NOON)


def batch(model, recorder):
    with BatchQuery() as batch:
        model(id=2, at=NOON).save(batch=batch)
        model(id=2, at=NOON, name="x").update(name="y", batch=batch)
        model.find(id=2).delete(batch=batch)


def elsewhere(model, recorder):
    home = model.using(keyspace="t42")
    home.create(id=4, at=NOON)
    home.sync_table()
    home.find(id=4).all()


USES = [define, write, read, ask, batch, elsewhere]


def simply(model, recorder):
    model.sync_table()
    model(id=1).save()
    assert model.find(id=1).all() == []
    model.find(id__gt=1).allow_filtering().first()


def count(model, recorder):
    model(id=1).increment(n=1)
    model.find(id=1).first()


def look(model, recorder):
    model.sync_view()
    model.find(name="x").all()


def is_kept(make, *uses):
    """Whether anything holds the model that ``make`` gives, once it was used and let go."""
    with RecordingDriver(strict=False, keyspace="shop") as recorder:
        model = make()
        for use in uses:
            use(model, recorder)
    left = weakref.ref(model)
    del model, recorder
    gc.collect()
    return left() is not None


@pytest.mark.parametrize("use", USES)
def test_nothing_keeps_a_model_that_was_used(use):
    assert not is_kept(make_model, use)


def test_nothing_keeps_a_model_that_was_used_in_every_way():
    assert not is_kept(make_model, *USES)


@pytest.mark.parametrize(
    ("make", "use"), [(make_family, simply), (make_document, simply), (make_counters, count), (make_view, look)]
)
def test_nor_one_of_any_other_kind(make, use):
    assert not is_kept(make, use)


def test_nor_one_that_was_refused():
    def make():
        class Wrong(Document):
            id: Annotated[int, PrimaryKey(), Counter()]

    with pytest.raises(ModelError) as refused:
        make()
    del refused
    gc.collect()
    assert not [each for each in Document.__subclasses__() if each.__name__ == "Wrong"]
