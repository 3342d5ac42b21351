"""What type checkers make of the sync door. This program is checked, never run."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from typing_extensions import assert_type

from coodie import document
from coodie.batch import BatchWarning
from coodie.bulk import Failure, Failures, Report, Split
from coodie.drivers import Hook, Statement, SyncDriver
from coodie.exceptions import DecodeError
from coodie.fields import ClusteringKey, Counter, PrimaryKey
from coodie.results import LWTResult, PagedResult, Trace, TraceEvent
from coodie.schema import Schema
from coodie.sync import (
    BatchQuery,
    BoundDocuments,
    BoundTable,
    BoundView,
    CounterDocument,
    Document,
    MaterializedView,
    QuerySet,
    Scan,
    alter_keyspace,
    arrow_batches,
    close,
    create_keyspace,
    delete_many,
    drop_keyspace,
    execute_raw,
    get_many,
    init_coodie,
    insert_many,
    read_schema,
    read_split,
    save_many,
    sync_all,
    sync_type,
    to_arrow,
    update_many,
    verify_all,
    verify_keyspace,
)
from coodie.usertype import UserType


class User(Document):
    id: Annotated[UUID, PrimaryKey()]
    name: str
    nickname: str | None = None
    tags: set[str] = set()

    class Settings:
        keyspace = "shop"


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    day: Annotated[int, ClusteringKey(order="DESC")]
    views: Annotated[int | None, Counter()] = None


class Admin(User):
    level: int = 0


class Address(UserType):
    city: str


class ByName(MaterializedView):
    name: Annotated[str, PrimaryKey()]
    id: Annotated[UUID, ClusteringKey()]

    class Settings:
        base_table = User


def documents(uid: UUID) -> None:
    user = User(id=uid, name="ann")
    assert_type(user.id, UUID)
    assert_type(user.nickname, str | None)
    user.save(ttl=60, timestamp=1, consistency="ONE", timeout=1.0)
    assert_type(user.insert(), LWTResult[User])
    user.update(name="bo", ttl=5, timestamp=1)
    user.delete(consistency="ONE", timeout=1.0)
    user.delete_columns("nickname", timestamp=1)
    user.delete(consistency="QUORUN")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert_type(User.create(id=uid, name="ann"), User)
    assert_type(User.create({"id": uid}, name="ann", batch=None), User)
    assert_type(User.get(id=uid), User)
    assert_type(User.find_one(id=uid), User | None)
    assert_type(Admin.get(id=uid), Admin)
    assert_type(User.table_name(), str)
    assert_type(User.sync_table(dry_run=True), list[str])
    User.drop_table()
    User.truncate()


def changed(uid: UUID, made: type[User]) -> None:
    user = User.get(id=uid)
    user.name = "bo"
    assert_type(user.changes(), set[str])
    user.rollback()
    assert_type(user.refresh(consistency="ONE", timeout=1.0), None)
    assert_type(user.save(full=True), None)
    user.save(full=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    Views(url="/", day=1).refresh()
    Views(url="/", day=1).save()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def made_while_running(uid: UUID) -> None:
    fields = {"id": Annotated[UUID, PrimaryKey()], "value": (float, 0.0)}
    readings = document("Reading", fields, settings={"name": "readings_7"}, base=Document)
    assert_type(readings, type[Document])
    assert_type(readings.get(id=uid), Document)
    assert_type(document("Admins", {}, base=Admin), type[Admin])
    assert_type(document("Admins", {}, base=Admin).find().all(), list[Admin])
    assert_type(document("Counted", fields, base=CounterDocument), type[CounterDocument])
    document("Reading", ["id"])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]


def results(uid: UUID) -> None:
    result = User(id=uid, name="ann").insert()
    assert_type(result.applied, bool)
    assert_type(result.existing, User | None)
    result.raise_if_lost()
    if not result and result.existing is not None:
        assert_type(result.existing.name, str)


def conditions(admin: Admin, strict: bool, where: dict[str, Any] | None, batch: BatchQuery | None) -> None:
    assert_type(admin.update(name="bo", if_exists=True), LWTResult[Admin])
    assert_type(admin.update({"ttl": 5}, if_conditions={"name": "a"}, tags__add={"x"}), LWTResult[Admin])
    assert_type(admin.delete(if_exists=True, serial_consistency="SERIAL"), LWTResult[Admin])
    assert_type(admin.delete(if_conditions={"name": "a"}), LWTResult[Admin])
    assert_type(admin.delete_columns("nickname", if_exists=True), LWTResult[Admin])
    assert_type(admin.delete_columns("nickname", if_conditions={"name": "a"}), LWTResult[Admin])
    # What nobody can tell from the call may be either.
    assert_type(admin.update(name="bo", if_exists=strict), LWTResult[Admin] | None)
    assert_type(admin.update(name="bo", if_conditions=where, batch=batch), LWTResult[Admin] | None)
    assert_type(admin.delete(if_exists=strict, batch=batch), LWTResult[Admin] | None)
    assert_type(admin.delete_columns("nickname", if_conditions=where), LWTResult[Admin] | None)
    assert_type(User.find().update(name="x", if_conditions=where, batch=batch), LWTResult[User] | None)


def unread(error: DecodeError) -> None:
    assert_type(error.paging_state, bytes | None)


def queries(uid: UUID) -> None:
    query = User.find(id=uid)
    assert_type(query, QuerySet[User])
    assert_type(User.find({"id": uid}, name__gt="a"), QuerySet[User])
    chained = query.filter(name="a").limit(5).per_partition_limit(1).order_by("-id").allow_filtering().only("name")
    assert_type(chained, QuerySet[User])
    assert_type(chained.defer("name").fetch_size(5).page(None).consistency("ONE"), QuerySet[User])
    assert_type(query.serial_consistency("SERIAL").timeout(1.0).using(keyspace="x", connection="y"), QuerySet[User])
    assert_type(query.using(ttl=5, timestamp=5, consistency="ONE", timeout=1.0, fetch_size=9), QuerySet[User])
    assert_type(query.ttl(5).timestamp(5).if_exists().if_not_exists(), QuerySet[User])
    assert_type(query.statement(), Statement)
    assert_type(query.all(), list[User])
    assert_type(query.first(), User | None)
    assert_type(query.one(), User)
    assert_type(query.count(), int)
    assert_type(query.exists(), bool)
    assert_type(query.unreadable(unread), QuerySet[User])
    assert_type(query.unreadable(lambda error: print(error.paging_state)), QuerySet[User])
    assert_type(query.paged_all(), PagedResult[User])
    token = query.paged_all().token("a secret of some length", ttl=60, context="ann")
    assert_type(token, str | None)
    assert_type(query.page_token(token, ["a secret of some length", b""], "ann").all(), list[User])
    assert_type((query.paged_all()).data, list[User])
    assert_type((query.paged_all()).paging_state, bytes | None)
    for user in query:
        assert_type(user, User)
    assert_type([user.name for user in Admin.find()], list[str])
    assert_type(query.update(name="x"), LWTResult[User] | None)
    assert_type(query.update({"ttl": 5}, if_conditions={"name": "a"}), LWTResult[User])
    assert_type(query.if_exists().delete(), LWTResult[User] | None)
    assert_type(query.delete(if_conditions={"name": "a"}), LWTResult[User])
    assert_type(query.create(id=uid, name="x"), User)
    assert_type(query.create({"id": uid}, name="x"), User)


def other_answers(uid: UUID) -> None:
    query = User.find(id=uid)
    assert_type(query.aggregate(n="count(*)", top="max(name)"), dict[str, Any])
    groups = query.group_by("id").limit(3)
    assert_type(groups.aggregate(n="count(*)"), list[dict[str, Any]])
    assert_type(groups.all(), list[User])
    values = query.values_list("id", "name").limit(3)
    assert_type(values.all(), list[tuple[Any, ...]])
    assert_type(values.first(), tuple[Any, ...] | None)
    assert_type(values.paged_all(), PagedResult[tuple[Any, ...]])
    for row in values:
        assert_type(row, tuple[Any, ...])
    assert_type(query.sum("age"), Any)
    assert_type(query.avg("age"), Any)
    assert_type(query.min("age"), Any)
    assert_type(query.max("age"), Any)
    assert_type(query.writetime("name"), int | None)
    assert_type(query.column_ttl("name"), int | None)
    assert_type(query.json(), list[str])
    assert_type(query.distinct().order_by_ann("name", [1.0]), QuerySet[User])
    query.group_by("id").count()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    query.consistency("QUORUN").all()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def connections(session: Any, driver: SyncDriver) -> None:
    init_coodie(["a", "b:9043"], hooks=[Hook()], default=True, port=9042)
    init_coodie(session=session, keyspace="shop")
    init_coodie("a", keyspace="shop", create_keyspace={"dc_replication_map": {"dc1": 3}}, slow=1)
    init_coodie(driver=driver, name="other")
    close("other")
    assert_type(read_schema("shop"), Schema | None)
    assert_type(sync_all(User, dry_run=True), list[str])
    assert_type(sync_type(Address), list[str])
    verify_all(User, exact=True)
    verify_keyspace("shop", replication_factor=3)
    alter_keyspace("shop", durable_writes=True)
    assert_type(ByName.find(name="ann").all(), list[ByName])
    assert_type(ByName.sync_view(), list[str])


def batches(uid: UUID) -> None:
    with BatchQuery(logged=False, batch_type="UNLOGGED", timestamp=5, consistency="ONE") as batch:
        assert_type(batch, BatchQuery)
        user = User(id=uid, name="ann")
        user.save(batch=batch)
        user.insert(batch=batch)
        user.update(name="x", batch=batch)
        user.delete(batch=batch)
        user.delete_columns("name", batch=batch)
        User.find(id=uid).update(name="x", batch=batch)
        User.find(id=uid).delete(batch=batch)
        assert_type(User.find().create(id=uid, name="x", batch=batch), User)
        batch.add("DELETE FROM t WHERE a = ?", [1])
    assert_type(batch.statements, tuple[Statement, ...])
    assert_type(batch.result, LWTResult[Any] | None)
    assert_type(batch.execute(), LWTResult[Any] | None)
    assert_type(batch.execute(again=True), LWTResult[Any] | None)
    assert_type(batch.outcome, Literal["open", "done", "failed", "unknown"])
    assert_type(BatchWarning("x"), BatchWarning)


def homes(uid: UUID, batch: BatchQuery, perhaps: BatchQuery | None) -> None:
    users = User.using(keyspace="t42", connection="reports")
    assert_type(users, BoundDocuments[User])
    assert_type(Admin.using(), BoundDocuments[Admin])
    assert_type(users.using(connection="x"), BoundDocuments[User])
    assert_type(users(id=uid, name="ann"), User)
    assert_type(users.find({"id": uid}, name__gt="a"), QuerySet[User])
    assert_type(users.find(id=uid).all(), list[User])
    assert_type(users.find_one(id=uid), User | None)
    assert_type(users.get(id=uid), User)
    assert_type(users.get_or_none(id=uid), User | None)
    assert_type(User.get_or_none(id=uid), User | None)
    assert_type(users.create({"id": uid}, name="ann", batch=None), User)
    user = User(id=uid, name="ann")
    users.save(user, full=True, ttl=5, timestamp=5, consistency="ONE", timeout=1.0, batch=batch)
    assert_type(users.insert(user, ttl=5, consistency="ONE", serial_consistency="SERIAL"), LWTResult[User])
    users.insert(user, batch=batch)
    assert_type(users.insert(user, batch=perhaps), LWTResult[User] | None)
    assert_type(user.insert(batch=perhaps), LWTResult[User] | None)
    users.save(Views(url="/", day=1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(users.sync_table(dry_run=True), list[str])
    users.verify_table(exact=True)
    users.truncate()
    users.drop_table()
    views = Views.using(keyspace="t42")
    assert_type(views, BoundTable[Views])
    assert_type(views.get(url="/"), Views)
    views(url="/", day=1).increment(views=1)
    views.sync_table()
    views.create(url="/")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    by_name = ByName.using(keyspace="t42")
    assert_type(by_name, BoundView[ByName])
    assert_type(by_name.find_one(name="ann"), ByName | None)
    assert_type(by_name.sync_view(), list[str])
    by_name.verify_view()
    by_name.drop_view()


def many_rows(errors: list[DecodeError]) -> None:
    scan = User.scan(concurrency=4, fetch_size=100, only=["name"], unreadable=errors.append, rate=10, timeout=1.0)
    assert_type(scan, Scan[User])
    for user in scan:
        assert_type(user, User)
    assert_type(scan.state(), str)
    assert_type(scan.progress, float)
    assert_type(User.using(keyspace="t42").scan(state=scan.state()), Scan[User])
    User.scan(pages=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    splits = Views.splits(64)
    assert_type(splits, list[Split[Views]])
    assert_type(read_split(splits[0], fetch_size=10), Scan[Views])
    assert_type([row.name for row in ByName.scan()], list[str])
    assert_type(get_many(User, [uuid4()], concurrency=10, consistency="ONE", timeout=1.0), list[User | None])
    assert_type(get_many(Views.using(keyspace="t42"), [("/", 1)]), list[Views | None])
    assert_type(to_arrow(User.find().only("name")), Any)
    assert_type(to_arrow(User.find().values_list(User.name)), Any)
    for batch in arrow_batches(scan, rows=100):
        assert_type(batch, Any)
    assert_type(User.arrow_schema(), Any)
    assert_type(ByName.using(keyspace="t42").arrow_schema(), Any)
    to_arrow(User)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    arrow_batches([User], rows=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def counters() -> None:
    views = Views(url="/", day=1)
    views.increment(views=1)
    views.decrement({"views": 1}, consistency="ONE", timeout=1.0)
    assert_type(views.views, int | None)
    assert_type(Views.get(url="/", day=1), Views)
    views.delete(timeout=1.0)


def database() -> None:
    init_coodie("127.0.0.1", keyspace="shop", name="default", lazy=True)
    assert_type(execute_raw("SELECT a FROM t", [1], consistency="ONE", timeout=1.0), list[dict[str, Any]])
    assert_type(execute_raw("SELECT a FROM t WHERE b = :b", {"b": 1}), list[dict[str, Any]])
    execute_raw("SELECT a FROM t WHERE b = :b", 5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    trace = execute_raw("SELECT a FROM t", trace=True)
    assert_type((trace, trace.seconds, trace.nodes), tuple[Trace, float | None, Mapping[str, tuple[TraceEvent, ...]]])
    assert_type(trace.events[0].activity, str)
    assert_type(User.find().trace(), Trace)
    assert_type(User.raw("SELECT * FROM users").trace(), Trace)
    assert_type(BatchQuery().execute(trace=True), Trace)
    assert_type(BatchQuery().execute(), LWTResult[Any] | None)
    create_keyspace("shop", replication_factor=3, dc_replication_map={"dc1": 3}, durable_writes=False)
    drop_keyspace("shop")
    close()


def many(users: list[User], read: Iterator[User]) -> None:
    report = save_many(users, ttl=60, progress=True)
    assert_type(report, Report[User])
    assert_type(report.done, int)
    assert_type(report.failed, Failures[User])
    for failure in report.unknown:
        assert_type(failure, Failure[User])
        assert_type(failure.item, User)
        user, error = failure
        assert_type(user, User)
        assert_type(error, Exception)
    assert_type(save_many(read, 50, by_partition=True, rate=5.5), Report[User])
    assert_type(insert_many(iter(users), consistency="QUORUM", stop_on_error=True), Report[User])
    assert_type(delete_many((user for user in users), if_exists=True, attempts=1), Report[User])
    save_many(users, progress=lambda report: report.done, on_failure=lambda user, error: user.name)
    changes = [(user, {"name": "bo"}) for user in users]
    assert_type(update_many(changes, ttl=5), Report[tuple[User, dict[str, str]]])
    save_many(users, tll=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    save_many([5])  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    insert_many(users, by_partition=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def traces(user: User, views: Views) -> None:
    assert_type(user.save(ttl=5, trace=True), Trace)
    assert_type(user.insert(trace=True), Trace)
    assert_type((user.insert(trace=True)).result, LWTResult[Any] | None)
    assert_type(user.update(name="x", if_exists=True, trace=True), Trace)
    assert_type(user.delete(if_exists=True, trace=True), Trace)
    assert_type(user.delete_columns("name", trace=True), Trace)
    assert_type(views.increment(views=1, trace=True), Trace)
    assert_type(User.find().update(name="x", trace=True), Trace)
    assert_type(User.find().delete(trace=True), Trace)
    user.save(trace="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
