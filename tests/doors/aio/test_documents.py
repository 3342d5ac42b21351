"""What each method of a document sends, and what it makes of the answer."""

from datetime import datetime, timezone
from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery, Document
from coodie.exceptions import (
    ConditionNotMet,
    DecodeError,
    DocumentNotFound,
    FieldNotLoaded,
    InvalidQueryError,
    MultipleDocumentsFound,
)
from coodie.fields import ClusteringKey, PrimaryKey, Static
from coodie.results import LWTResult


class User(Document):
    id: Annotated[int, PrimaryKey()]
    email: str
    nickname: str | None = None
    tags: set[str] = set()
    items: list[int] = []
    attrs: dict[str, int] = {}

    class Settings:
        name = "users"
        keyspace = "shop"


class Item(Document):
    shop: Annotated[str, PrimaryKey()]
    n: Annotated[int | None, ClusteringKey(order="DESC")] = None
    owner: Annotated[str, Static()] = "ann"
    price: int = 0


class Order(Document):
    id: Annotated[int, PrimaryKey()]
    ttl: int = 0
    batch: str = ""


class Strict(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""

    class Settings:
        consistency = "LOCAL_QUORUM"
        serial_consistency = "LOCAL_SERIAL"
        timeout = 3.0


ann = {"id": 1, "email": "ann@example.org"}


async def test_save(coodie_recorder, cql_snapshot):
    assert await User(**ann).save() is None
    await User(**ann, nickname=None, tags=set()).save()  # now set by the user: null, and an empty set
    await User(**ann, tags={"a"}, items=[1], attrs={"k": 1}).save(ttl=60, timestamp=7, consistency="ONE", timeout=2.5)
    assert coodie_recorder == cql_snapshot


async def test_create(coodie_recorder, cql_snapshot):
    assert await User.create(**ann) == User(**ann)
    assert coodie_recorder == cql_snapshot


async def test_create_waits_for_a_batch(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        assert await User.create(ann, batch=batch) == User(**ann)
        assert coodie_recorder.calls == []
    assert len(coodie_recorder.batches) == 1
    order = await Order.create({"batch": "x"}, id=1)
    assert (order.batch, coodie_recorder.last.params["batch"]) == ("x", "x")
    with pytest.raises(InvalidQueryError, match="not a str"):
        await Order.create(id=1, batch="x")


async def test_insert(coodie_recorder, cql_snapshot):
    coodie_recorder.on("insert", table=User, conditional=True).applied().times(2)
    result = await User(**ann).insert()
    assert isinstance(result, LWTResult)
    assert (result.applied, bool(result), result.existing) == (True, True, None)
    result.raise_if_lost()
    await User(**ann).insert(ttl=60, consistency="QUORUM", serial_consistency="SERIAL", timeout=2.5)
    assert coodie_recorder == cql_snapshot


async def test_an_insert_that_is_lost(coodie_recorder):
    row = {"id": 1, "email": "old@example.org", "nickname": None, "tags": {"vip"}, "items": None, "attrs": {"k": 1}}
    coodie_recorder.on("insert", table=User, conditional=True).applied(False, row)
    user = User(**ann)
    result = await user.insert()
    assert not result
    assert isinstance(result.existing, User)
    assert result.existing == User(id=1, email="old@example.org", tags={"vip"}, attrs={"k": 1})
    assert user == User(**ann)
    with pytest.raises(ConditionNotMet) as caught:
        result.raise_if_lost()
    assert caught.value.existing is result.existing


async def test_update(coodie_recorder, cql_snapshot):
    user = User(**ann)
    assert await user.update(nickname="an", email="a@b.c") is None
    await user.update({"nickname": None}, ttl=60, timestamp=7, consistency="ONE", timeout=2.5)
    assert (user.nickname, user.email) == (None, "a@b.c")
    assert coodie_recorder == cql_snapshot


async def test_update_of_collections(coodie_recorder, cql_snapshot):
    user = User(**ann, tags={"a", "b"}, items=[1, 2, 1], attrs={"x": 1, "y": 2})
    await user.update(tags__add={"c"}, items__append=[3], attrs__put=("z", 3))
    assert (user.tags, user.items, user.attrs) == ({"a", "b", "c"}, [1, 2, 1, 3], {"x": 1, "y": 2, "z": 3})
    await user.update(tags__remove={"a"}, items__prepend=[0, 9], attrs__update={"x": 7})
    assert (user.tags, user.items, user.attrs) == ({"b", "c"}, [0, 9, 1, 2, 1, 3], {"x": 7, "y": 2, "z": 3})
    await user.update(items__remove=[1])
    assert user.items == [0, 9, 2, 3]
    await user.update(items__set=(0, 5))
    assert user.items == [5, 9, 2, 3]
    assert coodie_recorder == cql_snapshot


async def test_update_removes_keys_of_a_map(coodie_recorder):
    user = User(**ann, attrs={"x": 1, "y": 2})
    await user.update(attrs__remove={"x"})
    assert coodie_recorder.last.values == ({"x"}, 1)
    assert user.attrs == {"y": 2}


async def test_update_under_conditions(coodie_recorder, cql_snapshot):
    coodie_recorder.on("update", table=User, conditional=True).applied().times(3)
    user = User(**ann)
    assert await user.update(nickname="a", if_exists=True)
    assert await user.update(nickname=None, if_conditions={"nickname": "a", "email__ne": None})
    conditions = {"email__in": ["x", "y"], "nickname__gt": "a", "email__gte": "a", "email__lt": "b", "email__lte": "b"}
    assert await user.update(nickname="b", if_conditions=conditions)
    assert user.nickname == "b"
    assert coodie_recorder == cql_snapshot


async def test_an_update_that_is_lost_changes_nothing_in_memory(coodie_recorder):
    coodie_recorder.on("update", table=User, conditional=True).applied(False, {"email": "z"})
    coodie_recorder.on("update", table=User, conditional=True).applied(False)
    user = User(**ann)
    lost = await user.update(nickname="a", if_conditions={"email": "q"})
    assert (lost.applied, lost.existing.id, lost.existing.email) == (False, 1, "z")
    assert list(lost.rows) == [{"email": "z"}]
    missing = await user.update(nickname="a", if_exists=True)
    assert (missing.applied, missing.existing) == (False, None)
    assert user == User(**ann)


async def test_a_row_of_nulls_is_no_row_and_a_null_that_may_not_be_is_not_loaded(coodie_recorder):
    coodie_recorder.on("update", table=User, conditional=True).applied(False, {"email": None, "nickname": None})
    coodie_recorder.on("update", table=User, conditional=True).applied(False, {"email": None, "nickname": "b"})
    user, conditions = User(**ann), {"email": "q", "nickname": "a"}
    nobody = await user.update(tags={"x"}, if_conditions=conditions)
    assert (nobody.applied, nobody.existing) == (False, None)
    lost = await user.update(tags={"x"}, if_conditions=conditions)
    assert (lost.existing.id, lost.existing.nickname, hasattr(lost.existing, "email")) == (1, "b", False)


async def test_delete(coodie_recorder, cql_snapshot):
    coodie_recorder.on("delete", table=User, conditional=True).applied().times(2)
    user = User(**ann)
    assert await user.delete() is None
    await user.delete(timestamp=7, consistency="ONE", timeout=2.5)
    assert await user.delete(if_exists=True)
    assert await user.delete(if_conditions={"email": "x"}, serial_consistency="SERIAL")
    assert coodie_recorder == cql_snapshot


async def test_delete_columns(coodie_recorder, cql_snapshot):
    user = User(**ann, nickname="a", tags={"x"}, items=[1], attrs={"a": 1})
    assert await user.delete_columns("nickname", "tags", "items", "attrs", timestamp=7) is None
    assert user == User(**ann)
    assert coodie_recorder == cql_snapshot


async def test_delete_columns_takes_elements(coodie_recorder):
    user = User(**ann, tags={"x", "y"}, items=[1, 2, 3], attrs={"a": 1, "b'; --": 2})
    await user.delete_columns(("attrs", "b'; --"), ("items", 1), ("tags", "x"), "nickname", timestamp=7)
    assert (user.tags, user.items, user.attrs) == ({"y"}, [1, 3], {"a": 1})
    await user.delete_columns(("attrs", "nothing"), ("tags", "nothing"))
    assert (user.tags, user.attrs) == ({"y"}, {"a": 1})
    assert coodie_recorder.cql == [
        "DELETE attrs[?], items[?], tags[?], nickname FROM shop.users USING TIMESTAMP ? WHERE id = ?",
        "DELETE attrs[?], tags[?] FROM shop.users WHERE id = ?",
    ]
    assert [call.values for call in coodie_recorder.calls] == [("b'; --", 1, "x", 7, 1), ("nothing", "nothing", 1)]
    # of a list, another element would go the second time
    assert [call.request.idempotent for call in coodie_recorder.calls] == [False, True]


async def test_an_element_beyond_the_list_in_memory_leaves_it_unknown(coodie_recorder):
    coodie_recorder.on("select").returns([{"email": "a", "items": [1]}])
    user = await User.get(id=1)
    await user.delete_columns(("items", 3))
    with pytest.raises(FieldNotLoaded):
        _ = user.items


async def test_static_columns_are_written_by_the_partition_key(coodie_recorder, cql_snapshot):
    await Item(shop="a").update(owner="bo")
    await Item(shop="a").delete_columns("owner")
    await Item(shop="a", n=1).update(owner="bo", price=3)
    assert coodie_recorder == cql_snapshot


async def test_a_condition_on_static_columns_alone_is_about_the_partition(coodie_recorder):
    coodie_recorder.on("update", conditional=True).applied().times(3)
    coodie_recorder.on("delete", conditional=True).applied()
    await Item(shop="a").update(owner="bo", if_conditions={"owner": "ann"})
    await Item.find(shop="a").update(owner="bo", if_conditions={"owner__ne": "ann"})
    await Item(shop="a", n=1).update(price=5, if_conditions={"owner": "bo"})
    await Item(shop="a").delete_columns("owner", if_conditions={"owner": "bo"})
    assert coodie_recorder.cql == [
        "UPDATE item SET owner = ? WHERE shop = ? IF owner = ?",
        "UPDATE item SET owner = ? WHERE shop = ? IF owner != ?",
        "UPDATE item SET price = ? WHERE shop = ? AND n = ? IF owner = ?",
        "DELETE owner FROM item WHERE shop = ? IF owner = ?",
    ]


async def test_a_name_that_is_an_option_goes_into_the_mapping(coodie_recorder, cql_snapshot):
    order = Order(id=1)
    await order.update({"ttl": 5, "batch": "x"}, ttl=60)
    assert (order.ttl, order.batch) == (5, "x")
    assert coodie_recorder == cql_snapshot


async def test_a_query_creates_what_has_a_field_like_its_option(coodie_recorder):
    order = await Order.find().ttl(60).create({"batch": "x"}, id=1)
    assert (order.batch, coodie_recorder.last.params["batch"]) == ("x", "x")
    with pytest.raises(InvalidQueryError, match="'id' is given twice"):
        await Order.find().create({"id": 1}, id=2)
    with pytest.raises(InvalidQueryError, match="not such a mapping"):
        await Order.find().create(1)
    assert len(coodie_recorder.calls) == 1


async def test_settings_give_the_options_and_a_call_may_change_them(coodie_recorder, cql_snapshot):
    coodie_recorder.on("insert", conditional=True).applied()
    await Strict(id=1).save()
    await Strict(id=1).save(consistency="ONE", timeout=1.0)
    await Strict(id=1).insert(serial_consistency="SERIAL")
    assert coodie_recorder == cql_snapshot


def user():
    return User(**ann)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: user().update(), "nothing to set"),
        (lambda: user().update({}), "nothing to set"),
        (lambda: user().update(id=2), "primary key"),
        (lambda: user().update(nicknam="x"), "nickname"),
        (lambda: user().update({"email": "x"}, email="y"), "twice"),
        (lambda: user().update(tags={"a"}, tags__add={"b"}), "twice"),
        (lambda: user().update(tags__add={"b"}, tags={"a"}), "twice"),
        (lambda: user().update(email=5), "email"),
        (lambda: user().update(email=None), "cannot be None"),
        (lambda: user().update(tags__append=["a"]), "has no operator __append"),
        (lambda: user().update(email__add={"a"}), "can only be set whole"),
        (lambda: user().update(tags__add="abc"), "not a collection"),
        (lambda: user().update(items__append=["x"]), "items"),
        (lambda: user().update(items__set=(-1, 1)), "of at least 0"),
        (lambda: user().update(items__set=1), "pair"),
        (lambda: user().update(attrs__put={"a": 1}), "pair"),
        (lambda: user().update(attrs__remove="abc"), "not a collection"),
        (lambda: user().update(tags__add={"a"}, tags__remove={"a", "b"}), "'tags' has two changes of the same element"),
        (
            lambda: user().update(attrs__put=("a", 1), attrs__remove={"a"}),
            "'attrs' has two changes of the same element",
        ),
        (
            lambda: user().update(attrs__put=("a", 1), attrs__update={"a": 2}),
            "'attrs' has two changes of the same element",
        ),
        (lambda: user().update(items__append=[1, 2], items__remove=[2]), "'items' has two changes of the same element"),
        (lambda: user().update(items__set=(0, 1), items__remove=[2]), "'items' has two changes of the same element"),
        (lambda: user().update(email="x", if_conditions={}), "empty"),
        (lambda: user().update(email="x", if_conditions={"id": 1}), "primary key"),
        (lambda: user().update(email="x", if_conditions={"email__like": "a"}), "no operator __like"),
        (lambda: user().update(email="x", if_conditions={"email__gt": None}), "null has no order"),
        (lambda: user().update(email="x", if_conditions={"email__in": "abc"}), "list of values"),
        (lambda: user().update(email="x", if_conditions={"email": 5}), "User.email"),
        (lambda: user().delete(if_conditions={"attrs": {"a": "x"}}), "User.attrs"),
        (lambda: user().update(email="x", if_conditions={"email": "a"}, if_exists=True), "exclude each other"),
        (lambda: user().update(email="x", if_exists=True, timestamp=1), "no timestamp"),
        (lambda: user().update(email="x", if_exists="no"), "if_exists must be True or False, not a str"),
        (lambda: user().delete(if_exists={"email": "a"}), "a condition goes into if_conditions"),
        (lambda: user().delete_columns("email", if_exists=None), "if_exists must be True or False, not None"),
        (lambda: user().update(email="x", ttl=-1), "TTL"),
        (lambda: user().update(email="x", ttl=True), "TTL"),
        (lambda: user().update(email="x", ttl=20 * 365 * 86_400 + 1), "TTL"),
        (lambda: user().save(ttl="60"), "TTL"),
        (lambda: user().save(timestamp=1.5), "timestamp"),
        (lambda: user().save(timestamp=2**63), "timestamp"),
        (lambda: user().save(timestamp=-(2**63)), "timestamp"),
        (lambda: user().delete(if_exists=True, timestamp=1), "no timestamp"),
        (lambda: user().delete(if_conditions={}), "empty"),
        (lambda: user().delete_columns(), "needs the names"),
        (lambda: user().delete_columns("id"), "primary key"),
        (lambda: user().delete_columns("nicknam"), "nickname"),
        (lambda: user().delete_columns(("attr", "a")), "attrs"),
        (lambda: user().delete_columns(("attrs",)), "names, and for elements pairs as in"),
        (lambda: user().delete_columns(["attrs", "a"]), "must be a str, not a list"),
        (lambda: user().delete_columns(("attrs", 5)), "User.attrs: Input should be a valid string"),
        (lambda: user().delete_columns(("attrs", None)), "User.attrs: Input should be a valid string"),
        (lambda: user().delete_columns(("email", "a")), "User.email .text. has no elements"),
        (lambda: user().delete_columns(("items", -1)), "a number of at least 0"),
        (lambda: user().delete_columns(("items", True)), "a number of at least 0, not a bool"),
        (lambda: user().delete_columns("attrs", ("attrs", "a")), "column 'attrs' is named twice"),
        (lambda: user().delete_columns(("attrs", "a"), ("attrs", "a")), "two changes of the same element"),
        (lambda: user().delete_columns(("items", 0), ("items", 1)), "two changes of the same element"),
        (lambda: Item(shop="a").save(), "Item.n belongs to the primary key"),
        (lambda: Item(shop="a").delete(), "Item.n belongs to the primary key"),
        (lambda: Item(shop="a").update(price=1), "Item.n belongs to the primary key"),
        (lambda: Item(shop="a").insert(), "Item.n belongs to the primary key"),
    ],
)
async def test_bad_input_is_refused_before_anything_is_sent(coodie_recorder, call, message):
    with pytest.raises(InvalidQueryError, match=message):
        await call()
    assert coodie_recorder.calls == []


