"""What runs pytest inside pytest, with the plugin and without what others add."""

from importlib.metadata import entry_points

import pytest

# pytester forgets what a run inside imported; what the plugin resolves late must not be among that.
import coodie.testing.counting
import coodie.testing.network  # noqa: F401

INSTALLED = any(entry.value == "coodie.testing.plugin" for entry in entry_points(group="pytest11"))

# syrupy keeps its session in a global, which is this run's; the others only take time.
OTHERS = ("syrupy", "cacheprovider", "randomly", "benchmark", "hypothesispytest", "xdist", "pytest_cov")

HEAD = """
import pytest
from coodie.cql.message import Kind, Statement
from coodie.drivers.registry import async_driver, get_driver, names, sync_driver
from coodie.testing import RecordingDriver

SELECT = Statement("SELECT id FROM t", kind=Kind.READ)
WRITE = Statement("UPDATE t SET a = ? WHERE id = ?", (1, 2))
"""


@pytest.fixture
def run(pytester):
    """Run a test file in a pytest of its own; gives its result."""

    def run(body, *options, ini=""):
        pytester.makeini(f"[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n{ini}")
        pytester.makepyfile(HEAD + body)
        plugin = () if INSTALLED else ("-p", "coodie.testing.plugin")
        without = [word for name in OTHERS for word in ("-p", f"no:{name}")]
        return pytester.runpytest_inprocess("-Werror", *without, *plugin, *options)

    return run
