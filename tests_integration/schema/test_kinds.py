"""Every kind of thing in a schema: made, found the second time, changed on one side, reported with both sides."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import pytest

from coodie import (
    Indexed,
    Int,
    PrimaryKey,
    SchemaMismatch,
    Static,
    UserType,
)
from coodie.fields import ClusteringKey, Column
from coodie.schema import diff, schema_of
from coodie.sync import (
    BatchQuery,
    Document,
    MaterializedView,
    alter_keyspace,
    create_keyspace,
    drop_keyspace,
    execute_raw,
    read_schema,
    sync_all,
    verify_all,
    verify_keyspace,
)
from coodie.testing import RecordingDriver

from .everything import ddl, everything, settled

Fresh = Callable[[str], str]


def test_a_table_with_everything(connection: str, spy: RecordingDriver, fresh: Fresh) -> None:
    thing = everything(fresh("Everything"))
    planned = thing.sync_table(dry_run=True)
    assert ddl(spy) == []
    assert thing.sync_table() == planned == ddl(spy)
    made = [text.split()[1] for text in planned if not text.startswith("CREATE TYPE")]  # another test made the types
    assert made == ["TABLE", *["INDEX"] * 5, "CUSTOM", "CUSTOM"]
    settled(spy, thing)
    thing.verify_table(exact=True)


class Base(Document):
    id: Annotated[UUID, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    email: str
    name: Annotated[str, Column(name="Full Name")] = ""

    class Settings:
        name = "people"


class ByEmail(MaterializedView):
    email: Annotated[str, PrimaryKey()]
    id: Annotated[UUID, ClusteringKey()]
    at: Annotated[int, ClusteringKey()]
    name: Annotated[str, Column(name="Full Name")] = ""

    class Settings:
        base_table = Base
        options = {"comment": "by email"}


def test_a_view(connection: str, spy: RecordingDriver) -> None:
    sync_all(ByEmail, Base)
    settled(spy, Base, ByEmail)
    assert ByEmail.sync_view() == []
    row = Base(id=UUID(int=1), at=5, email="a@x", name="Ann")
    row.save()
    (found,) = _soon(lambda: ByEmail.find(email="a@x").all())
    assert (found.id, found.at, found.name) == (row.id, 5, "Ann")
    assert diff(schema_of([Base, ByEmail], connection), _only(connection, "people", "by_email")) == []

    class Other(ByEmail):
        class Settings:
            name = "by_email"
            clustering_order = {"at": "DESC"}
            where_clause = "email IS NOT NULL AND id IS NOT NULL AND at > 5"

    spy.clear()
    with pytest.raises(SchemaMismatch, match=r"(?s)view.*is different.*at > 5.*at bigint DESC.*at IS NOT NULL"):
        Other.sync_view()
    assert ddl(spy) == []
    execute_raw(f"ALTER MATERIALIZED VIEW {connection}.by_email WITH comment = 'other'")
    with pytest.raises(SchemaMismatch, match="comment"):
        ByEmail.verify_view()
    with pytest.raises(SchemaMismatch, match=r"(?s)table.*wanted: a table.*found:  a materialized view"):
        verify_all(Base, _table_called("by_email"))
    ByEmail.drop_view()
    with pytest.raises(SchemaMismatch, match=r"view .*by_email is missing"):
        ByEmail.verify_view()


def _table_called(table: str) -> type[Document]:
    class Row(Document):
        id: Annotated[int, PrimaryKey()]

        class Settings:
            name = table

    return Row


def _only(keyspace: str, *names: str) -> Any:
    found = read_schema(keyspace)
    assert found is not None
    tables = tuple(table for table in found.tables if table.name in names)
    views = tuple(view for view in found.views if view.table.name in names)
    return type(found)(keyspace, (), tables, views)


def _soon(ask: Callable[[], list[Any]]) -> list[Any]:
    """A view follows its table a moment later."""
    deadline = time.monotonic() + 60
    while not (found := ask()):
        assert time.monotonic() < deadline, "the view stayed empty"
    return found


def test_a_view_restrictions_are_compared_by_what_they_say(connection: str, spy: RecordingDriver, fresh: Fresh) -> None:
    base, view = fresh("Base"), fresh("View")
    execute_raw(f'CREATE TABLE {connection}."{base}" (k int, c int, "Odd v" text, PRIMARY KEY (k, c))')

    class Row(MaterializedView):
        v: Annotated[str, PrimaryKey(), Column(name="Odd v")]
        k: Annotated[int, Int(), ClusteringKey(order="DESC")]
        c: Annotated[int, Int(), ClusteringKey()]

        class Settings:
            base_table = base
            name = view
            where_clause = '"Odd v" is  not null and C >= -3 and k IN (1,2)'

    assert len(Row.sync_view()) == 1
    settled(spy, Row)
    Row.verify_view(exact=True)


def test_every_kind_in_a_keyspace_whose_name_is_quoted(connection: str, spy: RecordingDriver, fresh: Fresh) -> None:
    class Select(UserType):
        From: str

        class Settings:
            type_name = "Select"

    class Order(Document):
        Group: Annotated[str, PrimaryKey()]
        order: Annotated[int, ClusteringKey(order="DESC"), Column(name="ORDER")]
        where: Annotated[str | None, Static(), Column(name="where")] = None
        limit: Annotated[str, Indexed("Index by limit".replace(" ", "_")), Column(name='the "limit"')] = ""
        to: Annotated[Select | None, Column(name="To")] = None

        class Settings:
            name = "Table"
            keyspace = fresh("Key")

    class ByLimit(MaterializedView):
        limit: Annotated[str, PrimaryKey(), Column(name='the "limit"')]
        Group: Annotated[str, ClusteringKey()]
        order: Annotated[int, ClusteringKey(), Column(name="ORDER")]

        class Settings:
            name = "View"
            base_table = Order

    keyspace = Order.Settings.keyspace
    create_keyspace(keyspace)
    try:
        assert len(sync_all(Order, ByLimit)) == 4
        settled(spy, Order, ByLimit)
        verify_all(Order, ByLimit, exact=True)
        one = Order(Group="a", order=1, where="x", limit="y", to=Select(From="z"))
        one.save()
        with BatchQuery() as batch:
            Order(Group="b", order=1).save(batch=batch)
            Order(Group="b", order=2).save(batch=batch)
        assert Order.get(Group="a", order=1) == one == Order.find(limit="y").all()[0]
        assert Order.find(Group="b").count() == 2
        assert [row.Group for row in _soon(lambda: ByLimit.find(limit="y").all())] == ["a"]
        execute_raw(f'DROP INDEX "{keyspace}"."Index_by_limit"')
        with pytest.raises(SchemaMismatch, match=f'index "{keyspace}"."Table"."the ""limit""" is missing'):
            verify_all(Order, ByLimit)
        assert len(Order.sync_table()) == 1
        ByLimit.drop_view()
        Order.truncate()
        Order.drop_table()
        assert read_schema(keyspace) is not None
    finally:
        drop_keyspace(keyspace)
    assert read_schema(keyspace) is None


