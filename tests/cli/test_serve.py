"""`coodie serve`: the engine on a port, as by `python -m coodie.testing.memory`."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a signal ends it")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended_and_saves(empty, number):
    command = [sys.executable, "-m", "coodie", "serve", "--port", "0", "--keyspace", "shop", "--save", "out.cql"]
    with subprocess.Popen(command, cwd=empty.folder, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith("listening on 127.0.0.1:")
        served.send_signal(number)
        assert served.wait() == 0
    assert "CREATE KEYSPACE" in empty.read("out.cql")


def test_a_file_that_cannot_be_loaded_or_saved_ends_with_2(empty):
    assert empty("serve", "--port", "0", "--load", "nowhere.cql").status == 2
    assert empty("serve", "--port", "0", "--save", "nowhere/out.cql").status == 2
