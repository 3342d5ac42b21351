"""The fixture `coodie_cluster` of the pytest plugin: one test on a recorder, on the engine and on the cluster."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from cassandra.cluster import Session

# pytester forgets what a run inside imported; what the plugin resolves late must not be among that.
import coodie.sync
import coodie.testing.cluster
import coodie.testing.memory.driver  # noqa: F401

from .conftest import PATIENT, Look
from .server import Found

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
Names = Callable[[], set[str]]

MODEL = """
from typing import Annotated

import pytest

from coodie.aio import Document
from coodie.fields import ClusteringKey, PrimaryKey, Static

class Item(Document):
    shelf: Annotated[int, PrimaryKey()]
    place: Annotated[int, ClusteringKey()]
    name: str = ""
    label: Annotated[str | None, Static()] = None

class Shelf(Document):
    id: Annotated[int, PrimaryKey()]

@pytest.fixture(scope="session")
def coodie_schema():
    return [Item, Shelf, "CREATE TABLE notes (id int PRIMARY KEY, t text); INSERT INTO notes (id, t) VALUES (1, 'x;y')"]
"""


CONFTEST = f"""
import pytest

@pytest.fixture(scope="session")
def coodie_cluster_options():
    return {PATIENT}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, cluster: Found) -> Run:
    """Run tests in a pytest of its own, on the cluster."""
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)

    def run(body: str, *options: str, **more: str) -> pytest.RunResult:
        pytester.makeini(
            "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
            "filterwarnings =\n  error\n  ignore::coodie.warnings.WholeTableWarning"
        )
        on_cluster = not any("memory:" in option for option in options)
        pytester.makeconftest(more.pop("conftest", CONFTEST if on_cluster else ""))
        pytester.makepyfile(test_items=MODEL + body, **{name: MODEL + text for name, text in more.items()})
        return pytester.runpytest("-p", "no:randomly", f"--coodie-hosts={hosts}", *options)

    return run


@pytest.fixture
def keyspaces(look: Look) -> Names:
    """The keyspaces that such runs make."""

    def keyspaces() -> set[str]:
        found = {name for (name,) in look("SELECT keyspace_name FROM system_schema.keyspaces")}
        return {name for name in found if name.startswith("coodie_test_")}

    return keyspaces


def test_one_test_runs_on_a_recorder_on_the_engine_and_on_the_cluster(run: Run) -> None:
    body = """
@pytest.fixture(params=["coodie_recorder", "coodie_memory", "coodie_cluster"])
def connection(request):
    return request.getfixturevalue(request.param)

async def test_a_save(connection):
    if connection.inner is None:
        connection.on("select").returns([Item(shelf=1, place=2, name="tea")])
    await Item(shelf=1, place=2, name="tea").save()
    assert (await Item.get(shelf=1, place=2)).name == "tea"
    assert connection.calls[0].kind == "execute"
"""
    run(body).assert_outcomes(passed=3)


@pytest.mark.parametrize("where", ["cluster", "memory"])
def test_each_test_begins_with_the_schema_and_nothing_else(run: Run, where: str) -> None:
    body = """
from coodie import aio

@pytest.mark.parametrize("_", range(3))
async def test_rows(coodie_cluster, _):
    assert await Item.find().all() == []
    assert await Item.find().distinct().values_list("shelf", "label").all() == []
    assert await aio.execute_raw("SELECT id, t FROM notes") == [{"id": 1, "t": "x;y"}]
    await Item(shelf=1, place=2).save()
    await aio.execute_raw("UPDATE item SET label = 'only static' WHERE shelf = 5")
    await aio.execute_raw("DELETE FROM notes WHERE id = 1")
    await aio.execute_raw("INSERT INTO notes (id) VALUES (2)")
"""
    run(body, *(["--coodie-hosts=memory:"] if where == "memory" else [])).assert_outcomes(passed=3)


