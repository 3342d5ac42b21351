"""What type checkers make of the schema: the same names at both doors. This program is checked, never run."""

from typing import Annotated

from typing_extensions import assert_type

import coodie
from coodie import SchemaMismatch, UserType, aio, document, sync
from coodie.fields import ClusteringKey, Indexed, PrimaryKey, Vector, VectorIndex
from coodie.schema import (
    Change,
    Column,
    ColumnKind,
    Danger,
    Index,
    Keyspace,
    Schema,
    Side,
    Table,
    TableOptions,
    View,
    described,
    diff,
    keyspace_changes,
    schema_of,
    statements,
    table_of,
    view_of,
)
from coodie.schema import UserType as FoundType


class Point(UserType):
    x: int


class User(sync.Document):
    id: Annotated[int, PrimaryKey()]
    attrs: Annotated[dict[str, str], Indexed("by_key", target="keys"), Indexed(target="entries")] = {}
    title: Annotated[str, Indexed(using="sai", options={"ascii": True})] = ""
    near: Annotated[list[float], Vector(3), VectorIndex("COSINE", index_name="near")]

    class Settings:
        options: TableOptions = {"comment": "users", "gc_grace_seconds": 60}


class ByTitle(sync.MaterializedView):
    title: Annotated[str, PrimaryKey()]
    id: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = User


class AsyncByTitle(aio.MaterializedView):
    title: Annotated[str, PrimaryKey()]


assert_type(User.sync_table(dry_run=True), list[str])
assert_type(sync.sync_all(User, ByTitle), list[str])
assert_type(sync.sync_all(User.using(keyspace="t42"), ByTitle.using(keyspace="t42"), User), list[str])
assert_type(sync.sync_type(Point, keyspace="ks"), list[str])
assert_type(sync.read_schema("ks"), Schema | None)
assert_type(ByTitle.sync_view(), list[str])
assert_type(ByTitle.find(title="a"), sync.QuerySet[ByTitle])
assert_type(ByTitle.get(title="a"), ByTitle)
assert_type(ByTitle.find_one(title="a"), ByTitle | None)
ByTitle.verify_view(exact=True)
ByTitle.drop_view()
User.verify_table(exact=True)
sync.verify_all(User, exact=True)
sync.alter_keyspace("ks", durable_writes=False)
sync.verify_keyspace("ks", dc_replication_map={"dc1": 3})


async def asynchronously() -> None:
    assert_type(await coodie.sync_all(AsyncByTitle), list[str])
    assert_type(await coodie.sync_type(Point), list[str])
    assert_type(await coodie.read_schema("ks"), Schema | None)
    assert_type(await AsyncByTitle.sync_view(), list[str])
    assert_type(AsyncByTitle.find(title="a"), aio.QuerySet[AsyncByTitle])
    assert_type(await AsyncByTitle.get(title="a"), AsyncByTitle)
    await AsyncByTitle.verify_view()
    await coodie.verify_all(AsyncByTitle)
    await coodie.alter_keyspace("ks", replication_factor=3)
    await coodie.verify_keyspace("ks")


assert_type(coodie.MaterializedView, type[aio.MaterializedView])
assert_type(document("A", {"id": int}, settings={"name": "a"}), type[aio.Document])
assert_type(document("A", {}, base=User), type[User])
document("A", {}, base=sync.Document)(id=1).save()
document("A", {}, base=sync.CounterDocument)(id=1).increment(n=1)
wanted = schema_of([User, ByTitle], "ks")
changes = diff(wanted, Schema("ks"))
assert_type(changes, list[Change])
assert_type(SchemaMismatch("x", changes).changes, tuple[Change, ...])
assert_type(changes[0].danger, Danger)
assert_type(changes[0].side, Side)
assert_type(changes[0].statements, tuple[str, ...])
assert_type(described(changes), str)
assert_type(statements(wanted), list[str])
assert_type(table_of(User), Table)
assert_type(view_of(ByTitle), View)
assert_type(table_of(User).indexes, tuple[Index, ...])
assert_type(table_of(User).columns, tuple[Column, ...])
assert_type(table_of(User).columns[0].kind, ColumnKind)
assert_type(schema_of([User], "ks").types, tuple[FoundType, ...])
assert_type(keyspace_changes(Keyspace("ks", ()), None), list[Change])
