# Derived by tests/derive.py: edit tests/doors/aio/test_schema.py,
# then run `tox -e sync`.
"""Types, views, keyspaces and whole schemas at the door: what is asked, sent and raised."""

from typing import Annotated

import pytest

from coodie.sync import (
    Document,
    MaterializedView,
    alter_keyspace,
    create_keyspace,
    read_schema,
    sync_all,
    sync_type,
    verify_all,
    verify_keyspace,
)
from coodie.exceptions import InvalidQueryError, SchemaMismatch
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.testing import RecordingDriver, faults
from coodie.usertype import UserType


class Point(UserType):
    x: int


class Place(UserType):
    at: Point


class Visit(Document):
    user: Annotated[str, PrimaryKey()]
    place: Place | None = None

    class Settings:
        keyspace = "shop"


class ByPlace(MaterializedView):
    place: Annotated[Place, PrimaryKey()]
    user: Annotated[str, ClusteringKey()]

    class Settings:
        base_table = Visit


TYPES = [
    "CREATE TYPE IF NOT EXISTS shop.point (x bigint)",
    "CREATE TYPE IF NOT EXISTS shop.place (at frozen<point>)",
]
TABLE = "CREATE TABLE IF NOT EXISTS shop.visit (user text, place frozen<place>, PRIMARY KEY (user))"
VIEW = (
    "CREATE MATERIALIZED VIEW IF NOT EXISTS shop.by_place AS SELECT place, user FROM shop.visit "
    "WHERE place IS NOT NULL AND user IS NOT NULL PRIMARY KEY ((place), user) WITH CLUSTERING ORDER BY (user ASC)"
)


def ddl(recorder):
    return [call.cql for call in recorder.calls if call.kind == "schema"]


def test_all_at_once_types_first_and_views_last(coodie_recorder):
    assert sync_all(ByPlace, Visit, dry_run=True) == [*TYPES, TABLE, VIEW]
    assert ddl(coodie_recorder) == []
    assert sync_all(ByPlace, Visit) == ddl(coodie_recorder) == [*TYPES, TABLE, VIEW]


def test_a_pause_moves_the_clock_of_a_recorder_and_nobody_sleeps(coodie_recorder, coodie_clock):
    before = coodie_clock.now()
    coodie_recorder.on(cql=TYPES[0]).raises(faults.client_timeout()).times(2)
    assert sync_all(Visit) == [*TYPES, TABLE]
    assert (coodie_clock.now() - before).total_seconds() == 0.25 + 0.5


def test_a_recorder_around_a_double_moves_the_clock_of_that_one():
    inner = RecordingDriver()
    inner.on(cql=TYPES[0]).raises(faults.client_timeout())
    before = inner.clock.now()
    with RecordingDriver(inner):
        sync_all(Visit)
    assert (inner.clock.now() - before).total_seconds() == 0.25


def test_rule_22_models_in_other_places_are_synced_with_the_others(coodie_recorder):
    there = [text.replace("shop.", "t42.") for text in (*TYPES, TABLE, VIEW)]
    tenant = [model.using(keyspace="t42") for model in (ByPlace, Visit)]
    assert sync_all(Visit, *tenant, ByPlace) == [*TYPES, TABLE, VIEW, *there]
    assert sync_all(*tenant, dry_run=True) == there
    coodie_recorder.on("select", table="system_schema.keyspaces").returns(
        [{"keyspace_name": "t42", "durable_writes": True, "replication": {}}]
    )
    with pytest.raises(SchemaMismatch, match="4 differences in keyspace t42"):
        verify_all(*tenant)


def test_verify_finds_all_of_it_missing_and_sends_nothing(coodie_recorder):
    coodie_recorder.on("select", table="system_schema.keyspaces").returns(
        [{"keyspace_name": "shop", "durable_writes": True, "replication": {}}]
    ).times(None)
    with pytest.raises(SchemaMismatch, match=r"(?s)4 differences in keyspace shop.*view shop\.by_place is missing"):
        verify_all(Visit, ByPlace)
    with pytest.raises(SchemaMismatch, match=r"(?s)table shop\.visit is missing.*wanted: \(PRIMARY KEY"):
        Visit.verify_table()
    with pytest.raises(SchemaMismatch, match=r"1 difference in keyspace shop:\n- view shop\.by_place is missing"):
        ByPlace.verify_view()
    assert ddl(coodie_recorder) == []


def test_a_view_is_made_and_taken_away_where_its_table_is(coodie_recorder):
    assert ByPlace.sync_view(dry_run=True) == [VIEW]
    assert ddl(coodie_recorder) == []
    assert ByPlace.sync_view() == [VIEW]
    ByPlace.drop_view()
    assert ddl(coodie_recorder) == [VIEW, "DROP MATERIALIZED VIEW IF EXISTS shop.by_place"]


def test_a_type_brings_those_that_it_holds(coodie_recorder):
    assert sync_type(Place, keyspace="shop", dry_run=True) == TYPES
    assert ddl(coodie_recorder) == []
    assert sync_type(Place, keyspace="shop") == ddl(coodie_recorder) == TYPES


def test_without_a_keyspace_a_type_goes_where_its_connection_does():
    with RecordingDriver(keyspace="shop") as recorder:
        assert sync_type(Place) == ddl(recorder) == TYPES


def test_a_keyspace_is_altered_in_what_is_given_only(coodie_recorder):
    alter_keyspace("shop", replication_factor=3)
    alter_keyspace("shop", dc_replication_map={"dc1": 3}, durable_writes=True)
    alter_keyspace("Shop", durable_writes=False)
    assert coodie_recorder.cql == [
        "ALTER KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': '3'}",
        "ALTER KEYSPACE shop WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '3'} "
        "AND durable_writes = true",
        'ALTER KEYSPACE "Shop" WITH durable_writes = false',
    ]
    with pytest.raises(InvalidQueryError, match=r"alter_keyspace\('shop'\) needs"):
        alter_keyspace("shop")


@pytest.mark.parametrize(
    "copies",
    [
        {"replication_factor": 0},
        {"replication_factor": -1},
        {"replication_factor": "3"},
        {"replication_factor": True},
        {"dc_replication_map": {"dc1": -1}},
        {"dc_replication_map": {"dc1": "3"}},
    ],
)
def test_a_number_of_copies_that_is_none_is_refused_before_anything_is_sent(coodie_recorder, copies):
    for act in (create_keyspace, alter_keyspace, verify_keyspace):
        with pytest.raises(InvalidQueryError, match=r"keyspace 'shop': .* is not a valid number of copies"):
            act("shop", **copies)
    assert coodie_recorder.calls == []


def test_a_keyspace_is_compared_and_nothing_sent(coodie_recorder):
    found = {"keyspace_name": "shop", "durable_writes": True}
    simple = {"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "3"}
    rule = coodie_recorder.on("select", table="system_schema.keyspaces", where={"keyspace_name": "shop"})
    rule.returns([{**found, "replication": simple}]).times(2)
    verify_keyspace("shop", replication_factor=3)
    with pytest.raises(SchemaMismatch, match=r"(?s)'shop' differs.*'replication_factor': '1'.*'3'.*repair") as caught:
        verify_keyspace("shop")
    assert [(change.about, change.name) for change in caught.value.changes] == [("replication", "shop")]
    assert ddl(coodie_recorder) == []


def test_a_keyspace_that_is_not_there_is_read_as_none(coodie_recorder):
    assert read_schema("shop") is None
    assert coodie_recorder.last.params == {"keyspace_name": "shop"}
