"""What type checkers make of the names that both doors share. This program is checked, never run."""

from datetime import datetime
from ipaddress import IPv4Address
from typing import Annotated, Any
from uuid import UUID

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider
from typing_extensions import assert_type

import coodie
from coodie import (
    AsyncBatchQuery,
    BatchQuery,
    Document,
    InvalidPageToken,
    LWTResult,
    ModelError,
    NotSupportedByDriver,
    QuerySet,
)
from coodie.cql_builder import (
    build_alter_keyspace,
    build_batch,
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
from coodie.drivers import (
    UNSET,
    Adapter,
    AsyncDriver,
    Batch,
    BatchKind,
    CassandraDriver,
    ConcurrentDriver,
    ConnectionSettings,
    Driver,
    Hook,
    Kind,
    Mark,
    Options,
    Page,
    Request,
    Statement,
    SyncDriver,
    Trip,
    get_driver,
    hooked,
    init_coodie,
    register_adapter,
    register_driver,
    unregister_adapter,
    unregister_driver,
)
from coodie.exceptions import (
    BatchWarning,
    BulkWriteError,
    ConditionNotMet,
    ConfigurationError,
    CoodieError,
    DecodeError,
    DocumentNotFound,
    DriverError,
    FieldNotLoaded,
    InvalidQueryError,
    LockLost,
    MigrationError,
    MigrationFailed,
    MigrationLocked,
    MultipleDocumentsFound,
    OutcomeUnknown,
    Overloaded,
    QueryWarning,
    RequestRejected,
    SchemaDisagreement,
    SchemaMismatch,
    ServerFailure,
    Timeout,
    Unavailable,
    VersionConflict,
)
from coodie.fields import (
    Ascii,
    BigInt,
    Blob,
    Boolean,
    ClusteringKey,
    Column,
    Counter,
    CreatedAt,
    Date,
    Decimal,
    Discriminator,
    Double,
    Duration,
    Float,
    Frozen,
    Indexed,
    Inet,
    Int,
    NotStored,
    PrimaryKey,
    SmallInt,
    Static,
    Stored,
    Text,
    Time,
    Timestamp,
    TimeUUID,
    TinyInt,
    UpdatedAt,
    VarInt,
    Vector,
    VectorIndex,
    Version,
)
from coodie.observe import OpenTelemetryHook
from coodie.results import PagedResult
from coodie.testing import (
    ANY,
    Approx,
    Clock,
    ImpossibleReply,
    MemoryDriver,
    NetworkRefused,
    NotSupportedByMemoryDriver,
    RecordingDriver,
    UnexpectedCall,
    UnusedReply,
    Where,
    assert_cql_count,
    contract,
    faults,
    network_refused,
)
from coodie.types import CqlDuration, CqlType, NaiveDatetime, Token, Unreadable, cql_type_of


class Thing(Document):
    a: Annotated[int, PrimaryKey(1)]
    b: Annotated[int, Int(), PrimaryKey(partition_key_index=0)]
    c: Annotated[UUID, TimeUUID, ClusteringKey("DESC", 0)]
    d: Annotated[str, Static(), Ascii] = ""
    e: Annotated[str, Indexed("by_e"), Column("E")] = ""
    f: Annotated[int, BigInt()] = 0
    g: Annotated[int, SmallInt()] = 0
    h: Annotated[int, TinyInt()] = 0
    i: Annotated[int, VarInt()] = 0
    j: Annotated[float, Float()] = 0
    k: Annotated[float, Double()] = 0
    n: Annotated[IPv4Address | None, Inet()] = None
    o: Annotated[list[int], Frozen()] = []
    p: Annotated[list[float], Vector(3), VectorIndex(similarity_function="COSINE")] = []
    q: NaiveDatetime | None = None
    r: Annotated[CqlDuration, Duration()] = CqlDuration(1, 2, 3)
    s: datetime | None = None
    t: Annotated[int, Version()] = 1
    u: Annotated[datetime | None, CreatedAt()] = None
    v: Annotated[datetime | None, UpdatedAt()] = None
    w: Annotated[object, NotStored()] = None
    x: Annotated[complex, Stored(float, dump=abs, load=complex)] = 0j


class Plain(Document):
    id: Annotated[str, PrimaryKey(), Text()]
    b: Annotated[bytes, Blob()] = b""
    c: Annotated[bool, Boolean()] = False
    d: Annotated[str, Date()] = ""
    e: Annotated[str, Decimal()] = ""
    f: Annotated[datetime | None, Timestamp()] = None


def markers() -> None:
    assert_type(Counter(), Counter)
    assert_type(Discriminator(), Discriminator)
    assert_type(Time(), Time)
    assert_type(PrimaryKey(clustering=True, order="DESC", clustering_key_index=1).clustering, bool)
    assert_type(cql_type_of(list[int]), CqlType)
    assert_type(str(cql_type_of(int)), str)
    assert_type(Unreadable("why", 5).number, int | None)
    assert_type(Thing.find(a__token__gt=Token(5)), QuerySet[Thing])


def front_door() -> None:
    assert_type(coodie.BatchQuery(), BatchQuery)
    assert_type(coodie.AsyncBatchQuery(), AsyncBatchQuery)
    assert_type(coodie.ModelError("x"), ModelError)
    assert_type(LWTResult[Thing](True).existing, Thing | None)


def pages(page: PagedResult[Thing]) -> None:
    assert_type(page.data, list[Thing])
    assert_type(page.paging_state, bytes | None)
    assert_type([thing.a for thing in page], list[int])


def errors(error: CoodieError) -> None:
    warnings: list[type[UserWarning]] = [BatchWarning, QueryWarning]
    assert_type(warnings, list[type[UserWarning]])
    if isinstance(error, DriverError):
        assert_type(error.request, Statement | Batch | None)
    if isinstance(error, OutcomeUnknown):
        assert_type(error.write_type, str | None)
    kinds: list[type[CoodieError]] = [
        *(BulkWriteError, ConditionNotMet, ConfigurationError, DecodeError, DocumentNotFound, FieldNotLoaded),
        *(InvalidPageToken, InvalidQueryError, MigrationError, ModelError, MultipleDocumentsFound, Overloaded),
        *(NotSupportedByDriver, RequestRejected, SchemaDisagreement),
        *(SchemaMismatch, ServerFailure, Timeout, Unavailable, MigrationFailed, MigrationLocked, LockLost),
    ]
    assert_type(kinds, list[type[CoodieError]])
    assert_type(ConditionNotMet("x", 5).existing, int | None)
    assert_type(VersionConflict("x", 5).existing, int | None)


def builders() -> None:
    assert_type(build_insert("t", None, {"a": 1}, ttl=5, if_not_exists=False), tuple[str, list[Any]])
    assert_type(build_update("t", "ks", {"a": 1}, {"b": 1}), tuple[str, list[Any]])
    assert_type(build_delete("t", "ks", {"b": 1}, columns=["a"]), tuple[str, list[Any]])
    assert_type(build_select("t", "ks", ["a"], limit=5), tuple[str, list[Any]])
    assert_type(build_count("t", "ks"), tuple[str, list[Any]])
    assert_type(build_batch([build_insert("t", None, {"a": 1})], logged=False), tuple[str, list[Any]])
    assert_type(build_create_table("t", None, {"a": "int"}, ["a"]), str)
    assert_type(build_insert_json("t", None, "{}", default_unset=True), tuple[str, list[Any]])
    assert_type(build_counter_update("t", None, {"n": 1}, {"a": 1}), tuple[str, list[Any]])
    assert_type(build_delete("t", None, {"b": 1}, columns=["a", ("m", "k")]), tuple[str, list[Any]])
    assert_type(build_create_keyspace("ks", dc_replication_map={"dc1": 3}), str)
    assert_type(build_alter_keyspace("ks", durable_writes=False), str)
    assert_type(build_drop_keyspace("ks"), str)
    assert_type(build_drop_table("t", "ks"), str)
    assert_type(build_truncate("t", "ks"), str)
    assert_type(build_create_index("t", "ks", "a", using="sai"), str)
    assert_type(build_drop_index("i", "ks"), str)
    assert_type(build_create_type("u", "ks", {"a": "int"}), str)
    assert_type(build_drop_type("u", "ks"), str)
    assert_type(build_create_materialized_view("v", "ks", "t", ["a"], ["a"]), str)
    assert_type(build_drop_materialized_view("v", "ks"), str)


class Quiet:
    """A driver of one's own, for both doors."""

    def execute(self, request: Statement | Batch, /) -> Page:
        return Page(("a",), [(1,)])

    def close(self) -> None: ...

    async def aexecute(self, request: Statement | Batch, /) -> Page:
        return Page()

    async def aclose(self) -> None: ...


def drivers(quiet: Quiet, many: ConcurrentDriver) -> None:
    both: Driver = quiet
    one: SyncDriver = both
    finish = many.start(Statement("x"), lambda: None)
    assert_type(finish(), Page)
    other: AsyncDriver = both
    register_driver("x", one, keyspace="ks", default=True)
    assert_type(get_driver(), SyncDriver | AsyncDriver)
    assert_type(unregister_driver("x"), SyncDriver | AsyncDriver)
    init_coodie(driver=other, name="x", slow=0.5)
    init_coodie("db1", keyspace="shop", create_keyspace=True)
    statement = Statement("SELECT a FROM t", (UNSET, 1), (), Kind.READ, True, Options("ONE", timeout=1.0))
    assert_type(one.execute(statement), Page)
    assert_type(statement.with_options(Options()), Statement)


class Ear(Hook):
    def before(self, request: Request) -> str:
        assert_type(request, Statement | Batch)
        return "token"

    def after(self, trip: Trip, token: str) -> None:
        assert_type((trip.operation, trip.table, trip.keyspace), tuple[str, str | None, str | None])
        assert_type((trip.request, trip.cql), tuple[Statement | Batch, str])
        assert_type((trip.seconds, trip.rows, trip.page_number), tuple[float, int, int])
        assert_type(trip.error, BaseException | None)
        assert_type((trip.coordinator, trip.warnings), tuple[str | None, tuple[str, ...]])
        assert_type(trip.connection, str | None)
        assert_type((trip.model, trip.attempts, trip.prepared), tuple[type[Any] | None, int, int])


def observe(tracers: TracerProvider, meters: MeterProvider) -> None:
    hook = OpenTelemetryHook(tracer_provider=tracers, meter_provider=meters)
    init_coodie("db1", hooks=[OpenTelemetryHook(), hook])
    OpenTelemetryHook(tracer_provider=meters)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    OpenTelemetryHook(tracers)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def adapters(quiet: Quiet) -> None:
    def connect(settings: ConnectionSettings) -> Quiet:
        assert_type((settings.keyspace, settings.create_keyspace), tuple[str | None, Statement | None])
        return quiet

    async def aconnect(settings: ConnectionSettings) -> Quiet:
        return quiet

    register_adapter("quiet", Adapter(connect=connect, aconnect=aconnect))
    init_coodie("db1", driver="quiet", lazy=True)
    unregister_adapter("quiet")


def border(quiet: Quiet, session: Any) -> None:
    assert_type(hooked(quiet, [Ear()], connection="default"), SyncDriver | AsyncDriver)
    adapter: Driver = CassandraDriver(session, keyspace="shop", log_values=False)
    register_driver("adapter", adapter)
    batch = Batch((Statement("DELETE FROM t"),), BatchKind.UNLOGGED, 5)
    assert_type((batch.statements, batch.kind, batch.timestamp), tuple[tuple[Statement, ...], BatchKind, int | None])
    assert_type(batch.statements[0].marks, tuple[Mark, ...])
    assert_type(Page().paging_state, bytes | None)


class OwnDriver(contract.DriverContract):
    pass


def harness() -> None:
    with assert_cql_count(at_most=2) as recording:
        assert_type(recording, RecordingDriver)
    with network_refused() as refused:
        assert_type(refused, list[NetworkRefused])
    assert_type(ImpossibleReply("x"), ImpossibleReply)
    with RecordingDriver(clock=Clock(), strict=False) as recorder:
        assert_type(recorder, RecordingDriver)
        assert_type(recorder.cql, list[str])
        assert_type(recorder.last.params, dict[str, Any])
        recorder.on("select", table=Thing, where={"a": ANY, "b": Approx(1, 1), "c": Where(bool)}).returns([{"a": 1}])
        recorder.on("batch").raises(faults.write_timeout(write_type="BATCH_LOG")).optional()
        driver: Driver = recorder
        register_driver("recorder", driver)
    harness_errors: list[type[AssertionError]] = [UnexpectedCall, UnusedReply]
    assert_type(harness_errors, list[type[AssertionError]])


def in_memory(memory: MemoryDriver) -> None:
    assert_type(memory.run("CREATE KEYSPACE shop"), None)
    assert_type(memory.rows("shop.users"), list[dict[str, Any]])
    assert_type(memory.dump(cells=True), str)
    assert_type(memory.restore(memory.snapshot()), None)
    assert_type(memory.fork(), MemoryDriver)
    assert_type(memory.clock, Clock)
    assert_type(RecordingDriver(memory), RecordingDriver)
    assert issubclass(NotSupportedByMemoryDriver, NotImplementedError)
