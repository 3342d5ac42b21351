"""Whatever model is made, its table is found to be as the model says: for models that Hypothesis makes up."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie import UserType
from coodie.fields import Ascii, ClusteringKey, Column, Frozen, Indexed, Int, PrimaryKey, Static, TimeUUID, Vector
from coodie.schema import Schema, diff, schema_of, table_of
from coodie.sync import Document, execute_raw, read_schema


class Inner(UserType):
    Number: Annotated[int, Int()]
    tags: set[str] = set()


class Outer(UserType):
    inner: Inner
    many: dict[str, Inner] = {}

    class Settings:
        type_name = "Outer"


KEYS = [str, int, UUID, date, time, datetime, Decimal, bytes, bool, IPv4Address, Annotated[UUID, TimeUUID()]]
KEYS += [
    Annotated[int, Int()],
    Annotated[str, Ascii()],
    tuple[int, str],
    frozenset[int],
    Annotated[list[str], Frozen()],
]
PLAIN = [
    *KEYS,
    Inner,
    float,
    timedelta,
    Outer,
    list[int],
    set[str],
    dict[str, int],
    dict[str, list[set[int]]],
    list[Outer],
]
PLAIN += [Annotated[list[float], Vector(3)], list[tuple[int, str]], Annotated[Inner, Frozen(False)], str | None]
NAMES = st.sampled_from(["select", "Order by", 'x"y', "KEY", "straße", "a.b", "%s", "1"]) | st.none()


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """The annotations of a model."""
    fields: dict[str, Any] = {}
    taken: set[str] = set()

    def add(name: str, annotation: Any, *markers: Any) -> None:
        column = draw(NAMES)
        if Indexed(using="sai") in markers and column is not None and not re.fullmatch(r"[A-Za-z0-9_]+", column):
            column = None  # a model with one is refused
        named = (Column(name=column),) if column is not None and column not in taken else ()
        taken.add(column or name)
        marks = (*markers, *named)
        fields[name] = Annotated[(annotation, *marks)] if marks else annotation

    for number in range(draw(st.integers(1, 2))):
        add(f"k{number}", draw(st.sampled_from(KEYS)), PrimaryKey())
    clustering = draw(st.integers(0, 2))
    for number in range(clustering):
        annotation = draw(st.sampled_from(KEYS))
        # Sets are not found again in a descending order, so a model with one there is refused.
        orders = ["ASC"] if annotation == frozenset[int] else ["ASC", "DESC"]
        add(f"c{number}", annotation, ClusteringKey(order=draw(st.sampled_from(orders))))
    for number in range(draw(st.integers(0, 4))):
        annotation = draw(st.sampled_from(PLAIN))
        markers: list[Any] = [Static()] if clustering and draw(st.booleans()) else []
        if annotation in (str, int, set[str]) and draw(st.booleans()):
            markers.append(Indexed(using=draw(st.sampled_from([None, "sai"]))))
        add(f"v{number}", annotation, *markers)
    return fields


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(fields=models())
def test_a_model_is_found_as_it_is(connection: str, fields: dict[str, Any]) -> None:
    model: type[Document] = type("MadeUp", (Document,), {"__module__": __name__, "__annotations__": fields})
    execute_raw(f"DROP TABLE IF EXISTS {connection}.made_up")
    planned = model.sync_table(dry_run=True)
    assert model.sync_table() == planned
    assert model.sync_table() == []
    model.verify_table(exact=True)
    found = read_schema(connection)
    assert found is not None
    (has,) = (each for each in found.tables if each.name == table_of(model).name)
    assert set(has.columns) == set(table_of(model).columns)
    assert (has.partition_key, has.clustering_key) == (table_of(model).partition_key, table_of(model).clustering_key)
    wanted = schema_of([model], connection)
    assert diff(wanted, Schema(connection, wanted.types, (has,))) == []


@pytest.mark.parametrize("name", ["Select", "ORDER", "t1", "table", "x" * 48])
def test_a_case_fold_never_shows_as_a_difference(connection: str, name: str) -> None:
    class Row(Document):
        ID: Annotated[int, PrimaryKey()]
        Select: Annotated[str, Indexed("Ix_" + name[:40])] = ""
        lower: str = ""

        class Settings:
            pass

        Settings.name = name  # type: ignore[attr-defined]

    assert len(Row.sync_table()) == 2
    assert Row.sync_table() == []
    Row.verify_table(exact=True)
    Row(ID=1, Select="a", lower="b").save()
    assert Row.find(Select="a").all() == [Row(ID=1, Select="a", lower="b")]
    Row.truncate()
    Row.drop_table()
