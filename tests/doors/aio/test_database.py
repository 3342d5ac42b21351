"""Connections, keyspaces, tables, and statements of one's own."""

from typing import Annotated

import pytest

from coodie import aio
from coodie.aio import CounterDocument, Document
from coodie.drivers import (
    Adapter,
    get_driver,
    register_adapter,
    register_driver,
    unregister_adapter,
    unregister_driver,
)
from coodie.exceptions import ConfigurationError, InvalidQueryError, SchemaMismatch
from coodie.fields import ClusteringKey, Column, Counter, Indexed, PrimaryKey, Static
from coodie.testing import RecordingDriver, faults


class Order(Document):
    shop: Annotated[str, PrimaryKey()]
    n: Annotated[int, ClusteringKey(order="DESC")]
    owner: Annotated[str, Static()] = ""
    total: Annotated[int, Column("Total")] = 0
    mail: Annotated[str, Indexed()] = ""
    phone: Annotated[str, Indexed("by_phone")] = ""
    tags: list[frozenset[str]] = []

    class Settings:
        name = "orders"
        keyspace = "shop"
        default_ttl = 60
        options = {"comment": "it's", "gc_grace_seconds": 5, "compaction": {"class": "LeveledCompactionStrategy"}}


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


HAS = [
    ("shop", "text", "partition_key", "none"),
    ("n", "bigint", "clustering", "desc"),
    ("owner", "text", "static", "none"),
    ("mail", "text", "regular", "none"),
    ("phone", "text", "regular", "none"),
]
NAMES = ("column_name", "type", "kind", "clustering_order")


def column(name, cql_type, kind, order="none"):
    return {"table_name": "orders", "position": 0, **dict(zip(NAMES, (name, cql_type, kind, order), strict=True))}


def found(recorder, rows):
    has = [column(*row) for row in rows]
    recorder.on("select", table="system_schema.columns").returns(has).times(2).optional()


async def test_sync_table_creates(coodie_recorder, cql_snapshot):
    sent = await Order.sync_table()
    assert sent == [call.cql for call in coodie_recorder.calls if call.kind == "schema"]
    assert len(sent) == 3
    assert await Views.sync_table()
    assert coodie_recorder == cql_snapshot


async def test_sync_table_adds_what_is_missing(coodie_recorder, cql_snapshot):
    found(coodie_recorder, HAS)
    await Order.sync_table()
    assert coodie_recorder == cql_snapshot


async def test_a_column_that_another_worker_added_first_is_no_error(coodie_recorder):
    class Note(Document):
        id: Annotated[int, PrimaryKey()]
        text: str = ""

        class Settings:
            name = "orders"
            keyspace = "shop"

    add = "ALTER TABLE shop.orders ADD text text"
    coodie_recorder.on("select", table="system_schema.columns").returns([column("id", "bigint", "partition_key")])
    coodie_recorder.on(cql=add).raises(faults.invalid("Column with name 'text' already exists"))
    coodie_recorder.on("select", table="system_schema.columns").returns(
        [column("id", "bigint", "partition_key"), column("text", "text", "regular")]
    )
    assert await Note.sync_table() == []
    assert [call.cql for call in coodie_recorder.calls if call.kind == "schema"] == [add]


async def test_sync_table_may_only_tell(coodie_recorder):
    texts = await Order.sync_table(dry_run=True)
    assert texts[0].startswith("CREATE TABLE IF NOT EXISTS shop.orders (")
    assert {call.kind for call in coodie_recorder.calls} == {"execute"}


