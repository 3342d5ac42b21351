"""The fixture `coodie_cluster` and its options, without a cluster; tests_integration has the other half."""

from __future__ import annotations

import pytest

# pytester forgets what a run inside imported; what the plugin resolves late must not be among that.
import coodie.sync
import coodie.testing.memory.driver  # noqa: F401

pytest_plugins = ["pytester"]

SUITE = """
    from typing import Annotated

    import pytest

    from coodie.fields import PrimaryKey
    from coodie.sync import Document
    from coodie.testing import MemoryDriver

    class Item(Document):
        id: Annotated[int, PrimaryKey()]

    @pytest.fixture(scope="session")
    def coodie_schema():
        return [Item]

    @pytest.mark.parametrize("_", range(2))
    def test_rows(coodie_cluster, _):
        assert list(Item.find()) == []
        Item(id=1).save()
        assert Item.get(id=1).id == 1
        assert isinstance(coodie_cluster.inner, MemoryDriver)
"""


def outcome(pytester: pytest.Pytester, *options: str, ini: str = "", suite: str = SUITE) -> pytest.RunResult:
    pytester.makepyfile(suite)
    pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
    return pytester.runpytest("-p", "no:randomly", "-rs", *options)


def test_without_hosts_the_test_is_skipped(pytester: pytest.Pytester) -> None:
    result = outcome(pytester)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines("*coodie_cluster needs a cluster: --coodie-hosts=HOSTS*")


def test_the_hosts_may_be_an_engine_in_memory(pytester: pytest.Pytester) -> None:
    outcome(pytester, "--coodie-hosts=memory:").assert_outcomes(passed=2)


def test_the_hosts_may_stand_in_the_ini_file(pytester: pytest.Pytester) -> None:
    outcome(pytester, ini="coodie_hosts = memory:").assert_outcomes(passed=2)


def test_the_option_outdoes_the_ini_file(pytester: pytest.Pytester) -> None:
    outcome(pytester, "--coodie-hosts=memory:", ini="coodie_hosts = 192.0.2.1").assert_outcomes(passed=2)


@pytest.mark.parametrize("fixture", ["coodie_memory", "coodie_cluster"])
def test_the_marker_names_the_keyspace_that_the_tables_are_in(pytester: pytest.Pytester, fixture: str) -> None:
    suite = f"""
    {SUITE}
    @pytest.mark.coodie(keyspace="Shop")
    def test_in_a_keyspace({fixture}):
        Item(id=1).save()
        assert {fixture}.cql == ['INSERT INTO "Shop".item (id) VALUES (?)']
        assert {fixture}.inner.rows('"Shop".item') == [{{"id": 1}}]
    """
    outcome(pytester, "--coodie-hosts=memory:", suite=suite).assert_outcomes(passed=3)


def test_the_file_of_an_engine_is_refused_and_left_alone(pytester: pytest.Pytester) -> None:
    file = pytester.path / "dev.cql"
    file.write_text("not even CQL")
    result = outcome(pytester, "--coodie-hosts=memory:dev.cql")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines("*coodie_cluster cannot use memory:dev.cql: tests would write to the file*")
    assert file.read_text() == "not even CQL"
