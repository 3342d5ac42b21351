"""Writes that store tombstones warn where the model or the call asks for it, with the line of the user."""

import warnings
from pathlib import Path
from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery, Document, insert, insert_many, save, save_many, update, update_many
from coodie.exceptions import InvalidQueryError
from coodie.fields import Column, Frozen, PrimaryKey, Version
from coodie.warnings import NullsWarning, OverwriteWarning, WriteWarning

pytestmark = pytest.mark.coodie(strict=False)


class Quiet(Document):
    id: Annotated[int, PrimaryKey()]
    note: Annotated[str | None, Column(name="n")] = None
    size: int | None = None
    tags: set[str] = set()
    marks: list[int] = []
    attrs: dict[str, int] = {}
    path: Annotated[list[str], Frozen()] = []


class User(Quiet):
    class Settings:
        name = "users"
        warn_nulls = True
        warn_overwrites = True


class Counted(User):
    version: Annotated[int | None, Version()] = None

    class Settings:
        name = "counted"
        warn_nulls = True
        warn_overwrites = True


MODELS = [User, Counted]
ROW = {"id": 1, "n": "a", "size": 2, "tags": {"x"}, "marks": [1], "attrs": {"k": 1}, "path": ["p"]}


async def loaded(recorder, model):
    recorder.on("select", table=model).returns([{**ROW, "version": 1} if model is Counted else ROW])
    return await model.get(id=1)


NULLS = [
    (lambda model, **o: model(id=1, note=None).save(**o), "note"),
    (lambda model, **o: model(id=1, note=None, size=None).insert(**o), "note, {0}.size"),
    (
        lambda model, **o: model(id=1, note=None, size=1, tags=set(), marks=[1], attrs={}, path=[]).save(**o),
        "note, {0}.tags, {0}.attrs",
    ),
    (lambda model, **o: save(model(id=1, size=None), ttl=60, **o), "size"),
    (lambda model, **o: save(model(id=1, size=None), full=True, **o), "size"),
    (lambda model, **o: insert(model(id=1, size=None), **o), "size"),
    (lambda model, **o: save_many([model(id=1, size=None)], **o), "size"),
    (lambda model, **o: insert_many([model(id=1, size=None)], **o), "size"),
    (lambda model, **o: model.using(keyspace="k").save(model(id=1, size=None), **o), "size"),
    (lambda model, **o: model.using(keyspace="k").insert(model(id=1, size=None), **o), "size"),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("call", "fields"), NULLS)
async def test_nulls_in_a_new_row_warn(coodie_recorder, model, call, fields):
    with pytest.warns(NullsWarning) as found:
        await call(model)
    name = model.__name__
    assert [(each.category, Path(each.filename)) for each in found] == [(NullsWarning, Path(__file__))]
    assert f"has null in {name}.{fields.format(name)}, which the server stores as tombstones" in str(found[0].message)


OVERWRITES = [
    (lambda document, **o: document.update(tags={"y"}, **o), ".tags,", "tags__add"),
    (lambda document, **o: document.update(marks=[5], note="b", **o), ".marks,", "marks__append"),
    (lambda document, **o: update(document, {"attrs": {"y": 1}}, **o), ".attrs,", "attrs__update"),
    (lambda document, **o: update_many([(document, {"attrs": {"y": 1}})], **o), ".attrs,", "attrs__update"),
    (lambda document, **o: update(document, tags={"y"}, marks=[1], **o), ".tags, {0}.marks,", "tags__add"),
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("call", "fields", "instead"), OVERWRITES)
async def test_an_update_of_a_loaded_document_that_replaces_a_collection_warns(
    coodie_recorder, model, call, fields, instead
):
    document = await loaded(coodie_recorder, model)
    with pytest.warns(OverwriteWarning) as found:
        await call(document)
    name = model.__name__
    assert [(each.category, Path(each.filename)) for each in found] == [(OverwriteWarning, Path(__file__))]
    assert f"replaces the whole of {name}{fields.format(name)}" in str(found[0].message)
    assert f"as in update({instead}=...)" in str(found[0].message)


