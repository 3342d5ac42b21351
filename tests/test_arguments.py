"""Arguments of a wrong kind: every public callable, every parameter, a list of wrong values.

What comes of it is a value, or one of coodie's own errors that says what was wanted. A ``TypeError``,
``AttributeError`` or ``KeyError`` from somewhere inside says nothing to anybody. What Python itself says of a call is
let be, and so are errors that a ``raise`` in the test harness gives its words: they are not for applications.
"""

import asyncio
import inspect
import traceback
import warnings
from functools import partial, wraps
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError

pytest.importorskip("cassandra")  # one of the public names is the adapter

from coodie import aio, cql_builder, drivers, schema, sync, testing, types
from coodie._words import a_type
from coodie.cql.parsing.statements import parse
from coodie.drivers.adapters import adapter_names
from coodie.drivers.registry import replaced
from coodie.exceptions import CoodieError
from coodie.fastapi import Page, install_error_handlers, lifespan
from coodie.fields import ClusteringKey, Counter, PrimaryKey, Vector, VectorIndex
from coodie.observe import OpenTelemetryHook
from coodie.results import PagedResult
from coodie.testing import RecordingDriver, faults
from coodie.usertype import UserType

WRONG = [
    *(None, 5, -1, 10**5000, 1.5, float("nan"), True, "x", "", "a\0b", "\ud800", "é", "x" * 70_000, b"x"),
    *([], [[]], [5], [None], {}, {5: 1}, {"x": 1}, {"x": {"y": {}}}, (), ("x",), ("x", 1), set(), {b"x"}),
    *(object(), int, len, iter(()), Ellipsis, NotImplemented),
]


class Place(UserType):
    street: str = ""


class Summary(BaseModel):
    name: str | None


def models(door):
    class Doc(door.Document):
        id: Annotated[int, PrimaryKey()]
        n: Annotated[int, ClusteringKey()] = 0
        name: str | None = None
        tags: set[str] = set()
        items: list[int] = []
        attrs: dict[str, int] = {}
        place: Place | None = None
        spot: Annotated[list[float] | None, Vector(3), VectorIndex()] = None

        class Settings:
            keyspace = "ks"

    class Hits(door.CounterDocument):
        id: Annotated[int, PrimaryKey()]
        seen: Annotated[int | None, Counter()] = None

    class ByName(door.MaterializedView):
        name: Annotated[str, PrimaryKey()]
        id: Annotated[int, ClusteringKey()]
        n: Annotated[int, ClusteringKey()]

        class Settings:
            base_table = Doc
            keyspace = "ks"

    return Doc, Hits, ByName


LOOKUPS = (
    "id id__gt id__in name__like tags__contains attrs__contains_key attrs__entry id__token__gt token__gt spot place "
    "nonsense __ name__"
).split()
SETS = (
    "name name__x tags__add tags__remove items__append items__prepend items__remove items__set attrs__put "
    "attrs__update attrs__remove place place__street spot nonsense ttl"
).split()
GIVEN = {
    "adapter": drivers.Adapter(connect=RecordingDriver),
    "amounts": {"seen": 1},
    "base_table": "t",
    "clustering_key": (),
    "column": "a",
    "columns": ["a"],
    "count": 2,
    "counters": {"a": 1},
    "cql": "DELETE FROM t WHERE a = ?",
    "documents": [],
    "fields": {"a": "int"},
    "handler": print,
    "hooks": (),
    "index_name": "i",
    "json": "{}",
    "keys": [1],
    "keyspace": "ks",
    "level": "ONE",
    "name": "name",
    "params": [1],
    "partition_key": ["a"],
    "rows": 5,
    "seconds": 5,
    "secret": "a secret of some length",
    "sets": {"a": 1},
    "state": None,
    "statements": [("DELETE FROM t WHERE a = ?", [1])],
    "table": "t",
    "timestamp": 5,
    "token": None,
    "type_name": "u",
    "updates": [],
    "user_type": Place,
    "values": {"name": "x"},
    "vector": [1.0, 2.0, 3.0],
    "view": "v",
    "where": {"id": 1},
}


