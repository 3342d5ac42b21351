"""What models say about indexes, options and views, and what is refused when a class is made."""

from datetime import timedelta
from typing import Annotated

import pytest

from coodie import aio, sync
from coodie.exceptions import InvalidQueryError, ModelError
from coodie.fields import ClusteringKey, Column, Counter, Frozen, Indexed, Int, PrimaryKey, Static, Vector, VectorIndex
from coodie.schema import Index, schema_of, statements, table_of, view_of
from coodie.sync import CounterDocument, Document, MaterializedView

Key = Annotated[int, PrimaryKey()]


def settings_class(settings):
    return type("Settings", (), {"__qualname__": "Bad.Settings", **settings})


def model(annotation, base=Document, **settings):
    names = {"__annotations__": {"id": Key, "v": annotation}, "Settings": settings_class(settings)}
    return type("Bad", (base,), {"__module__": __name__, "__qualname__": "Bad", **names})


@pytest.mark.parametrize(
    ("annotation", "indexes"),
    [
        (Annotated[str, Indexed], (Index("v"),)),
        (Annotated[str | None, Indexed("By_v")], (Index("v", "By_v"),)),
        (
            Annotated[dict[str, int], Indexed(target="keys"), Indexed(target="entries")],
            (Index("v", None, "keys"), Index("v", None, "entries")),
        ),
        (Annotated[list[int], Frozen(), Indexed(target="full")], (Index("v", None, "full"),)),
        (
            Annotated[str, Indexed(using="sai", options={"ascii": True})],
            (Index("v", None, None, "sai", (("ascii", True),)),),
        ),
        (
            Annotated[list[float], Vector(3), VectorIndex("EUCLIDEAN", index_name="near")],
            (Index("v", "near", None, "sai", (("similarity_function", "EUCLIDEAN"),)),),
        ),
    ],
)
def test_markers_make_indexes(annotation, indexes):
    assert table_of(model(annotation)).indexes == indexes


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Annotated[str, Indexed("x y")], "the index name 'x y'"),
        (Annotated[str, Indexed(target="keys")], "target='keys' does not fit text; none does"),
        (Annotated[set[str], Indexed(target="keys")], "'values' does"),
        (Annotated[dict[str, int], Indexed(target="full")], "'keys' or 'values' or 'entries' does"),
        (Annotated[list[int], Frozen(), Indexed(target="values")], "'full' does"),
        (Annotated[str, Indexed(options={"ascii": True})], "only an index of a class has options"),
        (Annotated[list[float], VectorIndex()], "VectorIndex\\(\\) is for vectors"),
        (Annotated[list[float], Vector(1), VectorIndex()], "COSINE compares no vectors of one dimension"),
        (Annotated[timedelta, Indexed()], "duration cannot have an index"),
        (Annotated[dict[str, tuple[int, timedelta]], Indexed()], "map<.* cannot have an index, since there are dur"),
        (Annotated[int, Indexed(using="sai"), Column("a b")], "the column .* name 'a b' may hold only letters"),
        (Annotated[int, Indexed(using="sai"), Column("a" * 49)], "the column .* has 49 characters"),
        (Annotated[list[float], Vector(3), VectorIndex("NEAREST")], "takes 'COSINE' or .* as similarity_function"),
    ],
)
def test_an_index_that_cannot_be_is_refused_with_class_and_field(annotation, message):
    with pytest.raises(ModelError, match=rf"^Bad\.v: .*{message}"):
        model(annotation)


def test_a_counter_has_no_index():
    with pytest.raises(ModelError, match=r"Bad\.v: a counter cannot have an index"):
        model(Annotated[int, Counter(), Indexed()], CounterDocument)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"options": {"gc_grace_secs": 1}}, "did you mean 'gc_grace_seconds'"),
        ({"options": {"comment": 5}}, "is str, not 5"),
        ({"default_ttl": -1}, "0 to 630720000 seconds"),
        ({"gc_grace_seconds": 5}, "'gc_grace_seconds', a table option; write options = "),
    ],
)
def test_a_wrong_option_is_refused(settings, message):
    with pytest.raises(ModelError, match=f"Bad.Settings.*{message}"):
        model(int, **settings)


