"""What a cluster refuses, the recorder does too. The integration tests ask both about many more queries."""

from typing import Annotated

import pytest

from coodie.cql.message import Kind, Statement
from coodie.exceptions import QueryWarning, RequestRejected
from coodie.fields import ClusteringKey, Frozen, Indexed, PrimaryKey, Static, Vector
from coodie.sync import Document, execute_raw
from coodie.testing import RecordingDriver, UnexpectedCall, faults

FILTERING = "ALLOW FILTERING"


class Event(Document):
    a: Annotated[int, PrimaryKey(partition_key_index=0)]
    b: Annotated[int, PrimaryKey(partition_key_index=1)]
    c: Annotated[int, ClusteringKey(clustering_key_index=0)]
    d: Annotated[int, ClusteringKey(order="DESC", clustering_key_index=1)]
    shared: Annotated[int, Static()] = 0
    n: int = 0
    word: str = ""
    near: Annotated[list[float], Vector(2)] = [0, 0]
    tags: set[int] = set()
    attrs: dict[str, int] = {}
    kept: Annotated[list[int], Frozen()] = []

    class Settings:
        name = "events"


class Found(Document):
    a: Annotated[int, PrimaryKey(partition_key_index=0)]
    b: Annotated[int, PrimaryKey(partition_key_index=1)]
    c: Annotated[int, ClusteringKey(clustering_key_index=0)]
    d: Annotated[int, ClusteringKey(clustering_key_index=1), Indexed()]
    n: Annotated[int, Indexed()] = 0
    m: int = 0
    size: Annotated[int, Indexed(using="sai")] = 0
    word: Annotated[str, Indexed(using="sai")] = ""
    own: Annotated[int, Indexed(using="org.example.Index")] = 0
    tags: Annotated[set[int], Indexed()] = set()
    attrs: Annotated[dict[str, int], Indexed(target="keys")] = {}
    parts: Annotated[dict[str, int], Indexed(target="entries")] = {}

    class Settings:
        name = "found"


