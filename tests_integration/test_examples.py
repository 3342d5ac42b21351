"""The tests of the sample applications, which need no database, pass on a real one too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .server import Found

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("example", ["events_service"])
def test_the_tests_of_an_example(cluster: Found, example: str) -> None:
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--coodie-hosts={hosts}", f"docs/examples/{example}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