class Case:
    """A callable, made anew for each call, and the arguments that it has beside the wrong one."""

    def __init__(self, make, *star, names=(), more=None, first=None, **given):
        self.make, self.star, self.names, self.more, self.first = make, star, names, more or {}, first or {}
        self.given = {**GIVEN, **given}

    def calls(self):
        """Each call with a wrong value in the place of one parameter."""
        found = inspect.signature(self.make()).parameters.values()
        places = [each for each in found if each.kind is each.POSITIONAL_ONLY]
        needed = [each.name for each in found if each.default is each.empty and each.kind in _BY_NAME]
        good = {name: self.given[name] for name in needed} | self.more
        for one in found:
            for wrong in WRONG:
                first = [wrong if each is one else self.first.get(each.name) for each in places]
                if one.kind is one.VAR_POSITIONAL:
                    yield one.name, wrong, [*first, wrong], good
                elif one.kind is one.VAR_KEYWORD:
                    for name in self.names:
                        yield name, wrong, [*first, *self.star], {**good, name: wrong}
                elif one in places:
                    yield one.name, wrong, [*first, *self.star], good
                else:
                    yield one.name, wrong, [*first, *self.star], {**good, one.name: wrong}


_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def of_door(door):
    """What a door has."""
    document, hits, view = models(door)
    batch = door.BatchQuery if door is sync else door.AsyncBatchQuery
    recorder = RecordingDriver()
    found = {
        "QuerySet": Case(lambda: door.QuerySet, model=document),
        "Batch": Case(lambda: batch),
        "add": Case(lambda: batch().add),
        "init_coodie": Case(lambda: partial(door.init_coodie, driver=recorder)),
        "init_coodie with a session": Case(lambda: partial(with_session, door), session=None),
        "init_coodie with hosts": Case(lambda: partial(with_hosts, door), hosts="127.0.0.1"),
    }
    found["get_many"] = Case(lambda: door.get_many, model=document, more={"keys": [(1, 1)]})
    found["read_split"] = Case(lambda: door.read_split, split=document.splits(2)[0])
    for name in ("to_arrow", "arrow_batches"):
        found[name] = Case(lambda name=name: getattr(door, name), source=document.find())
    found["alter_keyspace"] = Case(lambda: door.alter_keyspace, more={"replication_factor": 1})
    special = of_documents()
    for name in functions(door):
        first = {"model": document, "document": hits(id=1) if name in COUNTING else document(id=1, n=1)}
        star = ["name"] if name == "delete_columns" else []
        made = partial(getattr, door, name)
        found.setdefault(name, Case(made, *star, **{"first": first, **special.get(name, {})}))
    for kind, values in ((document, {"id": 1}), (hits, {"id": 1}), (view, {"id": 1, "n": 1, "name": "x"})):
        for name, case in of_model(kind, values):
            found[f"{kind.__name__}.{name}"] = case
    found |= {f"Migrations.{name}": case for name, case in of_migrations(door)}
    return found | {f"query.{name}": case for name, case in of_queries(door, document)}


def of_migrations(door):
    """There is no such folder: whatever else is wrong with a call is told before that."""
    folder = "no such folder"
    yield "init", Case(lambda: door.Migrations, folder=folder)
    for name, _ in inspect.getmembers(door.Migrations, inspect.isroutine):
        if not name.startswith("_") and name not in ("new", "files"):
            made = partial(lambda name: getattr(door.Migrations(folder), name), name)
            yield name, Case(made, revision="1", words="words")


def with_session(door, session):
    return door.init_coodie(session=session, name="other")


def with_hosts(door, hosts, port=9042, log_values=False, prepared_size=5):
    options = {"port": port, "log_values": log_values, "prepared_size": prepared_size}
    return door.init_coodie(hosts, lazy=True, name="other", **options)