async def test_get(coodie_recorder, cql_snapshot):
    coodie_recorder.on("select", table=User, where={"id": 1}).returns([ann | {"attrs": {"k": 1}}])
    assert await User.get(id=1) == User(**ann, attrs={"k": 1})
    assert coodie_recorder == cql_snapshot


async def test_get_finds_none_or_more_than_one(coodie_recorder):
    coodie_recorder.on("select", table=Item).returns_nothing()
    coodie_recorder.on("select", table=Item).returns([{"shop": "a", "n": 2}, {"shop": "a", "n": 1}])
    with pytest.raises(DocumentNotFound, match="Item with shop"):
        await Item.get(shop="a")
    with pytest.raises(MultipleDocumentsFound, match="Item with shop"):
        await Item.get(shop="a")
    assert coodie_recorder.last.params["[limit]"] == 2


async def test_find_one(coodie_recorder, cql_snapshot):
    coodie_recorder.on("select", table=User).returns([ann | {"attrs": {"k": 1}}])
    coodie_recorder.on("select", table=User).returns_nothing()
    assert await User.find_one(id=1) == User(**ann, attrs={"k": 1})
    assert await User.find_one({"id": 2}) is None
    assert coodie_recorder == cql_snapshot


async def test_a_row_that_does_not_fit_names_table_key_and_column(coodie_recorder):
    coodie_recorder.on("select", table=User).returns([{"id": 1, "email": None, "attrs": {"k": 1}}])
    with pytest.raises(DecodeError, match=r"table users .*'email' .*key \(id\)") as caught:
        await User.get(id=1)
    assert caught.value.key == {"id": 1}


async def test_a_ttl_may_be_twenty_years_or_none_at_all(coodie_recorder):
    for ttl in (20 * 365 * 86_400, 0):
        await User(**ann).save(ttl=ttl)
        assert coodie_recorder.last.params["[ttl]"] == ttl


async def test_the_timestamp_may_be_an_instant(coodie_recorder):
    for moment in (datetime(2030, 1, 1, 0, 0, 0, 7), datetime(2030, 1, 1, 0, 0, 0, 7, tzinfo=timezone.utc)):
        await User(**ann).save(timestamp=moment)
        assert coodie_recorder.last.params["[timestamp]"] == 1893456000000007