def test_what_a_test_does_to_the_schema_is_undone(run: Run) -> None:
    body = """
from coodie import aio

@pytest.mark.parametrize("_", range(2))
async def test_tables(coodie_cluster, _):
    await aio.execute_raw("CREATE TABLE more (id int PRIMARY KEY)")
    await aio.execute_raw("ALTER TABLE item ADD colour text")
    await aio.execute_raw("DROP TABLE notes")
    await Shelf(id=1).save()

async def test_is_as_before(coodie_cluster):
    assert await aio.execute_raw("SELECT id, t FROM notes") == [{"id": 1, "t": "x;y"}]
    assert await Shelf.find().all() == []
"""
    run(body).assert_outcomes(passed=3)


def test_the_keyspace_is_dropped_in_the_end(run: Run, keyspaces: Names) -> None:
    body = """
async def test_a_save(coodie_cluster):
    await Shelf(id=1).save()
    assert coodie_cluster.cql[0].startswith("INSERT INTO coodie_test_")

async def test_that_fails(coodie_cluster):
    assert not await Shelf.find().all()
    raise ZeroDivisionError
"""
    before = keyspaces()
    run(body).assert_outcomes(passed=1, failed=1)
    assert keyspaces() == before


def test_each_module_may_have_a_schema_of_its_own(run: Run) -> None:
    body = """
from coodie import aio

@pytest.mark.parametrize("_", range(2))
async def test_a_table(coodie_cluster, _):
    await aio.execute_raw("INSERT INTO other (id) VALUES (1)")
"""
    other = """
@pytest.fixture
def coodie_schema():
    return "CREATE TABLE other (id int PRIMARY KEY)"
"""
    run(body.replace("other", "notes"), test_other=other + body).assert_outcomes(passed=4)


def test_the_marker_names_the_keyspace(run: Run, look: Look) -> None:
    name = f"coodie_marked_{secrets.token_hex(4)}"
    body = f"""
@pytest.mark.coodie(keyspace="{name}")
async def test_a_save(coodie_cluster):
    await Shelf(id=1).save()
    assert coodie_cluster.cql == ["INSERT INTO {name}.shelf (id) VALUES (?)"]
"""
    run(body).assert_outcomes(passed=1)
    assert look("SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s", name) == []


def test_a_keyspace_of_somebody_else_is_never_touched(run: Run, keyspace: str, look: Look, session: Session) -> None:
    session.execute(f"CREATE TABLE {keyspace}.shelf (id bigint PRIMARY KEY)")
    session.execute(f"INSERT INTO {keyspace}.shelf (id) VALUES (1)")
    body = f"""
@pytest.mark.coodie(keyspace="{keyspace}")
async def test_by_the_marker(coodie_cluster):
    pass

class Mine(Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "shelf"
        keyspace = "{keyspace}"

@pytest.mark.parametrize("coodie_schema", [[Mine]])
async def test_by_a_model(coodie_cluster):
    pass
"""
    result = run(body)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*the cluster has a keyspace * already*", "*Mine has the keyspace * in its Settings*"])
    assert look("SELECT id FROM {}.shelf") == [(1,)]


def test_the_options_of_the_connection_are_the_projects_own(run: Run) -> None:
    conftest = """
import pytest

@pytest.fixture(scope="session")
def coodie_cluster_options():
    return {"create_keyspace": {"durable_writes": False}, "log_values": True, "protocol_version": 4, **%r}
"""
    body = """
from coodie import aio
from coodie.exceptions import SchemaMismatch

async def test_options(coodie_cluster):
    assert coodie_cluster.log_values
    await Shelf(id=1).save()
    name = coodie_cluster.cql[0].split()[2].split(".")[0]
    with pytest.raises(SchemaMismatch, match="durable_writes"):
        await aio.verify_keyspace(name)
"""
    run(body, conftest=conftest % PATIENT).assert_outcomes(passed=1)


def test_a_cluster_that_is_not_there_is_an_error(run: Run) -> None:
    body = """
def test_nothing(coodie_cluster):
    pass
"""
    result = run(body, "--coodie-hosts=127.0.0.1:1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*Unavailable*")