@pytest.mark.parametrize("how", [lambda document: document.save(), save, lambda document: save_many([document])])
async def test_a_save_of_a_loaded_document_whose_collection_changed_warns(coodie_recorder, how):
    document = await loaded(coodie_recorder, User)
    document.tags.add("y")
    document.note = None  # a value that is deleted, not one that never was
    with pytest.warns(WriteWarning, match=r"replaces the whole of User\.tags, so") as found:
        await how(document)
    assert [each.category for each in found] == [OverwriteWarning]


async def test_a_row_that_was_saved_before_is_like_one_that_was_loaded(coodie_recorder):
    user = User(id=1, tags={"a"})
    await user.save()
    with pytest.warns(OverwriteWarning):
        await user.update(tags={"b"})
    await user.delete()
    user.note = None
    with pytest.warns(NullsWarning, match=r"null in User\.note,"):
        await user.save()


async def test_a_changed_key_is_a_new_row(coodie_recorder):
    user = await loaded(coodie_recorder, User)
    user.id, user.size = 2, None
    with pytest.warns(WriteWarning) as found:
        await user.save()
    assert [each.category for each in found] == [NullsWarning]


async def test_an_insert_is_about_a_new_row_whatever_was_loaded(coodie_recorder):
    user = await loaded(coodie_recorder, User)
    user.size = None
    with pytest.warns(WriteWarning, match=r"null in User\.size,") as found:
        await user.insert()
    assert [each.category for each in found] == [NullsWarning]


async def test_what_stores_no_tombstone_does_not_warn(coodie_recorder):
    await User(id=1).save()
    await User(id=1, note="a", tags={"a"}, path=[]).insert()
    await User(id=1).update(tags={"a"})  # whoever loaded nothing cannot know what is there
    user = await loaded(coodie_recorder, User)
    await user.update(tags__add={"y"}, marks__append=[2], attrs__put=("z", 1), path=["q"])
    await user.update(note=None, size=None)
    await user.update(tags=set(), marks=None)  # deletes them, which is meant
    user.note = "other"
    user.path.append("r")
    user.attrs.clear()
    await user.save()
    await user.save()


@pytest.mark.parametrize("model", MODELS)
async def test_each_call_has_a_switch(coodie_recorder, model):
    for call, _ in NULLS:
        await call(model, warn=False)
    for call, *_ in OVERWRITES:
        await call(await loaded(coodie_recorder, model), warn=False)
    await model.find().warn(False).create(id=1, note=None)
    with pytest.warns(NullsWarning):
        await model.find().create(id=1, note=None)


async def test_without_the_settings_only_the_call_that_asks_for_it_warns(coodie_recorder):
    for call, _ in NULLS:
        await call(Quiet)
        with pytest.warns(NullsWarning, match="new row has null in Quiet"):
            await call(Quiet, warn=True)
    for call, *_ in OVERWRITES:
        document = await loaded(coodie_recorder, Quiet)
        await call(document)
        with pytest.warns(OverwriteWarning, match="the whole of Quiet"):
            await call(document, warn=True)


async def test_a_write_in_a_batch_warns_when_it_is_added(coodie_recorder):
    batch = AsyncBatchQuery()
    with pytest.warns(NullsWarning):
        await User(id=1, note=None).save(batch=batch)
    with pytest.warns(NullsWarning):
        await User.create(id=2, note=None, batch=batch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await batch.execute()


@pytest.mark.parametrize("write", [Quiet.save, Quiet.insert, lambda document, **o: document.update(note="x", **o)])
async def test_the_switch_is_yes_or_no(coodie_recorder, write):
    with pytest.raises(InvalidQueryError, match="warn must be True or False"):
        await write(Quiet(id=1), warn="no")
    assert coodie_recorder.cql == []
