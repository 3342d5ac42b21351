"""What ``cql_builder`` makes, carried out: schema from the keyspace to a view, every part of the data statements."""

from __future__ import annotations

import json

import pytest

from coodie.aio import AsyncBatchQuery, execute_raw
from coodie.cql_builder import (
    build_alter_keyspace,
    build_count,
    build_counter_update,
    build_create_index,
    build_create_keyspace,
    build_create_materialized_view,
    build_create_table,
    build_create_type,
    build_delete,
    build_drop_index,
    build_drop_keyspace,
    build_drop_materialized_view,
    build_drop_table,
    build_drop_type,
    build_insert,
    build_insert_json,
    build_select,
    build_truncate,
    build_update,
)
from coodie.exceptions import RequestRejected

COLUMNS = {
    "id": "int",
    "Ts": "int",
    "select": "text",
    "tags": "set<text>",
    "items": "list<int>",
    "attrs": "map<text, int>",
    "spot": "vector<float, 2>",
}
WHERE = {"id": 1, "Ts": 2}


@pytest.fixture
async def table(connection, keyspace):
    """A table of its own for each test, called so that it must be quoted."""
    await execute_raw(build_create_table("Order", keyspace, COLUMNS, ["id"], ["-Ts"], options={"comment": "it's"}))
    yield "Order"
    await execute_raw(build_drop_table("Order", keyspace))


async def rows(keyspace, columns=("select", "tags", "items", "attrs")):
    return await execute_raw(*build_select("Order", keyspace, columns, WHERE))


async def test_a_keyspace_from_its_making_to_its_end(connection, keyspace, look):
    def found():
        asked = "SELECT durable_writes FROM system_schema.keyspaces WHERE keyspace_name = %s"
        return [durable for (durable,) in look(asked, name)]

    name = f"{keyspace}_Other"
    await execute_raw(build_create_keyspace(name))
    await execute_raw(build_create_keyspace(name))  # IF NOT EXISTS
    assert found() == [True]
    await execute_raw(build_alter_keyspace(name, durable_writes=False))
    assert found() == [False]
    await execute_raw(build_drop_keyspace(name))
    await execute_raw(build_drop_keyspace(name))
    assert found() == []
    with pytest.raises(RequestRejected):
        await execute_raw(build_drop_keyspace(name, if_exists=False))


async def test_types_indexes_and_views(connection, keyspace, table, look):
    await execute_raw(build_create_type("Address", keyspace, {"Street": "text", "phones": "list<text>"}))
    await execute_raw(build_create_table("homes", keyspace, {"id": "int", "at": '"Address"'}, ["id"]))
    await execute_raw(build_create_index(table, keyspace, "select", index_name="By_select"))
    await execute_raw(build_create_index(table, keyspace, "attrs", target="entries", index_name="by_entry"))
    similar = {"similarity_function": "EUCLIDEAN"}
    await execute_raw(build_create_index(table, keyspace, "spot", using="sai", options=similar))
    values = {"id": 1, "Ts": 2, "select": "a", "attrs": {"k": 1}}
    await execute_raw(*build_insert(table, keyspace, values))
    assert await execute_raw(*build_select(table, keyspace, ["id"], {"attrs__entry": ("k", 1)}, allow_filtering=True))
    asked = "SELECT index_name, kind FROM system_schema.indexes WHERE keyspace_name = %s AND table_name = %s"
    assert set(look(asked, keyspace, table)) == {
        ("By_select", "COMPOSITES"),
        ("by_entry", "COMPOSITES"),
        ("Order_spot_idx", "CUSTOM"),
    }

    by_select = (table, ["select", "id", "Ts"], ["select"], ["-Ts", "id"])
    await execute_raw(build_create_materialized_view("By", keyspace, *by_select))
    where = '"select" IS NOT NULL AND id > 5 AND "Ts" IS NOT NULL'
    await execute_raw(build_create_materialized_view("few", keyspace, *by_select, where=where))

    await execute_raw(build_drop_materialized_view("By", keyspace))
    await execute_raw(build_drop_materialized_view("few", keyspace))
    await execute_raw(build_drop_index("By_select", keyspace))
    await execute_raw(build_drop_table("homes", keyspace))
    await execute_raw(build_drop_type("Address", keyspace))


async def test_parts_of_collections(connection, keyspace, table):
    first = {"select": "it's", "tags__add": {"a", "b"}, "items__append": [1, 2], "attrs__update": {"k": 1, "l": 2}}
    await execute_raw(*build_update(table, keyspace, first, WHERE))
    second = {"tags__remove": {"a"}, "items__prepend": [0], "attrs__put": ("m", 3)}
    await execute_raw(*build_update(table, keyspace, second, WHERE))
    third = {"items__set": (1, 7), "attrs__remove": {"l"}}
    await execute_raw(*build_update(table, keyspace, third, WHERE))
    (row,) = await rows(keyspace)
    assert row == {"select": "it's", "tags": {"b"}, "items": [0, 7, 2], "attrs": {"k": 1, "m": 3}}

    gone = ["select", ("attrs", "k"), ("items", 0)]
    await execute_raw(*build_delete(table, keyspace, WHERE, columns=gone))
    (row,) = await rows(keyspace)
    assert row == {"select": None, "tags": {"b"}, "items": [7, 2], "attrs": {"m": 3}}

    lost = build_update(table, keyspace, {"select": "x"}, WHERE, if_conditions={"attrs__entry": ("m", 4)})
    assert (await execute_raw(*lost))[0]["[applied]"] is False


async def test_json_write_times_and_ttls(connection, keyspace, table):
    text = json.dumps({"id": 1, '"Ts"': 2, '"select"': "it's", "attrs": {"k": 1}})
    await execute_raw(*build_insert_json(table, keyspace, text, ttl=1000, timestamp=5))
    less = json.dumps({"id": 1, '"Ts"': 2, "items": [1]})
    await execute_raw(*build_insert_json(table, keyspace, less, default_unset=True))
    asked = build_select(table, keyspace, ["id"], WHERE, writetime=["select"], ttl=["select"])
    ((_, written), (_, left)) = list((await execute_raw(*asked))[0].items())[1:]
    assert written == 5
    assert 900 < left <= 1000
    ((_, found),) = (await execute_raw(*build_select(table, keyspace, ["select", "items"], WHERE, json=True)))[
        0
    ].items()
    assert json.loads(found) == {"select": "it's", "items": [1]}
    lost = build_insert_json(table, keyspace, less, if_not_exists=True)
    assert (await execute_raw(*lost))[0]["[applied]"] is False


async def test_counters(connection, keyspace):
    columns = {"url": "text", "views": "counter", "Likes": "counter"}
    await execute_raw(build_create_table("pages", keyspace, columns, ["url"]))
    await execute_raw(*build_counter_update("pages", keyspace, {"views": 5, "Likes": 1}, {"url": "/"}))
    async with AsyncBatchQuery(batch_type="COUNTER") as batch:
        batch.add(*build_counter_update("pages", keyspace, {"views": -2}, {"url": "/"}))
    assert await execute_raw(*build_select("pages", keyspace, ["views", "Likes"], {"url": "/"})) == [
        {"views": 3, "Likes": 1}
    ]


async def test_truncating(connection, keyspace, table):
    await execute_raw(*build_insert(table, keyspace, {"id": 1, "Ts": 2}))
    assert (await execute_raw(*build_count(table, keyspace, {"id": 1})))[0]["count"] == 1
    await execute_raw(build_truncate(table, keyspace))
    assert (await execute_raw(*build_count(table, keyspace, {"id": 1})))[0]["count"] == 0
