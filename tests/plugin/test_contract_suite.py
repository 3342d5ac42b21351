"""The contract suite as an author of a driver runs it: what is right passes, and each wrong way fails its case."""

import re

import pytest
from testing.small_driver import WRONG

pytest_plugins = ["pytester"]

# The others only take time, or keep their session in a global that is this run's.
OTHERS = ("syrupy", "cacheprovider", "randomly", "benchmark", "hypothesispytest", "xdist", "pytest_cov", "asyncio")

SUITES = """
import pytest
from coodie.testing.contract import DriverContract
from testing.small_driver import WRONG, Small

def suite(kind):
    class Suite(DriverContract):
        @pytest.fixture
        def driver(self):
            return kind()

    return Suite

for kind in (Small, *WRONG):
    globals()[f"Test{kind.__name__}"] = suite(kind)
"""


@pytest.fixture
def failed(pytester):
    """The names of the cases that fail, by the names of the drivers."""
    pytester.makepyfile(SUITES)
    without = [word for name in OTHERS for word in ("-p", f"no:{name}")]
    result = pytester.runpytest_inprocess(*without, "-q", "--tb=no", "-rA")
    lines = re.findall(r"^(\w+) \S+::Test(\w+)::(\w+)", result.stdout.str(), re.MULTILINE)
    ran = {driver for _, driver, _ in lines}
    assert ran == {"Small", *(kind.__name__ for kind in WRONG)}
    return {driver: {case for word, of, case in lines if of == driver and word != "PASSED"} for driver in ran}


def test_a_driver_that_keeps_the_promises_passes_and_each_broken_promise_fails_its_case(failed):
    assert failed["Small"] == set()
    missed = {kind.__name__ for kind, case in WRONG.items() if case not in failed[kind.__name__]}
    assert missed == set()