def functions(room):
    return [name for name in room.__all__ if inspect.isfunction(getattr(room, name))]


COUNTING = ("increment", "decrement")


def of_documents() -> dict[str, dict[str, Any]]:
    """What is special in calls about documents, as methods and as functions."""
    return {
        **{key: {"names": LOOKUPS} for key in ("find", "find_one", "get", "get_or_none")},
        **{key: {"names": ["seen", "nonsense"], "more": {"seen": 1}} for key in COUNTING},
        "create": {"names": ["name", "batch"], "more": {"id": 1}},
        "update": {"names": SETS, "more": {"name": "x"}},
    }


def of_model(kind, values):
    special = of_documents()
    for name, method in inspect.getmembers(kind, inspect.isroutine):
        if not name.startswith("_") and method.__module__.startswith("coodie."):
            star = ["name"] if name == "delete_columns" else []
            yield name, Case(lambda name=name: getattr(kind(**values), name), *star, **special.get(name, {}))


def of_queries(door, document):
    special: dict[str, dict[str, Any]] = {
        "update": {"names": SETS, "more": {"name": "x"}},
        "create": {"names": ["name", "batch"], "more": {"id": 1}},
        "filter": {"names": LOOKUPS},
        "aggregate": {"names": ["n", "a b"]},
        "as_": {"model": Summary},
        "order_by_ann": {"name": "spot"},
    }
    for name, _ in inspect.getmembers(door.QuerySet, callable):
        if not name.startswith("_"):
            query = document.find() if name == "create" else document.find(id=1, n=1)
            yield name, Case(partial(getattr, query, name), **special.get(name, {}))


def of_harness():
    rule = {
        "returns": {"rows": [{"a": 1}]},
        "pages": {"pages": [[{"a": 1}]]},
        "raises": {"fault": faults.read_timeout()},
        "delay": {"seconds": 1},
        "times": {"count": 1},
    }
    for name, given in rule.items():
        yield f"rule.{name}", Case(lambda name=name: getattr(RecordingDriver().on("select"), name), **given)
    lost = "INSERT INTO t (a) VALUES (?) IF NOT EXISTS"
    yield "rule.applied", Case(lambda: RecordingDriver().on(cql=lost).applied)
    yield "RecordingDriver", Case(lambda: RecordingDriver)
    yield "on", Case(lambda: RecordingDriver().on)
    yield "chaos", Case(lambda: RecordingDriver().chaos, rate=0.5)
    yield "verify", Case(lambda: RecordingDriver().verify)
    yield "Clock", Case(lambda: testing.Clock)
    yield "tick", Case(lambda: testing.Clock().tick, seconds=1)
    yield "Approx", Case(lambda: testing.Approx, value=1.0, tolerance=0.1)
    yield "Where", Case(lambda: testing.Where, predicate=bool)
    yield "MemoryDriver", Case(lambda: testing.MemoryDriver)
    yield "memory.run", Case(lambda: testing.MemoryDriver().run, script="USE system")
    yield "memory.load", Case(lambda: testing.MemoryDriver().load, rows={})
    yield "memory.rows", Case(lambda: testing.MemoryDriver().rows, table="system.local")
    yield "memory.dump", Case(lambda: testing.MemoryDriver().dump)
    yield "memory.restore", Case(lambda: testing.MemoryDriver().restore, snapshot=testing.MemoryDriver().snapshot())
    yield "memory.fork", Case(lambda: testing.MemoryDriver().fork)
    yield "snapshot_text", Case(lambda: testing.snapshot_text, data=[])