@pytest.mark.parametrize(
    ("place", "column", "message"),
    [
        (
            1,
            ("n", "bigint", "clustering", "asc"),
            "(?s)order shop.orders is different.*wanted: .* n bigint DESC.*found: .* n bigint\\)",
        ),
        (1, ("n", "int", "clustering", "desc"), "(?s)wanted: n bigint .*found:  n int "),
        (2, ("owner", "text", "regular", "none"), "(?s)static.*regular"),
        (
            1,
            ("other", "int", "regular", "none"),
            "(?s)key shop.orders is different.*n bigint DESC.*found:  PRIMARY KEY \\(\\(shop text\\)\\)",
        ),
    ],
)
async def test_sync_table_never_alters(coodie_recorder, place, column, message):
    found(coodie_recorder, [*HAS[:place], column, *HAS[place + 1 :]])
    with pytest.raises(SchemaMismatch, match=message):
        await Order.sync_table()
    assert {call.kind for call in coodie_recorder.calls} == {"execute"}


async def test_tables_and_keyspaces(coodie_recorder, cql_snapshot):
    await Order.truncate()
    await Order.drop_table()
    await aio.create_keyspace("shop")
    await aio.create_keyspace("Shop", replication_factor=3, durable_writes=False)
    await aio.create_keyspace("shop", dc_replication_map={"dc1": 3, "it's": 1})
    await aio.drop_keyspace("shop")
    assert coodie_recorder == cql_snapshot


@pytest.mark.parametrize("name", ["", "x; DROP KEYSPACE y", 'a"b', "a" * 49, "ä"])
async def test_a_keyspace_with_a_wrong_name_is_refused(coodie_recorder, name):
    with pytest.raises(InvalidQueryError):
        await aio.create_keyspace(name)
    with pytest.raises(InvalidQueryError):
        await aio.drop_keyspace(name)
    assert coodie_recorder.calls == []


async def test_execute_raw(coodie_recorder, cql_snapshot):
    coodie_recorder.on("select", table="t").pages([[{"a": 1}], [], [{"a": 2}]])
    assert await aio.execute_raw("SELECT a FROM t WHERE b = ?;", ["x"], fetch_size=1) == [{"a": 1}, {"a": 2}]
    assert await aio.execute_raw("UPDATE t SET a = 1 WHERE b = 2", consistency="ONE", timeout=2.5) == []
    assert coodie_recorder == cql_snapshot


async def test_values_of_raw_statements_may_go_by_name(coodie_recorder):
    coodie_recorder.on("select", table="t", where={"b": "x"}).returns([{"a": 1}])
    assert await aio.execute_raw("SELECT a FROM t WHERE b = :b", {"b": "x"}) == [{"a": 1}]
    assert coodie_recorder.last.params == {"b": "x"}
    with pytest.raises(InvalidQueryError, match=r"none for :b"):
        await aio.execute_raw("SELECT a FROM t WHERE b = :b", {"a": "x"})
    assert len(coodie_recorder.calls) == 1


async def test_a_raw_condition_gives_its_row(coodie_recorder):
    coodie_recorder.on("update", conditional=True).applied(False, {"a": 2})
    rows = await aio.execute_raw("UPDATE t SET a = 1 WHERE b = 2 IF a = 1")
    assert rows == [{"[applied]": False, "a": 2}]


async def test_without_a_connection_the_error_says_what_to_do():
    with pytest.raises(ConfigurationError, match="init_coodie"):
        await Views.find(url="/").all()


async def test_an_unknown_connection_is_named_with_the_known_ones(coodie_recorder):
    with pytest.raises(ConfigurationError, match=r"'nowhere'.*'default'"):
        await Order.find().warn(False).using(connection="nowhere").all()
    with pytest.raises(ConfigurationError, match=r"'nowhere'.*'default'"):
        await aio.execute_raw("SELECT a FROM t", connection="nowhere")


async def test_init_coodie_with_a_driver_and_close():
    driver = RecordingDriver(strict=False)
    await aio.init_coodie(driver=driver, keyspace="shop", name="mine")
    try:
        await Views.find(url="/").all()
        assert driver.cql == ["SELECT url, views FROM shop.views WHERE url = ?"]
        assert get_driver() is get_driver("mine") is driver
    finally:
        await aio.close("mine")
    with pytest.raises(ConfigurationError, match="no connection is known"):
        get_driver()


