"""Has Maven copy jars, those of the server and of a client, into a cache outside the repository, once."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import NoCluster

log = logging.getLogger(__name__)

POM = Path(__file__).with_name("pom.xml")


def cache_folder() -> Path:
    """Return $COODIE_CACHE, or `~/.cache/coodie`."""
    return Path(os.environ.get("COODIE_CACHE") or Path.home() / ".cache" / "coodie")


def find_jars(pom: Path = POM, name: str = "cassandra") -> Path:
    """Return the folder of the jars, and fill it if it is not there. Raises `NoCluster` if Maven cannot."""
    # Named after the pom, so that a new version is a new folder.
    folder = cache_folder() / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.with_suffix(".lock")):
            if not folder.exists():
                _fill(folder, pom)
    return folder


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    # Two Mavens at once would also meet in ~/.m2, which is not made for it.
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fill(folder: Path, pom: Path) -> None:
    # A copy that is interrupted leaves a temporary folder, never a `folder` that lacks jars.
    with tempfile.TemporaryDirectory(prefix="cassandra-", dir=folder.parent) as scratch:
        whole = Path(scratch, "jars")
        _copy(whole, pom)
        whole.rename(folder)


def _copy(target: Path, pom: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NoCluster("no Cassandra: set COODIE_HOSTS=host:port, or install Maven (mvn), which downloads the server")
    log.info("downloading from Maven Central, once, up to 70 MB")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    command = [maven, "--quiet", "--batch-mode", "-Dstyle.color=never", "--file", str(pom), *goal]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        first = next((line for line in done.stdout.splitlines() if line.startswith("[ERROR]")), "no reason given")
        raise NoCluster(f"no Cassandra: Maven could not download it: {first}")
