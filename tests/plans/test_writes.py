"""Writes by documents and queries, and batches of them: what is refused, and what holds although it is odd."""

import warnings
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field

from coodie.batch import BatchWarning
from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, PrimaryKey, Static
from coodie.sync import BatchQuery, Document


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tags: set[str] | None = None
    items: list[int] | None = None
    attrs: dict[str, int] = {}
    few: Annotated[list[int], Field(min_length=2)] = [1, 2]
    frozen: frozenset[int] = frozenset()
    many: tuple[int, ...] = ()


class Icy(Document):
    model_config = ConfigDict(frozen=True)
    id: Annotated[int, PrimaryKey()]
    name: str = ""


class Item(Document):
    shop: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    owner: Annotated[str, Static()] = ""
    price: int = 0


def test_a_batch_that_was_sent_is_empty_whatever_its_objects_say(coodie_recorder):
    batch = BatchQuery()
    Icy(id=1).update(name="x", batch=batch)
    try:
        batch.execute()
    finally:
        assert batch.statements == ()


@pytest.mark.parametrize(
    "cql",
    [
        pytest.param("BEGIN BATCH INSERT INTO t (a) VALUES (1) APPLY BATCH"),
    ],
)
def test_a_batch_holds_no_batch(cql):
    with pytest.raises(InvalidQueryError):
        BatchQuery().add(cql)


def test_a_condition_stays_in_one_keyspace():
    batch = BatchQuery()
    User.find(id=1).using(keyspace="a").if_exists().update(name="x", batch=batch)
    with pytest.raises(InvalidQueryError, match="another table"):
        User.find(id=1).using(keyspace="b").update(name="x", batch=batch)


def test_a_warning_points_at_the_line_that_sent_the_batch(coodie_recorder):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with BatchQuery(warn_statements=0) as batch:
            User(id=1).save(batch=batch)
    assert [(each.category, each.filename) for each in caught] == [(BatchWarning, __file__)]


def test_one_cell_updated_twice_by_queries_warns(coodie_recorder):
    batch = BatchQuery()
    User.find(id=1).update(name="x", batch=batch)
    User.find(id=1).update(name="y", batch=batch)
    with pytest.warns(BatchWarning, match="one row twice"):
        batch.execute()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"tags__add": None}, "tags"),
        pytest.param({"items__append": None}, "items"),
        pytest.param({"attrs__remove": 5}, "attrs"),
    ],
)
def test_a_change_that_cannot_be_is_refused_before_sending(coodie_recorder, changes, message):
    with pytest.raises(InvalidQueryError, match=message):
        User(id=1).update(changes)
    assert coodie_recorder.calls == []


def test_an_element_of_a_list_that_was_never_loaded_can_be_set(coodie_recorder):
    user = User(id=1)
    user.update(items__set=(0, 1))
    assert coodie_recorder.last.cql == "UPDATE user SET items[?] = ? WHERE id = ?"
    assert user.items is None


def test_a_part_of_a_collection_need_not_be_a_whole_one(coodie_recorder):
    user = User(id=1, few=[1, 2])
    user.update(few__append=[3])
    assert user.few == [1, 2, 3]


def test_cleared_columns_have_the_annotated_type(coodie_recorder):
    user = User(id=1, frozen={1}, many=(1,))
    user.delete_columns("frozen", "many")
    assert (type(user.frozen), type(user.many)) == (frozenset, tuple)


def test_a_static_update_under_a_condition_on_a_row_names_the_row(coodie_recorder):
    coodie_recorder.on("update").applied()
    Item(shop=1, n=2).update(owner="x", if_conditions={"price": 5})
    assert coodie_recorder.last.cql == "UPDATE item SET owner = ? WHERE shop = ? AND n = ? IF price = ?"


def test_a_condition_on_no_rows_is_refused(coodie_recorder):
    with pytest.raises(InvalidQueryError):
        User.find(id__in=[]).if_exists().delete()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"consistency": "QUROM"}),
        pytest.param({"timeout": -1}),
    ],
)
def test_options_that_cannot_be_are_refused_before_sending(coodie_recorder, options):
    with pytest.raises(InvalidQueryError):
        User(id=1).save(**options)
