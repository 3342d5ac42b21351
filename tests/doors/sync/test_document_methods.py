# Derived by tests/derive.py: edit tests/doors/aio/test_document_methods.py,
# then run `tox -e sync`.
"""Methods that users override: when each is called, and when it is not."""

from typing import Annotated

import pytest
from pydantic import PrivateAttr

from coodie.sync import (
    BatchQuery,
    CounterDocument,
    Document,
    delete_many,
    insert_many,
    save_many,
    update_many,
)
from coodie.exceptions import OutcomeUnknown, VersionConflict
from coodie.fields import Counter, Discriminator, PrimaryKey, Version
from coodie.testing import faults

CALLS: list[str] = []


@pytest.fixture(autouse=True)
def calls():
    CALLS.clear()
    return CALLS


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    note: str | None = None
    _loaded: int = PrivateAttr(0)

    class Settings:
        name = "users"

    def before_save(self) -> None:
        CALLS.append("before_save")
        self.name = self.name.strip()

    def after_save(self) -> None:
        CALLS.append("after_save")
        assert self.changes() == set()

    def before_delete(self) -> None:
        CALLS.append("before_delete")
        if self.name == "root":
            raise PermissionError("root stays")

    def after_load(self) -> None:
        CALLS.append("after_load")
        self._loaded += 1


ROW = {"id": 1, "name": "ann", "note": None}


def test_they_are_called_around_a_save_and_an_insert(coodie_recorder, calls):
    user = User(id=1, name=" ann ")
    user.save()
    assert coodie_recorder.last.params["name"] == "ann"
    assert calls == ["before_save", "after_save"]
    user.save()  # nothing changed, so nothing is sent
    assert calls == ["before_save", "after_save", "before_save"]
    calls.clear()
    coodie_recorder.on("insert", conditional=True).applied()
    assert User(id=1, name=" bo ").insert()
    assert coodie_recorder.last.params["name"] == "bo"
    assert calls == ["before_save", "after_save"]


def test_a_lost_condition_and_an_unknown_outcome_saved_nothing(coodie_recorder, calls):
    coodie_recorder.on("insert", conditional=True).applied(False, ROW)
    result = User(id=1).insert()
    assert (calls, result.existing.name) == (["before_save", "after_load"], "ann")
    for write in (User(id=1).insert, User(id=1).save):
        calls.clear()
        coodie_recorder.on("insert").raises(faults.write_timeout())
        with pytest.raises(OutcomeUnknown):
            write()
        assert calls == ["before_save"]


def test_in_a_batch_they_are_called_when_it_is_added_and_when_it_was_executed(coodie_recorder, calls):
    batch = BatchQuery()
    User(id=1, name=" ann ").save(batch=batch)
    assert calls == ["before_save"]
    batch.execute()
    assert calls == ["before_save", "after_save"]
    calls.clear()
    coodie_recorder.on("batch").applied(False, ROW)
    with BatchQuery() as batch:
        User(id=1).insert(batch=batch)
    assert calls == ["before_save", "after_load"]  # the row that exists


def test_many_writes_call_them_too(coodie_recorder, calls):
    save_many([User(id=number, name="x") for number in range(3)], concurrency=1)
    assert calls == ["before_save", "after_save"] * 3
    calls.clear()
    coodie_recorder.on("insert", conditional=True).applied()
    insert_many([User(id=1)])
    assert calls == ["before_save", "after_save"]
    calls.clear()
    delete_many([User(id=1)])
    update_many([(User(id=1), {"note": "x"})])
    assert calls == ["before_delete"]


def test_before_delete_may_prevent_it(coodie_recorder, calls):
    User(id=1).delete()
    with pytest.raises(PermissionError, match="root stays"):
        User(id=1, name="root").delete()
    assert (calls, len(coodie_recorder.calls)) == (["before_delete"] * 2, 1)


def test_updates_and_writes_by_query_call_nothing(coodie_recorder, calls):
    user = User(id=1)
    user.update(note="x")
    user.delete_columns("note")
    User.find(id=1).update(note="x")
    User.find(id=1).delete()
    assert calls == []
    User.find().create(id=1)
    User.create(id=2)
    assert calls == ["before_save", "after_save"] * 2


