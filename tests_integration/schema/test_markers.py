"""Markers and settings in any combination: a model is refused by coodie, or the server takes all that it makes.

Nothing in between: what coodie lets through is made, found again as it is, and holds a row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from coodie import ModelError, UserType
from coodie.fields import (
    Ascii,
    ClusteringKey,
    Column,
    Counter,
    Discriminator,
    Frozen,
    Indexed,
    Int,
    PrimaryKey,
    SmallInt,
    Static,
    Timestamp,
    TimeUUID,
    VarInt,
    Vector,
    VectorIndex,
)
from coodie.sync import CounterDocument, Document, MaterializedView, execute_raw, sync_all
from coodie.testing import RecordingDriver

EXAMPLES = int(os.environ.get("COODIE_MODELS", "60"))


class Inner(UserType):
    n: Annotated[int, Int()] = 1
    tags: set[str] = {"a"}


# Each with a value that goes round.
KINDS: list[tuple[Any, Any]] = [
    (int, 7),
    (int, 7),
    (str, "a"),
    (str, "a"),
    (UUID, UUID("5f0c0f00-7d1c-11ee-8000-000000000000")),
    (bool, True),
    (float, 0.5),
    (bytes, b"a"),
    (Decimal, Decimal("1.5")),
    (date, date(2030, 1, 2)),
    (time, time(1, 2, 3)),
    (datetime, datetime(2030, 1, 2, tzinfo=timezone.utc)),
    (timedelta, timedelta(hours=1)),
    (IPv4Address, IPv4Address("127.0.0.1")),
    (Inner, Inner()),
    (list[int], [1, 2]),
    (list[float], [0.5, 1.0]),
    (set[str], {"a"}),
    (frozenset[int], frozenset({1})),
    (dict[str, int], {"a": 1}),
    (tuple[int, str], (1, "a")),
    (list[Inner], [Inner(), Inner(n=2)]),
    (list[timedelta], [timedelta(1), timedelta(2)]),
    (set[timedelta], {timedelta(1)}),
    (dict[timedelta, int], {timedelta(1): 1}),
    (tuple[timedelta, int], (timedelta(1), 1)),
    (dict[str, list[set[int]]], {"a": [{1}]}),
    (str | None, "a"),
    (int | None, 7),
]
INDEXES = st.builds(
    Indexed,
    st.sampled_from([None, None, "one", "other"]),
    target=st.sampled_from([None, None, None, "keys", "values", "entries", "full"]),
    using=st.sampled_from([None, None, "sai", "SAI", "StorageAttachedIndex"]),
    options=st.sampled_from([None, None, None, {"case_sensitive": False}]),
)
KEY_INDEXES = st.sampled_from([None] * 12 + [0, 1])
ORDERS = st.sampled_from(["ASC", "DESC"])
PARTITION = st.builds(PrimaryKey, KEY_INDEXES)
CLUSTERING = st.one_of(
    st.builds(ClusteringKey, ORDERS, KEY_INDEXES),
    st.builds(PrimaryKey, clustering=st.just(True), order=ORDERS, clustering_key_index=KEY_INDEXES),
)
OTHERS = st.one_of(
    INDEXES,
    INDEXES,
    st.builds(Static),
    st.builds(Static),
    st.builds(Frozen, st.booleans()),
    st.sampled_from([Int(), SmallInt(), VarInt(), Ascii(), TimeUUID(), Timestamp()]),
    st.sampled_from([Vector(2), Vector(2), VectorIndex(), VectorIndex("EUCLIDEAN", index_name="one")]),
    st.builds(Column, st.sampled_from(["a", "b", "Order", "select", "x y", "true"])),
    st.sampled_from([Counter(), Discriminator()]),
)
ANY = st.one_of(OTHERS, OTHERS, PARTITION, CLUSTERING)

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "default_ttl": st.sampled_from([None, 0, 60, 630720000, 630720001, -1]),
        "options": st.sampled_from(
            [
                {"comment": "it's"},
                {"default_time_to_live": 5},
                # Those that coodie knows; the names of strategies and compressors are the server's.
                {"clustering_order": "x"},
                {"gc_grace_seconds": -1},
                {"bloom_filter_fp_chance": 2.0},
                {"max_index_interval": 1},
                {"min_index_interval": 5000, "max_index_interval": 6000},
                {"compaction": {"class": "LeveledCompactionStrategy"}},
                {"crc_check_chance": 1.5},
            ]
        ),
        "discriminator_value": st.sampled_from([None, "a", 1]),
        "warn_statements": st.sampled_from([None, 5, "x"]),
    },
)


SETTINGS_OF_VIEWS = st.fixed_dictionaries(
    {},
    optional={
        "where_clause": st.sampled_from(["p0 IS NOT NULL AND c0 IS NOT NULL", "p0 > 1", "v0 = 1", "token(p0) > 5"]),
        "clustering_order": st.sampled_from([{"p0": "DESC"}, {"c0": "ASC"}, {"v0": "DESC"}, {"v0": "down"}]),
        "view_columns": st.sampled_from(["*", ["p0"], ["p0", "c0", "v0"]]),
        "default_ttl": st.just(5),
        "options": st.sampled_from([{"comment": "x"}, {"default_time_to_live": 5}]),
    },
)
KEYS = (PrimaryKey, ClusteringKey, Static, Indexed, VectorIndex, Discriminator)
RARELY = st.integers(0, 4).map(lambda number: number == 0)


class Drawn(NamedTuple):
    """A class that may be none: its base, annotations and settings, and a value for each field."""

    base: type[Any]
    annotations: dict[str, Any]
    settings: dict[str, Any]
    values: dict[str, Any]
    view: tuple[dict[str, Any], dict[str, Any]] | None

    def made(self) -> type[Any]:
        return type("Drawn", (self.base,), body(self.annotations, self.settings))

    def view_of(self, model: type[Any]) -> type[MaterializedView]:
        assert self.view is not None
        annotations, given = self.view
        return type("DrawnView", (MaterializedView,), body(annotations, {"base_table": model, **given}))


def body(annotations: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    return {"__module__": __name__, "__annotations__": annotations, **({"Settings": given} if given else {})}


def annotated(annotation: Any, markers: Sequence[Any]) -> Any:
    return Annotated[(annotation, *markers)] if markers else annotation


@st.composite
def models(draw: st.DrawFn) -> Drawn:
    """Most are near to a class that can be."""
    counters = draw(st.integers(0, 9)) == 0
    kinds = KINDS[:4] if draw(st.booleans()) else KINDS
    fields: dict[str, tuple[Any, list[Any]]] = {}
    values: dict[str, Any] = {}

    def add(name: str, usual: st.SearchStrategy[Any] | None, kinds: list[tuple[Any, Any]]) -> None:
        annotation, values[name] = draw(st.sampled_from(kinds))
        markers = [] if usual is None else [draw(usual)]
        if draw(RARELY):
            markers += draw(st.lists(ANY, min_size=1, max_size=2))
        fields[name] = annotation, markers

    for number in range(draw(st.integers(1, 2))):
        add(f"p{number}", PARTITION, kinds)
    for number in range(draw(st.integers(0, 2))):
        add(f"c{number}", CLUSTERING, kinds)
    for number in range(draw(st.integers(1, 4))):
        usual = st.just(Counter()) if counters else OTHERS if draw(RARELY) else None
        add(f"v{number}", usual, KINDS[:2] if counters else KINDS)
    annotations = {name: annotated(*field) for name, field in fields.items()}
    given = draw(SETTINGS) if draw(RARELY) else {}
    view = draw(views(fields)) if draw(st.booleans()) else None
    return Drawn(CounterDocument if counters else Document, annotations, given, values, view)


@st.composite
def views(draw: st.DrawFn, fields: dict[str, tuple[Any, list[Any]]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Annotations and settings of a view: of the key of its table, mostly, and some more."""
    wanted = [name for name in fields if draw(RARELY) != (name[0] != "v" or draw(st.booleans()))]
    annotations = {}
    for place, name in enumerate(draw(st.permutations(wanted))):
        annotation, markers = fields[name]
        kept = [marker for marker in markers if not isinstance(marker, KEYS) or draw(RARELY)]
        key = [draw(PARTITION if place == 0 else CLUSTERING)] if name[0] != "v" or place == 0 or draw(RARELY) else []
        annotations[name] = annotated(annotation, [*key, *kept])
    return annotations, draw(SETTINGS_OF_VIEWS) if draw(RARELY) else {}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=models())
