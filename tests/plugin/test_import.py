import subprocess
import sys

import pytest

# A fresh interpreter: this one has long loaded everything.
LOADED = """
import pytest, sys
import coodie.testing.plugin
print(*sorted(name for name in sys.modules if name.split(".")[0] in {names}))
"""


def loaded(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()


def test_the_plugin_loads_neither_pydantic_nor_a_driver_nor_syrupy():
    assert loaded(LOADED.format(names={"pydantic", "pydantic_core", "cassandra", "syrupy"})) == []


def test_of_coodie_it_loads_itself_only():
    assert loaded(LOADED.format(names={"coodie"})) == ["coodie", "coodie.testing", "coodie.testing.plugin"]


def test_recording_needs_neither_pydantic_nor_a_driver():
    code = "import sys\nfrom coodie.testing import RecordingDriver\nwith RecordingDriver(): pass\n"
    code += "print(*{name.split('.')[0] for name in sys.modules} & {'pydantic', 'cassandra', 'pytest', 'syrupy'})"

    assert loaded(code) == []


WITHOUT_PYTEST = """
import sys, tempfile
from pathlib import Path

sys.modules["pytest"] = sys.modules["syrupy"] = None  # an import of either is an error now

from coodie.cql.message import Kind, Statement
from coodie.drivers.registry import sync_driver
from coodie.exceptions import OutcomeUnknown
from coodie import testing

globals().update({name: getattr(testing, name) for name in testing.__all__ if name != "contract"})

SELECT = Statement("SELECT id FROM t", kind=Kind.READ)
WRITE = Statement("UPDATE t SET a = ? WHERE id = ?", (1, 2))
tape = Path(tempfile.mkdtemp()) / "tape"

def fails(error, block):
    try:
        block()
    except error as caught:
        return caught
    raise SystemExit(f"no {error.__name__}")

with RecordingDriver(clock=Clock()) as recorder, network_refused(), assert_cql_count(3):
    recorder.on("select").returns([(1,)]).delay(5)
    recorder.on("update", values=(ANY, Approx(2, 1))).raises(faults.write_timeout())
    assert sync_driver().execute(SELECT).rows == [(1,)]
    fails(OutcomeUnknown, lambda: sync_driver().execute(WRITE))
    sync_driver().execute(WRITE)
    recorder.save(tape)
print(recorder.to_cqlsh().replace(chr(10), " "), snapshot_text(recorder).splitlines()[-1])
assert recorder.clock.now() > Clock().now()

def unused():
    with RecordingDriver() as recorder:
        recorder.on("select").returns([])

def replayed():
    with RecordingDriver.replay(tape) as replay:
        replay.execute(SELECT)
        fails(OutcomeUnknown, lambda: replay.execute(WRITE))
        replay.execute(WRITE)
        replay.execute(WRITE)

fails(UnusedReply, unused)
fails(UnexpectedCall, replayed)
"""


def test_the_whole_harness_works_without_pytest():
    assert " ".join(loaded(WITHOUT_PYTEST)) == (
        "SELECT id FROM t; UPDATE t SET a = 1 WHERE id = 2; UPDATE t SET a = 1 WHERE id = 2; -- [2] - 2"
    )


@pytest.mark.parametrize("name", __import__("coodie.testing").testing.__all__)
def test_every_public_name_is_found(name):
    import coodie.testing

    assert getattr(coodie.testing, name) is not None
    assert name in dir(coodie.testing)


def test_any_other_name_is_an_ordinary_error():
    import coodie.testing

    with pytest.raises(AttributeError, match=r"coodie\.testing.*no attribute 'Nothing'"):
        _ = coodie.testing.Nothing