def test_after_load_is_called_for_each_document(coodie_recorder, calls):
    coodie_recorder.on("select").returns([ROW, {**ROW, "id": 2}])
    found = User.find(id__in=[1, 2]).all()
    assert (calls, [user._loaded for user in found]) == (["after_load"] * 2, [1, 1])
    user = found[0]
    user.name = "bo"
    user.rollback()
    assert (user.name, user._loaded) == ("ann", 2)
    coodie_recorder.on("select").returns([{**ROW, "name": "cy"}])
    user.refresh()
    assert (user.name, user._loaded, user.changes()) == ("cy", 3, set())
    calls.clear()
    coodie_recorder.on("select").returns([{"name": "ann"}])
    assert User.find(id=1).values_list("name").all() == [("ann",)]
    assert calls == []


class Tidy(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tags: set[str] = set()

    def after_load(self) -> None:
        if "name" in self.model_fields_set:
            self.name = self.name.strip()


def test_what_after_load_changes_is_a_change(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": 1, "name": " ann ", "tags": {"a"}}])
    tidy = Tidy.get(id=1)
    assert (tidy.name, tidy.changes()) == ("ann", {"name"})
    tidy.tags.add("b")
    assert tidy.changes() == {"name", "tags"}
    tidy.rollback()
    assert (tidy.name, tidy.tags, tidy.changes()) == ("ann", {"a"}, {"name"})
    coodie_recorder.on("select").returns([{"id": 1, "tags": None}])
    assert (Tidy.find(id=1).only("tags").one()).changes() == set()


class Failing(Document):
    id: Annotated[int, PrimaryKey()]

    def after_save(self) -> None:
        CALLS.append(f"{self.id} {self.changes()}")
        raise LookupError


def test_an_error_after_one_save_of_a_batch_leaves_the_others_up_to_date(coodie_recorder, calls):
    batch = BatchQuery()
    documents = [Failing(id=1), Failing(id=2), Failing(id=3)]
    for document in documents:
        document.save(batch=batch)
    with pytest.raises(LookupError):
        batch.execute()
    assert (batch.outcome, calls) == ("done", ["1 set()", "2 set()", "3 set()"])
    with pytest.raises(LookupError):
        save_many([Failing(id=1)])


class Versioned(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    version: Annotated[int, Version()] = 1

    def before_save(self) -> None:
        self.name += "!"

    def after_save(self) -> None:
        CALLS.append(f"after version {self.version}")


def test_they_stand_beside_a_version(coodie_recorder, calls):
    document = Versioned(id=1)
    coodie_recorder.on("insert").applied()
    document.save()
    coodie_recorder.on("update").applied(False, {"version": 5})
    with pytest.raises(VersionConflict):
        document.save()
    assert (calls, document.name) == (["after version 1"], "!!")
    coodie_recorder.on("batch").applied(False, {"id": 1, "version": 5})
    batch = BatchQuery()
    document.save(batch=batch)
    with pytest.raises(VersionConflict):
        batch.execute()
    assert calls == ["after version 1"]


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""

    class Settings:
        name = "animals"


class Cat(Animal):
    class Settings:
        discriminator_value = "cat"

    def after_load(self) -> None:
        CALLS.append("a cat")


def test_each_class_of_a_table_has_its_own(coodie_recorder, calls):
    coodie_recorder.on("select").returns([{"id": 1, "kind": "cat"}])
    assert type(Animal.get(id=1)) is Cat
    assert calls == ["a cat"]


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None

    def before_delete(self) -> None:
        CALLS.append("before_delete")

    def after_load(self) -> None:
        CALLS.append("after_load")


def test_counters_are_loaded_and_deleted(coodie_recorder, calls):
    coodie_recorder.on("select").returns([{"url": "/", "views": 5}])
    (Views.get(url="/")).delete()
    Views(url="/").increment(views=1)
    assert calls == ["after_load", "before_delete"]