def test_what_is_not_refused_is_taken_by_the_server(connection: str, spy: RecordingDriver, drawn: Drawn) -> None:
    spy.clear()
    try:
        if (model := refused_or_made(spy, drawn.made)) is not None:
            check_table(spy, drawn, model)
    finally:
        if ddl(spy):
            execute_raw(f"DROP MATERIALIZED VIEW IF EXISTS {connection}.drawn_view")
            execute_raw(f"DROP TABLE IF EXISTS {connection}.drawn")


def ddl(spy: RecordingDriver) -> list[str]:
    return [call.cql for call in spy.calls if call.kind == "schema"]


def check_table(spy: RecordingDriver, drawn: Drawn, model: type[Any]) -> None:
    model.verify_table(exact=True)
    if drawn.view is not None and (view := refused_or_made(spy, lambda: drawn.view_of(model))) is not None:
        view.verify_view(exact=True)
    if drawn.base is CounterDocument:
        model(**drawn.values).increment({name: 2 for name in drawn.values if name[0] == "v"})
        assert model.find().one().v0 == 2
    else:
        row = model(**drawn.values)
        row.save()
        assert model.find().all() == [row]


def refused_or_made(spy: RecordingDriver, make: Callable[[], type[Any]]) -> type[Any] | None:
    """The class, whose table or view is there and stays as it is; None if it was refused before anything was sent."""
    before = ddl(spy)
    try:
        model = make()
        planned = sync_all(model, dry_run=True)
    except ModelError:
        event("refused")
        assert ddl(spy) == before
        return None
    assert sync_all(model) == planned
    assert sync_all(model) == []
    event("taken")
    return model
