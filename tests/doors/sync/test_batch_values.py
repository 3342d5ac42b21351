# Derived by tests/derive.py: edit tests/doors/aio/test_batch_values.py,
# then run `tox -e sync`.
"""What a batch was given stays as it was then, whatever becomes of the objects that it came from."""

from typing import Annotated

import pytest
from doors.sync.batch_models import User
from pydantic import ConfigDict

from coodie.sync import BatchQuery, Document
from coodie.exceptions import InvalidQueryError
from coodie.fields import PrimaryKey


class Watched(Document):
    model_config = ConfigDict(validate_assignment=True)
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    age: int = 0


def test_an_update_in_a_batch_reaches_an_object_that_was_assigned_to_meanwhile(coodie_recorder):
    watched, batch = Watched(id=1), BatchQuery()
    watched.update(name="ann", batch=batch)
    watched.age = 5  # Pydantic makes a new __dict__ here
    batch.execute()
    assert (watched.name, watched.age) == ("ann", 5)


def test_the_values_of_a_raw_statement_are_those_of_its_adding(coodie_recorder):
    values, batch = ["x"], BatchQuery()
    batch.add("INSERT INTO t (a) VALUES (?)", [values])
    values.append("late")
    batch.execute()
    assert coodie_recorder.batches[0].statements[0].values == (["x"],)


def test_values_of_a_raw_statement_may_go_by_name(coodie_recorder):
    tags, batch = {"x"}, BatchQuery()
    batch.add("UPDATE t SET tags = :tags, n = :id WHERE id = :id", {"id": 5, "tags": tags})
    tags.add("late")
    with pytest.raises(InvalidQueryError, match="a value for 'd', but the text has :id"):
        batch.add("DELETE FROM t WHERE id = :id", {"id": 5, "d": 6})
    batch.execute()
    assert [each.values for each in coodie_recorder.batches[0].statements] == [({"x"}, 5, 5)]


def test_a_value_that_cannot_be_kept_is_refused():
    batch = BatchQuery()
    with pytest.raises(InvalidQueryError, match="cannot be copied"):
        batch.add("INSERT INTO t (a) VALUES (?)", [(each for each in "ab")])


def test_a_collection_that_was_added_does_not_change_with_the_one_of_the_object(coodie_recorder):
    class Held(Document):
        id: Annotated[int, PrimaryKey()]
        items: list[int] = []
        attrs: dict[str, int] = {}
        nested: dict[str, list[int]] = {}

    held, more = Held(id=1, items=[1], attrs={"a": 1}, nested={"a": [1]}), [2]
    with BatchQuery() as batch:
        held.save(batch=batch)
        Held(id=2).update(items__append=more, nested={"a": more}, batch=batch)
        for changed in (held.items, held.nested["a"], more):
            changed.append(3)
        held.attrs["b"] = 2
    first, second = coodie_recorder.last.statements
    assert first.params == {"id": 1, "items": [1], "attrs": {"a": 1}, "nested": {"a": [1]}}
    assert second.params == {"items": [2], "nested": {"a": [2]}, "id": 2}


def test_what_was_added_does_not_change_with_the_object(coodie_recorder):
    user = User(id=1, tags={"a"})
    with BatchQuery() as batch:
        user.save(batch=batch)
        user.tags.add("b")
        user.name = "zoe"
    assert coodie_recorder.last.statements[0].params["tags"] == {"a"}
    assert coodie_recorder.last.statements[0].params["name"] == "ann"
