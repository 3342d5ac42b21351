"""The fixture `coodie_memory`: an engine of the test's own, built from `coodie_schema` once."""

from __future__ import annotations

import pytest

# pytester forgets what a run inside imported; what the plugin resolves late must not be among that.
import coodie.sync
import coodie.testing.memory.driver  # noqa: F401

pytest_plugins = ["pytester"]

SUITE = """
    from typing import Annotated

    import pytest

    from coodie.exceptions import RequestRejected
    from coodie.fields import ClusteringKey, PrimaryKey
    from coodie.sync import Document

    class Item(Document):
        shelf: Annotated[int, PrimaryKey()]
        place: Annotated[int, ClusteringKey()]
        name: str = ""

        class Settings:
            name = "items"

    @pytest.fixture(scope="session")
    def coodie_schema():
        return [Item, "INSERT INTO coodie_test.notes (id) VALUES (1)"] if {broken} else [
            Item, "CREATE TABLE coodie_test.notes (id int PRIMARY KEY); INSERT INTO coodie_test.notes (id) VALUES (1)"
        ]
"""


def test_each_test_begins_with_the_schema_and_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        SUITE.replace("{broken}", "False")
        + """
    @pytest.mark.parametrize("_", range(2))
    def test_rows(coodie_memory, coodie_clock, _):
        assert Item.find(shelf=1).all() == []
        Item(shelf=1, place=2).save(ttl=10)
        Item(shelf=1, place=1).save()
        assert [item.place for item in Item.find(shelf=1)] == [1, 2]
        coodie_clock.tick(10)
        assert [item.place for item in Item.find(shelf=1)] == [1]
        assert coodie_memory.inner.rows("notes") == [{"id": 1}]
        assert len(coodie_memory.calls) == 5
"""
    )
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=2)


def test_a_rule_that_was_never_asked_for_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        SUITE.replace("{broken}", "False")
        + """
    from coodie.testing import faults

    def test_unused(coodie_memory):
        coodie_memory.on("insert").raises(faults.overloaded())
"""
    )
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize("scope", ["session", "module", "function"])
def test_each_module_may_have_a_schema_of_its_own(pytester: pytest.Pytester, scope: str) -> None:
    module = """
        import pytest

        @pytest.fixture(scope="{scope}")
        def coodie_schema():
            return ["CREATE TABLE coodie_test.{table} (id int PRIMARY KEY)"]

        @pytest.mark.parametrize("_", range(2))
        def test_rows(coodie_memory, _):
            assert coodie_memory.inner.rows("{table}") == []
    """
    tables = {f"test_{table}": module.format(scope=scope, table=table) for table in ("one", "other")}
    pytester.makepyfile(**tables)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=4)
