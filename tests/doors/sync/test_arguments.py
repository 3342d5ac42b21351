# Derived by tests/derive.py: edit tests/doors/aio/test_arguments.py,
# then run `tox -e sync`.
"""What methods take by position, by name and in a list: all else is refused before anything is sent."""

from typing import Annotated, Any

import pytest
from pydantic import SecretStr

from coodie.sync import (
    BatchQuery,
    CounterDocument,
    Document,
    close,
    create_keyspace,
    execute_raw,
)
from coodie.exceptions import CoodieError, InvalidQueryError
from coodie.fields import ClusteringKey, Counter, PrimaryKey
from coodie.types import Token


class Login(Document):
    id: Annotated[int, PrimaryKey()]
    word: SecretStr | None = None
    tries: int = 0


class Visits(CounterDocument):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int | None, Counter()] = None


class Tour(Document):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    stops: list[int] = []
    hours: dict[str, int] = {}


NO_MAPPINGS = [pytest.param(each, id=repr(each)) for each in (0, 5, "", "id", [], ["id"], {5: 1})]


@pytest.mark.parametrize("given", NO_MAPPINGS)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda given: Login.find(given), id="find"),
        pytest.param(lambda given: Login.get(given), id="get"),
        pytest.param(lambda given: Login.find().filter(given), id="filter"),
        pytest.param(lambda given: Login(id=1).update(given, tries=1), id="update"),
        pytest.param(lambda given: Login(id=1).update(tries=1, if_conditions=given), id="if_conditions"),
        pytest.param(lambda given: Login.find(id=1).update(given), id="update by a query"),
        pytest.param(lambda given: Visits(id=1).increment(given, n=1), id="increment"),
    ],
)
def test_a_positional_argument_that_is_no_mapping_of_names_is_refused(coodie_recorder, call, given):
    """A key given by position must not find, or change, every row."""
    with pytest.raises(InvalidQueryError):
        call(given)
    assert coodie_recorder.calls == []


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: Login.find({"id": 1}, id=2), id="find"),
        pytest.param(lambda: Login(id=1).update({"tries": 1}, tries=2), id="update"),
        pytest.param(lambda: Visits(id=1).increment({"n": 1}, n=2), id="increment"),
    ],
)
def test_a_field_given_twice_is_refused(call):
    with pytest.raises(InvalidQueryError, match="twice"):
        call()


@pytest.mark.parametrize("name", [pytest.param(each, id=repr(each)) for each in (None, 5, b"id", ["id"], ("id",))])
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda name: Login.find().only(name), id="only"),
        pytest.param(lambda name: Login.find().defer(name), id="defer"),
        pytest.param(lambda name: Login.find().values_list(name), id="values_list"),
        pytest.param(lambda name: Login.find().order_by(name), id="order_by"),
        pytest.param(lambda name: Login.find().group_by(name), id="group_by"),
        pytest.param(lambda name: Login.find().warn(False).max(name), id="max"),
        pytest.param(lambda name: Login.find().writetime(name), id="writetime"),
        pytest.param(lambda name: Login.find().warn(False).aggregate(n=name), id="aggregate"),
        pytest.param(lambda name: Login(id=1).delete_columns(name), id="delete_columns"),
        pytest.param(lambda name: Login.find().using(keyspace=name or 0.5), id="keyspace"),
    ],
)
def test_a_name_that_is_no_text_is_refused(coodie_recorder, call, name):
    with pytest.raises(InvalidQueryError):
        call(name)
    assert coodie_recorder.calls == []


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: Login.find().using(connection=["a"]), id="using"),
        pytest.param(lambda: execute_raw("SELECT a FROM t", connection=["a"]), id="raw"),
        pytest.param(lambda: close(["a"]), id="close"),
        pytest.param(lambda: create_keyspace("shop", dc_replication_map=["dc1"]), id="a list of centres"),
        pytest.param(lambda: create_keyspace("shop", dc_replication_map={1: 3}), id="a centre without a name"),
        pytest.param(lambda: create_keyspace("shop", strategy=3), id="a strategy without a name"),
        pytest.param(lambda: Login.find(id__token__gt=Token(None)), id="a null token"),
    ],
)
def test_an_option_of_a_wrong_kind_is_refused(coodie_recorder, call):
    with pytest.raises(CoodieError):
        call()
    assert coodie_recorder.calls == []


def test_what_is_no_batch_is_refused(coodie_recorder):
    with pytest.raises(InvalidQueryError, match="batch= takes a BatchQuery"):
        Login(id=1).save(batch="x")
    with pytest.raises(InvalidQueryError, match="batch= takes a BatchQuery"):
        Login.find(id=1).delete(batch=[])
    assert coodie_recorder.calls == []


def test_get_needs_a_key():
    with pytest.raises(InvalidQueryError, match=r"get\(\) needs the key \(id, n\); find\(\) reads without it"):
        Tour.get()


@pytest.mark.parametrize(
    "name", ["_" * 10**6, "a__" * 10**6, "id" + "_" * 10**6, "x" * 10**6], ids=lambda name: name[:5]
)
def test_a_name_of_any_length_is_refused_at_once_and_shown_short(name):
    with pytest.raises(InvalidQueryError) as refused:
        Tour.find({name: 1})
    assert len(str(refused.value)) < 300


def nested(kind):
    value: Any = kind()
    for _ in range(3_000):
        value = {"a": value} if kind is dict else [value]
    return value


@pytest.mark.parametrize("name", ["stops", "hours"])
@pytest.mark.parametrize("kind", [list, dict])
def test_a_value_that_is_nested_too_deep_is_refused_or_taken(coodie_recorder, kind, name):
    value = nested(kind)
    tour = Tour(id=1)
    setattr(tour, name, value)
    for call in (lambda: tour.save(), lambda: tour.update({name: value}), lambda: Tour.find({name: value})):
        with pytest.raises(InvalidQueryError):
            call()
    with pytest.raises(InvalidQueryError, match="cannot be copied"):
        BatchQuery().add("INSERT INTO t (a) VALUES (?)", [value])
    assert coodie_recorder.calls == []
    execute_raw("INSERT INTO t (a) VALUES (?)", [value])  # nobody knows what it should be
    assert len(coodie_recorder.calls) == 1
