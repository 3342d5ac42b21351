"""Documents that are made while the program runs."""

from typing import Annotated

import pytest

import coodie
from coodie import aio, sync
from coodie.exceptions import ModelError
from coodie.fields import ClusteringKey, Column, Counter, Discriminator, PrimaryKey

Key = Annotated[int, PrimaryKey()]


class Tenant(sync.Document):
    id: Key
    note: str = ""

    class Settings:
        abstract = True
        keyspace = "shop"


@pytest.mark.parametrize("base", [aio.Document, sync.Document])
def test_a_document_is_made_with_its_table(base):
    fields = {"id": Key, "a": (str, "x"), "b": Annotated[int | None, Column("B c")]}
    model = coodie.document("Reading7", fields, settings={"name": "readings_7", "default_ttl": 5}, base=base)
    assert issubclass(model, base)
    assert (model.__name__, model.__module__, model.__qualname__) == ("Reading7", __name__, "Reading7")
    assert model.find().statement().cql == 'SELECT id, a, "B c" FROM readings_7'
    assert model(id=1, b=None).a == "x"


def test_the_base_is_the_async_document_if_none_is_given():
    assert issubclass(coodie.document("A", {"id": Key}), aio.Document)
    assert coodie.document("PageViews", {"id": Key}).table_name() == "page_views"


def test_each_tenant_has_a_table_of_its_own(coodie_recorder):
    models = [
        coodie.document(f"Orders{n}", {"sum": int}, settings={"name": f"orders_{n}"}, base=Tenant) for n in (1, 2)
    ]
    for model in models:
        model(id=1, sum=2).save()
    assert coodie_recorder.cql == [f"INSERT INTO shop.orders_{n} (id, note, sum) VALUES (?, ?, ?)" for n in (1, 2)]


def test_counters_views_and_families_can_be_made_too():
    counted = coodie.document("Hits", {"id": Key, "n": Annotated[int | None, Counter()]}, base=sync.CounterDocument)
    assert str(counted.column_types()["n"]) == "counter"
    view = coodie.document(
        "ByNote",
        {"note": Annotated[str, PrimaryKey()], "id": Annotated[int, ClusteringKey()]},
        settings={"base_table": "tenants"},
        base=sync.MaterializedView,
    )
    assert view.table_name() == "by_note"
    pet = coodie.document("Pet", {"id": Key, "kind": Annotated[str, Discriminator()]}, base=sync.Document)
    cat = coodie.document("Cat", {}, settings={"discriminator_value": "cat"}, base=pet)
    assert (cat.table_name(), cat(id=1).kind) == ("pet", "cat")


def test_settings_may_be_a_class():
    class Common:
        keyspace = "shop"

    model = coodie.document("Row", {"id": Key}, settings=Common)
    assert model.find().statement().cql == "SELECT id FROM shop.row"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", {"id": Key}), "must be a non-empty str, not a str"),
        ((5, {"id": Key}), "must be a non-empty str, not an int"),
        (("Row", ["id"]), "Row: fields must be a mapping from names to annotations, not a list"),
        (("Row", {"id": Key, 5: int}), "Row: the name of a field must be a str, not an int"),
        (("Row", {"id": Key, "_x": int}), r"Row\._x: Pydantic allows no field.*Column\(name='_x'\)"),
        (("Row", {"id": Key, "model_config": dict}), r"Row\.model_config: Pydantic allows no field"),
        (("Row", {"id": Key, "v": (int, 1, 2)}), r"Row\.v must be an annotation, or a tuple of annotation and default"),
        (("Row", {"v": int}), "Row has no primary key"),
    ],
)
def test_what_cannot_be_a_document_is_refused(arguments, message):
    with pytest.raises(ModelError, match=message):
        coodie.document(*arguments)


@pytest.mark.parametrize("base", [dict, 5, coodie.UserType])
def test_the_base_is_a_document(base):
    with pytest.raises(ModelError, match="Row: base must be a document class"):
        coodie.document("Row", {"id": Key}, base=base)


@pytest.mark.parametrize("settings", [5, "name", {"nam": "x"}])
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ModelError, match=r"Row\.Settings"):
        coodie.document("Row", {"id": Key}, settings=settings)