class Event(Document):
    user: Annotated[str, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    kind: Annotated[str, Column(name="Kind")]
    note: str = ""
    owner: Annotated[str | None, Static()] = None

    class Settings:
        keyspace = "Shop"
        connection = "second"


class ByKind(MaterializedView):
    kind: Annotated[str, PrimaryKey(), Column(name="Kind")]
    at: Annotated[int, ClusteringKey(order="DESC")]
    user: Annotated[str, ClusteringKey()]

    class Settings:
        base_table = Event


def test_a_view_lies_where_its_table_does():
    view = view_of(ByKind)
    assert (view.base, view.table.keyspace, view.table.name) == ("event", "Shop", "by_kind")
    assert statements(schema_of([ByKind], "Shop")) == [
        'CREATE MATERIALIZED VIEW IF NOT EXISTS "Shop".by_kind AS SELECT "Kind", at, user FROM "Shop".event '
        'WHERE "Kind" IS NOT NULL AND at IS NOT NULL AND user IS NOT NULL PRIMARY KEY (("Kind"), at, user) '
        "WITH CLUSTERING ORDER BY (at DESC, user ASC)"
    ]


def test_a_view_says_which_rows_which_order_which_columns_and_options():
    class Other(ByKind):
        class Settings:
            where_clause = "\"Kind\" IS NOT NULL AND at > 5 AND user = 'a'"
            clustering_order = {"at": "DESC", "user": "DESC"}
            view_columns = "*"
            options = {"comment": "x"}

    (text,) = statements(schema_of([Other], None))
    assert text == (
        "CREATE MATERIALIZED VIEW IF NOT EXISTS other AS SELECT * FROM event "
        'WHERE "Kind" IS NOT NULL AND at > 5 AND user = \'a\' PRIMARY KEY (("Kind"), at, user) '
        "WITH CLUSTERING ORDER BY (at DESC, user DESC) AND comment = 'x'"
    )


def view(annotations=None, **settings):
    names = {
        "__annotations__": annotations
        or {"note": Key, "at": Annotated[int, ClusteringKey()], "user": Annotated[str, ClusteringKey()]},
        "Settings": settings_class({"base_table": Event, **settings}),
    }
    return type("Bad", (MaterializedView,), {"__module__": __name__, "__qualname__": "Bad", **names})


AT, USER = Annotated[int, ClusteringKey()], Annotated[str, ClusteringKey()]
TEXT_KEY = Annotated[str, PrimaryKey()]


@pytest.mark.parametrize(
    ("annotations", "settings", "message"),
    [
        (None, {"base_table": None}, "needs Settings.base_table"),
        (None, {"base_table": int}, "needs Settings.base_table"),
        (None, {"base_table": "a b"}, "'a b' may hold only"),
        (None, {"keyspace": "other"}, "wanted in keyspace other, and its table event is in Shop"),
        (None, {}, "note is bigint and event.note is text"),
        ({"nope": TEXT_KEY, "at": AT, "user": USER}, {}, "nope: event has no such column"),
        ({"note": TEXT_KEY, "at": AT}, {}, "user of event is missing"),
        ({"note": TEXT_KEY, "Kind": USER, "at": AT, "user": USER}, {}, "not 2: note, Kind"),
        ({"owner": TEXT_KEY, "at": AT, "user": USER}, {}, "owner is static in event"),
        (
            {"note": TEXT_KEY, "at": AT, "user": USER},
            {"clustering_order": {"note": "ASC"}},
            "clustering columns at, user",
        ),
        ({"note": TEXT_KEY, "at": AT, "user": USER}, {"clustering_order": {"at": "down"}}, "'at': 'down'"),
        ({"note": TEXT_KEY, "at": AT, "user": USER}, {"clustering_order": [("at",)]}, "is a dictionary"),
        ({"note": TEXT_KEY, "at": AT, "user": USER}, {"view_columns": ["note"]}, "view_columns is"),
        ({"note": TEXT_KEY, "at": AT, "user": USER}, {"view_columns": "note"}, r"view_columns is \['note'\]"),
        ({"note": TEXT_KEY, "at": AT, "user": USER}, {"view_columns": [5]}, r"view_columns is \[5\], its fields are"),
        ({"note": TEXT_KEY, "at": AT, "user": USER}, {"where_clause": "at = ?"}, "a view takes no bind marks"),
    ],
)
def test_a_class_that_cannot_be_a_view_is_refused(annotations, settings, message):
    with pytest.raises(ModelError, match=f"Bad.*{message}"):
        view(annotations, **settings)


def test_a_view_of_a_table_that_has_no_model():
    made = view({"a": TEXT_KEY, "b": AT}, base_table="others")
    assert view_of(made).base == "others"


@pytest.mark.parametrize("act", ["create", "update", "delete"])
async def test_a_view_is_never_written(act, coodie_recorder):
    with pytest.raises(InvalidQueryError, match="ByKind is a view"):
        getattr(ByKind.find(kind="a").limit(1), act)()

    class AsyncView(aio.MaterializedView):
        id: Key

        class Settings:
            base_table = "t"

    with pytest.raises(InvalidQueryError, match="AsyncView is a view"):
        await getattr(AsyncView.find(id=1), act)()
    assert not hasattr(ByKind, "save")
    assert not hasattr(ByKind, "delete")
    assert coodie_recorder.calls == []


def test_a_view_is_read_like_a_document(coodie_recorder):
    class Reading(sync.MaterializedView):
        id: Annotated[int, PrimaryKey(), Int()]
        v: str

        class Settings:
            base_table = "t"

    coodie_recorder.on("select", table=Reading).returns([{"id": 1, "v": "a"}]).times(3)
    assert Reading.get(id=1) == Reading.find_one(id=1) == Reading.find(id=1).all()[0] == Reading(id=1, v="a")
    assert coodie_recorder.cql[-1] == "SELECT id, v FROM reading WHERE id = ?"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"options": {"bloom_filter_fp_chance": 0.0}}, "'bloom_filter_fp_chance' is from 7e-05 to 1.0, not 0.0"),
        ({"options": {"crc_check_chance": 1.5}}, "'crc_check_chance' is from 0.0 to 1.0, not 1.5"),
        ({"options": {"gc_grace_seconds": -1}}, "'gc_grace_seconds' is 0 or more, not -1"),
        ({"options": {"min_index_interval": 0}}, "'min_index_interval' is 1 or more, not 0"),
        ({"options": {"min_index_interval": 9, "max_index_interval": 8}}, "is at most 'max_index_interval'"),
        ({"options": {"max_index_interval": 8}}, "is at most 'max_index_interval', and they are 128 and 8; give both"),
        ({"options": {"min_index_interval": 4096}}, "is at most 'max_index_interval', and they are 4096 and 2048"),
        ({"options": {"compaction": {"enabled": False}}}, "'compaction' needs a 'class'"),
        ({"options": {5: 5}}, "the name of a table option must be a str, not an int"),
    ],
)
def test_rule_31_an_option_that_every_server_refuses_is_refused(settings, message):
    with pytest.raises(ModelError, match=rf"Bad\.Settings: .*{message}"):
        model(int, **settings)