async def test_every_path_honours_the_connection_of_the_settings(coodie_recorder):
    class Elsewhere(Document):
        id: Annotated[int, PrimaryKey()]
        v: int = 0

        class Settings:
            connection = "elsewhere"

    elsewhere = RecordingDriver(strict=False)
    register_driver("elsewhere", elsewhere, keyspace="ks")
    one = Elsewhere(id=1)
    await one.save()
    await one.insert()
    await one.update(v=1)
    await one.delete_columns("v")
    await one.delete()
    await Elsewhere.create(id=2)
    await Elsewhere.find_one(id=1)
    await Elsewhere.find(id=1).all()
    await Elsewhere.find(id=1).paged_all()
    await Elsewhere.find(id=1).count()
    [row async for row in Elsewhere.find(id=1)]
    await Elsewhere.find(id=1).update(v=2)
    await Elsewhere.find(id=1).delete()
    await Elsewhere.find().create(id=3)
    await Elsewhere.sync_table()
    await Elsewhere.truncate()
    await Elsewhere.drop_table()
    with pytest.raises(SchemaMismatch):
        await Elsewhere.verify_table()
    unregister_driver("elsewhere")
    assert coodie_recorder.calls == []
    assert len(elsewhere.calls) == 21  # sync_table asks before and after, verify_table for the keyspace too
    assert all("ks.elsewhere" in cql or "system_schema" in cql for cql in elsewhere.cql)


async def iterated(query):
    return [row async for row in query]


@pytest.mark.parametrize(
    "send",
    [
        lambda query: query.all(),
        lambda query: query.first(),
        lambda query: query.paged_all(),
        lambda query: query.count(),
        lambda query: query.aggregate(n="count(*)"),
        lambda query: query.group_by("url").aggregate(n="count(*)"),
        lambda query: query.group_by("url").all(),
        lambda query: query.distinct().all(),
        lambda query: query.sum("n"),
        lambda query: query.avg("n"),
        lambda query: query.min("n"),
        lambda query: query.max("n"),
        lambda query: query.writetime("n"),
        lambda query: query.column_ttl("n"),
        lambda query: query.json(),
        lambda query: query.values_list("n").all(),
        lambda query: query.values_list("n").first(),
        lambda query: iterated(query),
        lambda query: iterated(query.values_list("n")),
        lambda query: query.create(url="/"),
        lambda query: query.if_not_exists().create(url="/"),
        lambda query: query.filter(url="/").update(n=1),
        lambda query: query.filter(url="/").if_exists().update(n=1),
        lambda query: query.filter(url="/").delete(),
        lambda query: query.filter(url="/").delete(if_conditions={"n": 1}),
    ],
)
async def test_whatever_a_query_sends_goes_where_and_how_it_says(coodie_recorder, send):
    class Page(Document):
        url: Annotated[str, PrimaryKey()]
        n: int = 0

        class Settings:
            keyspace = "model"
            consistency = "ONE"

    elsewhere = RecordingDriver(strict=False)
    register_driver("elsewhere", elsewhere, keyspace="ks")
    query = Page.find().warn(False).using(keyspace="call").using(connection="elsewhere")
    await send(query.consistency("QUORUM").serial_consistency("LOCAL_SERIAL").timeout(2.5))
    unregister_driver("elsewhere")
    assert coodie_recorder.calls == []
    (call,) = elsewhere.calls
    assert " call.page" in call.cql
    options = call.request.options
    assert (options.consistency, options.serial_consistency, options.timeout) == ("QUORUM", "LOCAL_SERIAL", 2.5)


@pytest.fixture
def no_cluster():
    """Whoever connects fails."""

    def connect(settings):
        raise AssertionError(f"somebody connects to {settings.hosts}")

    register_adapter("cassandra", Adapter(connect=connect))
    yield
    unregister_adapter("cassandra")


async def start_up(**options):
    """As an application begins and ends."""
    await aio.init_coodie("db.example.org", keyspace="shop", **options)
    await Views(url="/").increment(views=1)
    await aio.close()


VIEWED = "UPDATE shop.views SET views = views + ? WHERE url = ?"


