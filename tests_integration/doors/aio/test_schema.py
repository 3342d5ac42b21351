"""Tables on a real cluster: created, added to, never altered; the second time nothing is sent."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import UUID, uuid4

import pytest

from coodie import Column, Indexed, Int, PrimaryKey, SchemaMismatch, Static
from coodie.aio import Document, create_keyspace, drop_keyspace
from coodie.testing import faults


@pytest.fixture
def name():
    return f"things_{uuid4().hex[:8]}"


@pytest.fixture
def columns(look, name):
    """Each column of the table with its type, kind and order."""

    def ask():
        found = look(
            "SELECT column_name, type, kind, clustering_order FROM system_schema.columns "
            f"WHERE keyspace_name = '{{}}' AND table_name = '{name}'"
        )
        return {column: (cql_type, kind, order) for column, cql_type, kind, order in found}

    return ask


def first_model(table):
    class Thing(Document):
        shop: Annotated[UUID, PrimaryKey()]
        number: Annotated[int, PrimaryKey(clustering=True, order="DESC")]
        currency: Annotated[str | None, Static()] = None
        label: str = ""

        class Settings:
            name = table

    return Thing


def grown_model(table):
    class Thing(first_model(table)):
        __table_name__ = table
        rate: Annotated[float | None, Static()] = None
        tags: set[str] = set()
        order: Annotated[int | None, Column(name="Order")] = None

    return Thing


@pytest.mark.needs_server("the engine's clock is moved where a door would sleep")
@pytest.mark.parametrize("happened", [True, False])
async def test_a_statement_whose_outcome_is_unknown_is_looked_for_after_a_pause(
    connection, columns, name, spy, happened
):
    thing = first_model(name)
    spy.on("create").raises(faults.client_timeout(), applied=happened)
    start = time.monotonic()
    (text,) = await thing.sync_table()
    assert time.monotonic() - start > 0.25, "the cluster's time is real, so the door has slept"
    assert spy.cql.count(text) == (2 if happened else 3), "the last one waits for all nodes"
    assert columns()["label"] == ("text", "regular", "none")


async def test_a_table_is_made_as_the_model_says(connection, columns, name, spy):
    thing = first_model(name)
    (text,) = await thing.sync_table()
    assert text.startswith("CREATE TABLE IF NOT EXISTS ")
    assert columns() == {
        "shop": ("uuid", "partition_key", "none"),
        "number": ("bigint", "clustering", "desc"),
        "currency": ("text", "static", "none"),
        "label": ("text", "regular", "none"),
    }


async def test_the_second_time_no_ddl_is_sent(connection, name, spy):
    thing = first_model(name)
    await thing.sync_table()
    spy.clear()
    assert await thing.sync_table() == []
    assert [call.kind for call in spy.calls if call.kind == "schema"] == []


async def test_the_second_time_no_ddl_is_sent_for_an_index_either(connection, look, name, spy):
    class Indexing(Document):
        id: Annotated[UUID, PrimaryKey()]
        email: Annotated[str, Indexed()]
        team: Annotated[str, Indexed(index_name=f"{name}_by_team")]

        class Settings:
            pass

        Settings.name = name

    await Indexing.sync_table()
    found = look(
        "SELECT index_name FROM system_schema.indexes WHERE keyspace_name = '{}' AND table_name = " + f"'{name}'"
    )
    assert sorted(found) == [(f"{name}_by_team",), (f"{name}_email_idx",)]
    row = Indexing(id=uuid4(), email="a@x", team="red")
    await row.save()
    assert await Indexing.find(email="a@x").all() == [row]
    spy.clear()
    assert await Indexing.sync_table() == []
    assert [call.cql for call in spy.calls if call.kind == "schema"] == []


async def test_columns_are_added_and_rows_kept(connection, columns, name, spy):
    old, new = first_model(name), grown_model(name)
    await old.sync_table()
    shop = uuid4()
    await old(shop=shop, number=1, currency="EUR", label="one").save()
    before = columns()
    texts = await new.sync_table()
    assert all(text.startswith("ALTER TABLE ") for text in texts)
    assert columns() == before | {
        "rate": ("double", "static", "none"),
        "tags": ("set<text>", "regular", "none"),
        "Order": ("bigint", "regular", "none"),
    }
    found = await new.get(shop=shop, number=1)
    assert (found.currency, found.label, found.rate, found.tags, found.order) == ("EUR", "one", None, set(), None)
    await found.update(rate=1.5, tags__add={"a"}, order=3)
    assert await new.find_one(shop=shop) == found
    assert (await old.get(shop=shop, number=1)).label == "one"
    assert await new.sync_table() == []
    assert await old.sync_table() == [], "a column that the model does not know is left alone"


def another_type(table):
    class Thing(first_model(table)):
        __table_name__ = table
        label: Annotated[int, Int()] = 0

    return Thing


def another_kind(table):
    class Thing(first_model(table)):
        __table_name__ = table
        currency: str | None = None

    return Thing


def another_order(table):
    class Thing(first_model(table)):
        __table_name__ = table
        number: Annotated[int, PrimaryKey(clustering=True)]

    return Thing


def another_key(table):
    class Thing(first_model(table)):
        __table_name__ = table
        extra: Annotated[int, PrimaryKey(clustering=True)]

    return Thing


@pytest.mark.parametrize(
    ("differing", "wanted", "found"),
    [
        (another_type, "label.*int", "text"),
        (another_kind, "currency.*regular", "static"),
        (another_order, "number.*bigint", "DESC"),
        (another_key, "extra", "key"),
    ],
)
async def test_what_differs_is_reported_and_not_altered(connection, columns, name, spy, differing, wanted, found):
    await first_model(name).sync_table()
    before = columns()
    spy.clear()
    with pytest.raises(SchemaMismatch, match=f"(?s){wanted}.*{found}"):
        await differing(name).sync_table()
    assert [call.cql for call in spy.calls if call.kind == "schema"] == []
    assert columns() == before


async def test_a_dry_run_tells_and_sends_nothing(connection, columns, name, spy):
    thing = first_model(name)
    texts = await thing.sync_table(dry_run=True)
    assert [call.cql for call in spy.calls if call.kind == "schema"] == []
    assert columns() == {}
    assert await thing.sync_table() == texts
    texts = await grown_model(name).sync_table(dry_run=True)
    assert "rate double STATIC" in texts[0]
    assert len(texts) == 3
    assert "rate" not in columns()


async def test_truncate_and_drop(connection, columns, name, look):
    thing = first_model(name)
    await thing.sync_table()
    await thing(shop=uuid4(), number=1).save()
    await thing.truncate()
    assert look(f"SELECT * FROM {{}}.{name}") == []
    await thing.drop_table()
    assert columns() == {}
    await thing.drop_table()


async def test_settings_make_options(connection, look, name):
    class Expiring(first_model(name)):
        __table_name__ = name

        class Settings:
            default_ttl = 1000
            options = {"comment": "it's temporary", "gc_grace_seconds": 60}

    await Expiring.sync_table()
    shop = uuid4()
    await Expiring(shop=shop, number=1, label="x").save()
    ((ttl,),) = look(f"SELECT TTL(label) FROM {{}}.{name} WHERE shop = %s", shop)
    assert 0 < ttl <= 1000
    question = "SELECT comment, gc_grace_seconds FROM system_schema.tables WHERE keyspace_name = '{}' AND table_name = "
    assert look(f"{question}'{name}'") == [("it's temporary", 60)]


async def test_a_keyspace_is_made_used_and_dropped(connection, look, name):
    thing = first_model(name)
    for _ in range(2):
        await create_keyspace(name, durable_writes=False)
    question = f"SELECT durable_writes, replication FROM system_schema.keyspaces WHERE keyspace_name = '{name}'"
    ((durable, replication),) = look(question)
    assert (durable, replication["replication_factor"]) == (False, "1")
    await drop_keyspace(name)
    await drop_keyspace(name)
    assert look(question) == []
    assert thing.table_name() == name