class Counted(CounterDocument):
    id: Key
    n: Annotated[int | None, Counter()] = None


NOTE = {"note": TEXT_KEY, "at": AT, "user": USER}


@pytest.mark.parametrize(
    ("annotations", "settings", "message"),
    [
        ({**NOTE, "kind": Annotated[str, Column(name="Kind"), Indexed()]}, {}, "a view has no indexes; .* of Kind"),
        (
            {**NOTE, "kind": Annotated[str, Static()]},
            {"base_table": "t"},
            r"no static columns; leave Static\(\) of kind",
        ),
        (NOTE, {"base_table": Counted}, "a view of Counted, and there are no views of counters"),
        (NOTE, {"connection": "third"}, "has another connection than Event"),
        (NOTE, {"options": {"default_time_to_live": 5}}, "a view has no default_time_to_live"),
        ({**NOTE, "at": Annotated[int, ClusteringKey("DESC")]}, {"clustering_order": {"at": "ASC"}}, "say it once"),
        (NOTE, {"where_clause": True}, r"Settings: where_clause is a text, not a bool"),
        (NOTE, {"where_clause": "note IS NOT NULL AND at IS NOT NULL"}, "it needs 'user IS NOT NULL'"),
        (NOTE, {"where_clause": "note = 'a' AND at > 5 AND user > 'a'"}, "only 'note IS NOT NULL' can be said"),
        (NOTE, {"where_clause": "note IS NOT NULL AND at != 5 AND user > 'a'"}, "a view takes no !="),
        (NOTE, {"where_clause": "nope IS NOT NULL"}, "event has no column 'nope'"),
        (NOTE, {"where_clause": "token(user) > 5"}, "no restriction of a token"),
        (
            {"true": TEXT_KEY, "at": AT},
            {"base_table": "t"},
            "the server keeps the name 'true' without its quotes, and does not start again",
        ),
    ],
)
def test_rule_31_what_means_nothing_in_a_view_or_what_the_server_refuses_is_refused(annotations, settings, message):
    with pytest.raises(ModelError, match=f"Bad.*{message}"):
        view(annotations, **settings)
