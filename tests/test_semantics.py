"""One test or more for each rule of behaviour that needs no cluster; each is named after its rule."""

from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from coodie.drivers import UNSET
from coodie.exceptions import DecodeError, FieldNotLoaded, InvalidQueryError, SchemaMismatch
from coodie.fields import ClusteringKey, Column, Counter, Indexed, PrimaryKey, Static
from coodie.sync import BatchQuery, CounterDocument, Document
from coodie.testing import RecordingDriver, faults

# A machine under load is slow, and no failure of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Colour(Enum):
    RED = "red"


class User(Document):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    name: str = "ann"
    note: str | None = None
    tags: set[str] = set()
    items: list[int] = []
    colour: Colour = Colour.RED


class Views(CounterDocument):
    id: Annotated[int, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@unhurried
@given(
    st.integers(-(2**63), 2**63 - 1), TEXTS, st.integers(1, 10**6), st.integers(1, 2**62), st.lists(st.integers(0, 9))
)
def test_rule_1_a_thousand_calls_of_one_shape_are_one_text(number, text, ttl, timestamp, numbers):
    with RecordingDriver(strict=False) as recorder:
        user = User(id=number, name=text)
        user.save(ttl=ttl, timestamp=timestamp)
        user.update(note=text, ttl=ttl)
        user.update(note=text, if_conditions={"name": text})
        user.delete(timestamp=timestamp)
        User.find(id=number, n__in=[0, *numbers]).limit(ttl).per_partition_limit(ttl).all()
        User.find(id=number, n__gt=5).timestamp(timestamp).delete()
    assert recorder.cql == [
        "INSERT INTO user (id, n, name, note, tags, items, colour) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "USING TTL ? AND TIMESTAMP ?",
        "UPDATE user USING TTL ? SET note = ? WHERE id = ? AND n = ?",
        "UPDATE user SET note = ? WHERE id = ? AND n = ? IF name = ?",
        "DELETE FROM user USING TIMESTAMP ? WHERE id = ? AND n = ?",
        "SELECT id, n, name, note, tags, items, colour FROM user WHERE id = ? AND n IN ? PER PARTITION LIMIT ? LIMIT ?",
        "DELETE FROM user USING TIMESTAMP ? WHERE id = ? AND n > ?",
    ]
    assert [len(call.values) == call.cql.count("?") for call in recorder.calls] == [True] * 6


def test_rule_2_names_are_quoted_only_when_needed(coodie_recorder):
    class Order(Document):
        select: Annotated[int, PrimaryKey()]
        user_id: int = 0
        shown: Annotated[str, Column('x"; DROP TABLE y')] = ""

        class Settings:
            name = "Order"

    Order(select=1).save()
    assert coodie_recorder.last.cql == ('INSERT INTO "Order" ("select", user_id, "x""; DROP TABLE y") VALUES (?, ?, ?)')


@unhurried
@given(TEXTS)
def test_rule_2_nothing_a_user_passes_is_pasted(text):
    with RecordingDriver(strict=False) as recorder:
        User(id=1, name=text, tags={text}).save()
        User(id=1).update(name=text, tags__add={text}, if_conditions={"note": text})
    assert {call.cql for call in recorder.calls} == {
        "INSERT INTO user (id, n, name, note, tags, items, colour) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "UPDATE user SET name = ?, tags = tags + ? WHERE id = ? AND n = ? IF note = ?",
    }


def test_rule_3_a_save_names_every_column_and_tells_unset_from_null(coodie_recorder):
    User(id=1).save()
    assert coodie_recorder.last.params == {
        "id": 1,
        "n": 0,
        "name": "ann",
        "colour": "red",
        "note": UNSET,
        "tags": UNSET,
        "items": UNSET,
    }
    User(id=1, note=None, tags=set(), items=[]).save()
    params = coodie_recorder.last.params
    assert (params["note"], params["tags"], params["items"]) == (None, set(), [])


def test_rule_3_what_was_not_loaded_is_not_wiped(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": 1, "n": 0, "name": "bo"}])
    user = User.find(id=1).only("name").one()
    user.name = "cy"
    user.save()
    params = coodie_recorder.last.params
    assert {name for name, value in params.items() if value is not UNSET} == {"id", "n", "name"}


def test_rule_4_a_partly_loaded_document_invents_nothing(coodie_recorder):
    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        token: UUID = Field(default_factory=uuid4)
        name: str = "x"

    coodie_recorder.on("select").returns([{"id": 1, "name": "y"}])
    row = Row.find(id=1).only("name").one()
    with pytest.raises(FieldNotLoaded, match=r"Row\.token"):
        _ = row.token
    row.save(full=True)
    assert coodie_recorder.last.params["token"] is UNSET


def test_rule_5_an_update_sends_what_it_is_given(coodie_recorder):
    coodie_recorder.on("update", conditional=True).applied()
    User(id=1, name="z").update(note=None, if_conditions={"note": "x"})
    assert coodie_recorder.cql == ["UPDATE user SET note = ? WHERE id = ? AND n = ? IF note = ?"]
    assert coodie_recorder.last.values == (None, 1, 0, "x")


@pytest.mark.parametrize(
    "call",
    [
        lambda: User(id=1).delete_columns(),
        lambda: User(id=1).update(),
        lambda: User(id=1).update({}),
        lambda: User(id=1).update(nobody=1),
        lambda: User.model_construct(n=0).delete(),
        lambda: User.model_construct(n=0).update(name="x"),
        lambda: User.find().delete(),
        lambda: User.find(id=1).update(name="x"),
        lambda: User.find(nobody=1),
    ],
)
def test_rule_5_what_makes_no_sense_is_refused_before_sending(coodie_recorder, call):
    with pytest.raises(InvalidQueryError):
        call()
    assert coodie_recorder.calls == []


def test_rule_6_an_empty_in_needs_no_trip(coodie_recorder):
    assert User.find(id__in=[]).all() == []
    assert User.find(id=1, n__in=[]).count() == 0
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("value", ["12", b"12", 12, {"1": 2}, None])
def test_rule_6_a_string_is_no_list(value):
    with pytest.raises(InvalidQueryError):
        User.find(id__in=value)


def test_rule_7_a_changed_key_is_a_new_row_and_is_never_updated(coodie_recorder):
    user = User(id=1)
    user.id = 2
    user.save()
    assert coodie_recorder.last.params["id"] == 2
    for change in ({"id": 3}, {"n": 1}):
        with pytest.raises(InvalidQueryError, match="primary key"):
            user.update(change)


class Moment(Document):
    at: Annotated[datetime, PrimaryKey()]


def test_rule_8_an_instant_is_the_same_wherever_it_is_bound(coodie_recorder):
    zone = timezone(timedelta(hours=2))
    given_ = datetime(2030, 1, 1, 2, 0, 0, 5999, tzinfo=zone)
    bound = datetime(2030, 1, 1, 0, 0, 0, 5000, tzinfo=timezone.utc)
    Moment(at=given_).save()
    Moment(at=given_).delete()
    Moment.find(at=given_).delete()
    assert [call.values for call in coodie_recorder.calls] == [(bound,)] * 3
    assert Moment.find(at__in=[given_]).statement().values == ([bound],)
    assert Moment.find(at=given_.replace(tzinfo=None) - timedelta(hours=2)).statement().values == (bound,)


@pytest.mark.parametrize(
    ("timestamp", "micros"),
    [
        (5, 5),
        (datetime(1970, 1, 1, 0, 0, 0, 7), 7),
        (datetime(1970, 1, 1, 2, 0, 0, 7, tzinfo=timezone(timedelta(hours=2))), 7),
    ],
)
def test_rule_9_a_timestamp_is_microseconds_in_utc(coodie_recorder, timestamp, micros):
    User(id=1).save(timestamp=timestamp)
    assert coodie_recorder.last.params["[timestamp]"] == micros
    assert type(coodie_recorder.last.params["[timestamp]"]) is int


def test_rule_10_a_page_may_be_empty_and_not_the_last(coodie_recorder):
    coodie_recorder.on("select").pages([[], [{"id": 1, "n": 0}], []]).times(2)
    assert [user.id for user in User.find(id=1).all()] == [1]
    assert [user.id for user in User.find(id=1)] == [1]
    assert len(coodie_recorder.calls) == 6


def test_rule_11_a_query_has_no_length_and_no_hidden_count(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": 1, "n": 0}])
    query = User.find(id=1)
    assert not hasattr(query, "__len__")
    assert "__bool__" not in dir(query)
    assert len(list(query)) == 1
    assert len(coodie_recorder.calls) == 1


def test_rule_12_rows_are_validated_and_have_the_annotated_types(coodie_recorder):
    row = {"id": 1, "n": 0, "name": "bo", "tags": {"a"}, "items": [1], "colour": "red"}
    coodie_recorder.on("select").returns([row])
    user = User.get(id=1)
    assert (user.colour, type(user.tags), type(user.items)) == (Colour.RED, set, list)
    coodie_recorder.on("select").returns([row | {"colour": "green"}])
    with pytest.raises(DecodeError, match=r"table user .*'colour' .*key \(id, n\)") as caught:
        User.get(id=1)
    assert caught.value.key == {"id": 1, "n": 0}


def test_rule_13_columns_are_named_in_every_select(coodie_recorder):
    assert User.find(id=1).statement().cql.startswith("SELECT id, n, name, note, tags, items, colour FROM user")


def test_rule_13_rows_are_read_by_name(coodie_recorder):
    coodie_recorder.on("select").returns([("bo", 0, 7)], columns=["name", "n", "id"])
    user = User.find(id=7).only("name").one()
    assert (user.id, user.n, user.name) == (7, 0, "bo")


def test_rule_14_a_condition_changes_the_object_only_if_applied(coodie_recorder):
    user = User(id=1)
    coodie_recorder.on("update").applied(False, {"note": "z"})
    assert user.update(note="x", if_conditions={"note": "y"}).existing.note == "z"
    assert user.note is None
    coodie_recorder.on("update").applied()
    assert user.update(note="x", if_conditions={"note": "z"}).applied
    assert user.note == "x"


def test_rule_14_an_answer_without_applied_is_no_success():
    from coodie.drivers import Page, register_driver, unregister_driver

    class Mute:
        def execute(self, request):
            return Page()

        def close(self):
            pass

    register_driver("mute", Mute())
    try:
        user = User(id=1)
        for call in (
            user.insert,
            lambda: user.update(note="x", if_exists=True),
            lambda: user.delete(if_exists=True),
            lambda: User.find(id=1, n=0).if_exists().delete(),
        ):
            with pytest.raises(DecodeError, match="not applied"):
                call()
        assert user.note is None
    finally:
        unregister_driver("mute")


def test_rule_15_a_condition_that_timed_out_has_no_known_outcome(coodie_recorder):
    from coodie.exceptions import OutcomeUnknown

    coodie_recorder.on("insert").raises(faults.cas_write_unknown())
    with pytest.raises(OutcomeUnknown):
        User(id=1).insert()


def test_rule_15_only_what_may_be_sent_twice_is_idempotent():
    with RecordingDriver(strict=False) as recorder:
        user = User(id=1)
        user.save()
        user.save(ttl=5, timestamp=5)
        user.delete()
        user.delete_columns("note")
        user.update(name="x", tags={"a"}, note=None)
        user.update(tags__add={"b"}, items__remove=[1])
        User.find(id=1, n=0).update(name="x")
        User.find(id=1).delete()
        User.find(id=1).all()
        safe = len(recorder.calls)
        user.insert()
        user.update(name="x", if_exists=True)
        user.update(name="x", if_conditions={"name": "y"})
        user.delete(if_exists=True)
        user.update(items__append=[1])
        user.update(items__prepend=[1])
        user.update(name="x", items__append=[1])
        User.find(id=1, n=0).update(items__append=[1])
        User.find(id=1, n=0).if_exists().delete()
        Views(id=1).increment(views=1)
        Views(id=1).decrement(views=1)
        Views(id=1).delete()
        with BatchQuery() as batch:
            user.save(batch=batch)
            user.update(items__append=[1], batch=batch, timestamp=1)
    idempotent = [call.request.idempotent for call in recorder.calls]
    assert idempotent == [True] * safe + [False] * (len(idempotent) - safe)


def test_rule_17_two_connections_never_mix(coodie_recorder):
    from coodie.drivers import register_driver, unregister_driver

    other = RecordingDriver()
    register_driver("other", other, keyspace="b")
    User(id=1).save()
    User.find(id=1, n=0).using(connection="other").update(name="x")
    User.find(id=1, n=0).using(keyspace="c").update(name="x")
    unregister_driver("other")
    assert [cql.split()[1:3] for cql in other.cql] == [["b.user", "SET"]]
    assert [cql.split(" (")[0].split(" SET")[0] for cql in coodie_recorder.cql] == ["INSERT INTO user", "UPDATE c.user"]


def column(name, cql_type, kind, order="none"):
    row = {"table_name": "thing", "column_name": name, "type": cql_type, "kind": kind}
    return {**row, "position": 0, "clustering_order": order}


KEY = [column("id", "bigint", "partition_key"), column("n", "bigint", "clustering", "asc")]
ADDED = [column("name", "text", "regular"), column("owner", "text", "static")]
INDEX = {"table_name": "thing", "index_name": "thing_name_idx", "options": {"target": "name"}}


def test_rule_18_a_table_is_added_to_and_never_altered():
    class Thing(Document):
        id: Annotated[int, PrimaryKey()]
        n: Annotated[int, ClusteringKey()] = 0
        owner: Annotated[str | None, Static()] = None
        name: Annotated[str | None, Indexed()] = None

    def changed(recorder):
        return [call.cql for call in recorder.calls if call.kind == "schema"]

    with RecordingDriver(keyspace="shop") as recorder:
        recorder.on("select", table="system_schema.columns").returns(KEY).times(2)
        wanted = Thing.sync_table(dry_run=True)
        assert changed(recorder) == []
        recorder.on("select", table="system_schema.columns").returns([*KEY, *ADDED])
        recorder.on("select", table="system_schema.indexes").returns_nothing()
        recorder.on("select", table="system_schema.indexes").returns([INDEX])
        assert Thing.sync_table() == wanted == changed(recorder)
        assert wanted == [
            "ALTER TABLE shop.thing ADD owner text STATIC",
            "ALTER TABLE shop.thing ADD name text",
            "CREATE INDEX IF NOT EXISTS ON shop.thing (name)",
        ]
        recorder.clear()
        other = [*KEY, column("name", "int", "regular")]
        recorder.on("select", table="system_schema.columns").returns(other).times(2)
        for look in (Thing.sync_table, Thing.verify_table):
            with pytest.raises(SchemaMismatch, match=r"(?s)wanted: name text.*found:  name int"):
                look()
        assert changed(recorder) == []


def test_rule_20_errors_show_the_text_and_no_value(coodie_recorder):
    class Login(Document):
        id: Annotated[int, PrimaryKey()]
        password: SecretStr = SecretStr("")
        n: int = 0

    login = Login(id=1, password="hunter2")
    assert "hunter2" not in repr(login) + str(login)
    with pytest.raises(InvalidQueryError) as refused:
        login.update(password=["hunter2"])
    assert "hunter2" not in str(refused.value)
    batch = BatchQuery(batch_type="COUNTER")
    with pytest.raises(InvalidQueryError, match="INSERT INTO login") as refused:
        login.save(batch=batch)
    assert "hunter2" not in str(refused.value)
    coodie_recorder.on("select").returns([{"id": 1, "password": "hunter2", "n": None}])
    assert Login.get(id=1).n == 0