KEY = "a = ? AND b = ?"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (f"{KEY}", None),
        (f"{KEY} AND c = ? AND d > ? AND d <= ?", None),
        (f"{KEY} AND c = ? AND d = ? LIMIT ?", None),
        (f"{KEY} AND (c, d) > (?, ?)", None),
        (f"{KEY} AND (c, d) IN ((?, ?))", None),
        ("a IN ? AND b = ? AND c IN ?", None),
        ("token(a, b) > ? AND token(a, b) <= ?", None),
        ("a = ? ALLOW FILTERING", None),
        ("c > ? AND d > ? ALLOW FILTERING", None),
        ("n = ? AND word > ? AND tags CONTAINS ? AND attrs[?] = ? AND kept = ? ALLOW FILTERING", None),
        ("a = ?", FILTERING),
        ("a > ? AND b = ?", FILTERING),
        ("c = ?", FILTERING),
        ("token(a, b) > ? AND c = ?", FILTERING),
        (f"{KEY} AND n = ?", FILTERING),
        (f"{KEY} AND shared = ?", FILTERING),
        (f"{KEY} AND tags CONTAINS ?", FILTERING),
        (f"{KEY} AND d = ?", r"from the left \(c, d\)"),
        (f"{KEY} AND c > ? AND d = ?", "d cannot be restricted, since c before it is by a range"),
        (f"{KEY} AND d = ? AND c > ?", "d cannot be restricted, since c before it is by a range"),
        (f"{KEY} AND c = ? AND c = ?", "c can be restricted by nothing else"),
        (f"{KEY} AND c > ? AND c >= ?", "c has two bounds at the start"),
        (f"{KEY} AND n = ? AND n = ? ALLOW FILTERING", "n can be restricted by nothing else"),
        (f"{KEY} AND (d, c) > (?, ?)", r"in the order of the key \(c, d\)"),
        (f"{KEY} AND (n) > (?)", "must be clustering columns"),
        ("token(a) > ?", r"the whole partition key \(a, b\)"),
        (f"{KEY} AND c != ?", "!= is not supported in WHERE"),
        (f"{KEY} AND c IS NOT NULL", "IS NOT is not supported"),
        (f"{KEY} AND word LIKE ? ALLOW FILTERING", "LIKE needs an index"),
        (f"{KEY} AND tags = ? ALLOW FILTERING", r"not frozen is asked by CONTAINS.*tags is set<bigint>"),
        (f"{KEY} AND n CONTAINS ? ALLOW FILTERING", "CONTAINS is for collections, and n is"),
        (f"{KEY} AND tags CONTAINS KEY ? ALLOW FILTERING", "CONTAINS KEY is for maps"),
        (f"{KEY} AND attrs[?] > ? ALLOW FILTERING", "an entry is compared by ="),
        (f"{KEY} ORDER BY c", None),
        (f"{KEY} ORDER BY c DESC, d ASC", None),
        (f"{KEY} AND c = ? ORDER BY d ASC", None),
        ("a IN ? AND b = ? ORDER BY c", None),
        (f"{KEY} ORDER BY c, d ASC", "all of it turned round"),
        (f"{KEY} ORDER BY c, c", None),
        (f"{KEY} ORDER BY c DESC, d DESC, c, d DESC", None),
        (f"{KEY} ORDER BY c, d DESC, d ASC", "all of it turned round"),
        (f"{KEY} ORDER BY d, c", r"in their order \(c, d\)"),
        (f"{KEY} ORDER BY d", r"in their order \(c, d\)"),
        (f"{KEY} ORDER BY n", r"in their order \(c, d\)"),
        ("a = ? ORDER BY c ALLOW FILTERING", "ORDER BY wants the whole partition key"),
        (f"{KEY} GROUP BY a, b, c", None),
        (f"{KEY} AND c = ? GROUP BY d", None),
        (f"{KEY} GROUP BY d", r"in its order \(a, b, c, d\)"),
        ("token(a, b) > ? GROUP BY a", "GROUP BY takes the whole partition key"),
        ("token(a, b) > ? GROUP BY n", "GROUP BY takes the columns of the key"),
    ],
)  # fmt: skip
def test_rule_26_where_order_and_groups_are_refused_as_by_a_cluster(where, why):
    assert_refused(Event, f"SELECT n FROM events WHERE {where}", why)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("n FROM events", None),
        ("DISTINCT a, b, shared FROM events", None),
        (f"DISTINCT a FROM events WHERE {KEY}", None),
        ("DISTINCT a FROM events", "must give the whole partition key.*b is missing"),
        ("DISTINCT a, b, n FROM events", "static ones only, not n"),
        (f"DISTINCT a, b FROM events WHERE {KEY} AND c = ?", "WHERE takes the columns of the partition key"),
        ("DISTINCT a, b FROM events GROUP BY a, b, c", "GROUP BY on clustering"),
        ("DISTINCT a, b FROM events PER PARTITION LIMIT ?", "PER PARTITION LIMIT"),
        (f"shared FROM events WHERE {KEY} AND c = ?", "only static columns are selected"),
        (f"count(*) FROM events WHERE {KEY} PER PARTITION LIMIT ?", "PER PARTITION LIMIT"),
        (f"a, b, count(*) FROM events WHERE {KEY} GROUP BY a, b PER PARTITION LIMIT ?", None),
        ("max(n) AS top, a FROM events", None),
        ("* FROM events WHERE c = ?", FILTERING),
        ("JSON n FROM events WHERE c = ?", FILTERING),
    ],
)
def test_rule_26_what_is_selected_is_refused_as_by_a_cluster(rest, why):
    assert_refused(Event, f"SELECT {rest}", why)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("n = ?", None),
        (f"{KEY} AND n = ?", None),
        ("n > ?", FILTERING),
        ("n = ? AND m = ?", FILTERING),
        ("n = ? AND m = ? ALLOW FILTERING", None),
        ("size = ? AND word = ?", None),
        ("size > ? AND size < ?", None),
        ("word > ?", FILTERING),
        ("size = ? AND n = ?", FILTERING),
        ("tags CONTAINS ?", None),
        ("attrs CONTAINS KEY ?", None),
        ("attrs CONTAINS ?", FILTERING),
        ("parts[?] = ?", None),
        ("d = ?", None),
        (f"{KEY} AND d = ?", None),
        ("a IN ? AND b = ? AND n = ?", "an index does not go together with IN"),
        (f"{KEY} AND n = ? ORDER BY c", "ORDER BY does not go together with an index"),
        ("own = ?", None),  # whatever that index can do
        ("own LIKE ?", None),
    ],
)
def test_rule_26_an_index_of_the_model_counts(where, why):
    assert_refused(Found, f"SELECT m FROM found WHERE {where}", why)