def test_a_keyspace(connection: str, fresh: Fresh) -> None:
    name = fresh("KS")
    with pytest.raises(SchemaMismatch, match=r"(?s)keyspace.*is missing.*'replication_factor': '1'.*found:  nothing"):
        verify_keyspace(name)
    create_keyspace(name)
    verify_keyspace(name)
    with pytest.raises(SchemaMismatch, match=r"(?s)durable_writes = false.*skip the commit log"):
        verify_keyspace(name, durable_writes=False)
    alter_keyspace(name, durable_writes=False)
    verify_keyspace(name, durable_writes=False)
    alter_keyspace(name, dc_replication_map={"datacenter1": 1})
    verify_keyspace(name, dc_replication_map={"datacenter1": 1}, durable_writes=False)
    verify_keyspace(name, strategy="NetworkTopologyStrategy", replication_factor=1, durable_writes=False)
    with pytest.raises(SchemaMismatch, match=r"(?s)SimpleStrategy.*NetworkTopologyStrategy"):
        verify_keyspace(name, durable_writes=False)
    drop_keyspace(name)
    assert read_schema(name) is None


@pytest.mark.parametrize("act", ["sync", "verify"])
def test_a_keyspace_that_does_not_exist(connection: str, spy: RecordingDriver, fresh: Fresh, act: str) -> None:
    class Row(Document):
        id: Annotated[int, PrimaryKey()]

        class Settings:
            name = "lost"
            keyspace = fresh("Nowhere")

    with pytest.raises(
        SchemaMismatch, match=rf'lost: wanted in keyspace "{Row.Settings.keyspace}".*no keyspace.*create_keyspace'
    ):
        Row.sync_table() if act == "sync" else Row.verify_table()
