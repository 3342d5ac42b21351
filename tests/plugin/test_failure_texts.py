"""The failure texts themselves, kept as snapshots: they are what a user of the harness reads most."""

import importlib.util
from pathlib import Path

import pytest

from coodie.testing import RecordingDriver

_spec = importlib.util.spec_from_file_location("failing", Path(__file__).with_name("failing.py"))
failing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(failing)


@pytest.mark.parametrize("name", failing.FAILURES)
def test_a_failure_says_what_happened_and_what_to_do(name, snapshot, tmp_path):
    fails = failing.FAILURES[name]
    arguments = (tmp_path / "tape",) if "path" in fails.__code__.co_varnames else ()
    with pytest.raises(Exception, match=r".") as caught, RecordingDriver() as recorder:
        fails(recorder, *arguments)

    assert f"{type(caught.value).__name__}: {caught.value}" == snapshot