def assert_refused(model, cql, why):
    recorder = RecordingDriver()
    recorder.on("select", table=model).returns_nothing()
    statement = Statement(cql, (1,) * cql.count("?"), kind=Kind.READ)
    if why is None:
        recorder.execute(statement)
    else:
        with pytest.raises(UnexpectedCall, match=f"(?s)a cluster refuses this SELECT: .*{why}.*SELECT"):
            recorder.execute(statement)


@pytest.mark.parametrize(
    "rule",
    [
        lambda recorder: recorder.on("select", table=Event),
        lambda recorder: recorder.on("select", table="events"),
        lambda recorder: recorder.on("select"),
        lambda recorder: recorder.on(cql="SELECT a, b, shared FROM events WHERE n = ?"),
        lambda recorder: recorder.otherwise,
    ],
)
def test_rule_26_the_table_is_known_from_the_model_whatever_the_rule(rule):
    recorder = RecordingDriver()
    rule(recorder).returns([]).times(None).optional()
    with recorder.installed(), pytest.raises(UnexpectedCall, match=FILTERING) as caught:
        Event.find(n=1).only("shared").all()
    assert "WHERE n = ?" in str(caught.value)
    with pytest.raises(UnexpectedCall):  # in case the application swallowed it
        recorder.verify()


def test_rule_26_without_strict_it_is_a_warning_at_the_line_that_asks():
    recorder = RecordingDriver(strict=False)
    with (
        recorder.installed(),
        pytest.warns(QueryWarning, match=f"a cluster refuses this SELECT: .*{FILTERING}") as told,
    ):
        assert Event.find(n=1).all() == []
    assert told[0].filename == __file__
    recorder.on("select", table=Event).returns_nothing()
    with recorder.installed(), pytest.warns(QueryWarning, match="n = ?"):
        assert execute_raw("SELECT n FROM events WHERE n = ?", [1]) == []


def test_rule_26_a_test_may_want_the_refusal_itself():
    recorder = RecordingDriver()
    recorder.on("select", table=Event).raises(faults.invalid())
    with recorder.installed(), pytest.raises(RequestRejected):
        Event.find(n=1).all()


def test_rule_26_a_driver_inside_and_a_recording_speak_for_themselves(tmp_path):
    inner = RecordingDriver(strict=False)
    inner.on("select").returns([])
    spy = RecordingDriver(inner)
    statement = Statement("SELECT n FROM events WHERE n = ?", (1,), kind=Kind.READ)
    spy.execute(statement)
    spy.on("select", table=Event).returns([])
    spy.execute(statement)
    spy.save(tmp_path / "calls")
    replay = RecordingDriver.replay(tmp_path / "calls")
    with replay.installed():
        execute_raw(statement.cql, [1])


@pytest.mark.parametrize(
    "cql",
    [
        "SELECT n FROM events WHERE unknown = ?",
        "SELECT unknown FROM events WHERE n = ?",
        "SELECT n FROM other WHERE n = ?",
        "SELECT n FROM events WHERE c BETWEEN ? AND ?",
        "SELECT n FROM events WHERE expr(i, ?)",
        "SELECT n FROM events WHERE a = ? AND token(a, b) > ? AND n = ?",
        "SELECT n FROM events WHERE n = ? ORDER BY near ANN OF ? LIMIT ?",
        "SELECT n FROM events WHERE n = ? GROUP BY floor(unknown, 5)",
        "SELECT n FROM events WHERE n = ? BYPASS CACHE",
    ],
)
def test_rule_26_what_only_the_cluster_knows_is_let_be(cql):
    recorder = RecordingDriver()
    recorder.on(cql=cql).returns_nothing()
    recorder.on("select", table=Event).returns_nothing()
    recorder.on("select", table="other").returns_nothing()
    recorder.execute(Statement(cql, (1,) * cql.count("?"), kind=Kind.READ))