async def test_rule_34_a_double_stays_in_place_whatever_is_opened_and_closed(no_cluster):
    with RecordingDriver() as recorder:
        await start_up()
        await aio.close("default")
        await aio.init_coodie(session=object.__new__(Session), name="default")
        await Views(url="/").increment(views=1)
        assert get_driver() is recorder
    assert recorder.cql == [VIEWED] * 2


class Session:
    keyspace = "other"


async def test_rule_34_its_own_keyspace_stays_too(no_cluster):
    with RecordingDriver(keyspace="test") as recorder:
        await start_up()
    assert recorder.cql == [VIEWED.replace("shop.", "test.")]


async def test_rule_34_it_stands_in_for_the_default_whatever_that_is_called(no_cluster):
    with RecordingDriver() as recorder:
        await start_up(name="main")
        await aio.init_coodie("db.example.org", name="main")
        assert get_driver("main") is get_driver() is recorder
        with pytest.raises(AssertionError, match="somebody connects"):
            await aio.init_coodie("db.example.org", name="second")
    assert recorder.cql == [VIEWED]
    with pytest.raises(ConfigurationError, match="no connection is known"):
        get_driver()


async def test_rule_34_a_driver_that_is_given_takes_its_place(no_cluster):
    given = RecordingDriver()
    with RecordingDriver() as recorder:
        await aio.init_coodie(driver=given, name="default")
        await Views(url="/").increment(views=1)
        await aio.close()
        with pytest.raises(ConfigurationError, match="no connection is known"):
            await Views(url="/").increment(views=1)
    assert recorder.calls == []
    assert given.cql == [VIEWED.replace("shop.", "")]


async def test_rule_34_bad_arguments_are_refused_all_the_same(no_cluster):
    with RecordingDriver():
        for wrong in ({"name": 5}, {"hooks": [object()]}):
            with pytest.raises(ConfigurationError):
                await aio.init_coodie("db.example.org", **wrong)


async def test_rule_34_the_double_gets_what_makes_the_keyspace_as_a_cluster_would(no_cluster):
    with RecordingDriver() as recorder:
        await start_up(create_keyspace=True)
    assert recorder.cql == [CREATED, VIEWED]


CREATED = "CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '1'}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"create_keyspace": True}, "name it by keyspace="),
        ({"create_keyspace": "yes", "keyspace": "shop"}, "True, False or a dictionary of .*, not a str"),
        ({"create_keyspace": None, "keyspace": "shop"}, "not None"),
        ({"create_keyspace": {"copies": 3}, "keyspace": "shop"}, "no option 'copies'; there are: replication_factor, "),
        ({"create_keyspace": {"replication_factor": 0}, "keyspace": "shop"}, "0 is not a valid number of copies"),
        ({"create_keyspace": {"dc_replication_map": 3}, "keyspace": "shop"}, "from data centres to numbers"),
        ({"create_keyspace": {"dc_replication_map": {"class": 1}}, "keyspace": "shop"}, "'class' names the strategy"),
        ({"create_keyspace": True, "keyspace": ""}, "keyspace"),
        ({"create_keyspace": True, "keyspace": 5}, "keyspace"),
    ],
)
async def test_a_keyspace_that_cannot_be_made_is_refused_before_anything_is_opened(no_cluster, arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        await aio.init_coodie("db.example.org", **arguments)


async def test_a_driver_that_is_given_makes_no_keyspace():
    driver = RecordingDriver()
    with pytest.raises(ConfigurationError, match="used as it is and takes no create_keyspace"):
        await aio.init_coodie(driver=driver, keyspace="shop", create_keyspace=True)
    assert driver.calls == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"name": None}, id="None"),
        pytest.param({"name": ["a"]}, id="list"),
        pytest.param({"hooks": [object()]}, id="hook"),
    ],
)
async def test_what_cannot_become_a_connection_is_refused_before_a_cluster_is_opened(no_cluster, options):
    with pytest.raises(ConfigurationError):
        await aio.init_coodie("127.0.0.1", **options)