def of_rooms():
    """What both doors share."""
    document, _, view = models(sync)
    wanted = schema.schema_of([document], "ks")
    for name in cql_builder.__all__:
        more = {"columns": {"a": "int"}} if name == "build_create_table" else {}
        yield name, Case(lambda name=name: getattr(cql_builder, name), **more)
    keyspace = schema.Keyspace("ks", (("class", "SimpleStrategy"),), True)
    given: dict[str, dict[str, Any]] = {
        "cql_type_of": {"annotation": int},
        "diff": {"wanted": wanted, "found": wanted},
        "keyspace_changes": {"wanted": keyspace, "found": keyspace},
        "table_of": {"model": document},
        "view_of": {"cls": view},
        "schema_of": {"models": [document]},
        "statements": {"schema": wanted},
        "described": {"changes": []},
        **{key: {"driver": RecordingDriver()} for key in ("register_driver", "hooked")},
    }
    for room in (types, drivers, schema):
        for name in functions(room):
            yield name, Case(lambda room=room, name=name: getattr(room, name), **given.get(name, {}))
    yield "install_error_handlers", Case(lambda: install_error_handlers, app=FastAPI())
    yield "lifespan", Case(lambda: partial(started, driver=RecordingDriver()))
    yield "Page.of", Case(lambda: Page.of, result=PagedResult([]))
    yield "Token", Case(lambda: types.Token, value=5)
    yield "CqlDuration", Case(lambda: types.CqlDuration)
    yield "OpenTelemetryHook", Case(lambda: OpenTelemetryHook)
    yield "parse", Case(lambda: parse, text="SELECT")


@wraps(lifespan)
async def started(*arguments, **options):
    async with lifespan(*arguments, **options)(None):
        pass


@pytest.fixture(autouse=True)
def adapters():
    """Nothing that a call registers is left to other tests."""
    before = adapter_names()
    yield
    for name in set(adapter_names()).difference(before):
        drivers.unregister_adapter(name)


CASES = [
    *(pytest.param(case, id=f"sync {name}") for name, case in of_door(sync).items()),
    *(pytest.param(case, id=f"async {name}") for name, case in of_door(aio).items()),
    *(pytest.param(case, id=name) for name, case in of_rooms()),
    *(pytest.param(case, id=f"harness {name}") for name, case in of_harness()),
]


def outcome(call, arguments, options):
    """What a call raises, or None; awaited if it is to be."""
    with replaced("default", RecordingDriver(strict=False), keyspace="ks"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = call(*arguments, **options)
            if inspect.iscoroutine(found):
                asyncio.run(awaited(found))
        except Exception as error:  # noqa: BLE001 - which it is, is what the tests are about
            return error
    return None


async def awaited(found):
    return await found


def is_told(error):
    """Whether somebody wrote the words of the error for whoever made the call."""
    if isinstance(error, (CoodieError, ValidationError)) or type(error).__module__.startswith("coodie."):
        return True
    last = traceback.extract_tb(error.__traceback__)[-1]
    if isinstance(error, TypeError) and last.name == "outcome":
        return True  # Python's own word about the call
    raised = (last.line or "").startswith("raise ")
    return raised and ("coodie/testing/" in last.filename or isinstance(error, ValueError))


@pytest.mark.parametrize("case", CASES)
def test_an_argument_of_a_wrong_kind_is_told_what_was_wanted(case):
    for name, wrong, arguments, options in case.calls():
        error = outcome(case.make(), arguments, options)
        shown = f"an int of {wrong.bit_length()} bits" if isinstance(wrong, int) else repr(wrong)[:60]
        assert error is None or is_told(error), f"{name}={shown}: {type(error).__name__}: {error}"
        assert str(error).encode(errors="replace"), "it can be printed"


@pytest.mark.parametrize("case", CASES)
def test_rule_31_a_flag_is_true_or_false(case):
    """``dry_run="no"`` would be taken for yes."""
    found = inspect.signature(case.make()).parameters.values()
    flags = {each.name: each.default for each in found if each.annotation in ("bool", "bool | None")}
    for name, wrong, arguments, options in case.calls():
        if name in flags and not isinstance(wrong, bool) and (wrong is not None or flags[name] is not None):
            error = outcome(case.make(), arguments, options)
            told = is_told(error) and f"{name} must be True or False, not" in str(error)
            assert told, f"{name}={a_type(wrong)}: {error!r:.200}"
