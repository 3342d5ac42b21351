"""Finds a Java that runs Cassandra 5.0, and lists the JVM flags the server needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .errors import NoCluster

# Cassandra 5.0 installs a security manager, which Java 24 no longer has.
OLDEST, NEWEST = 17, 23

HEAP = "COODIE_CASSANDRA_HEAP"

EXPORTS = """
    java.base/java.lang.ref java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch
    java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server
    java.sql/java.sql jdk.unsupported/sun.misc
""".split()

OPENS = """
    java.base/java.io java.base/java.lang java.base/java.lang.module java.base/java.lang.reflect java.base/java.nio
    java.base/java.util java.base/java.util.concurrent java.base/java.util.concurrent.atomic
    java.base/jdk.internal.loader java.base/jdk.internal.math java.base/jdk.internal.module java.base/jdk.internal.ref
    java.base/jdk.internal.reflect java.base/jdk.internal.util.jar java.base/sun.nio.ch
    java.rmi/sun.rmi.transport.tcp jdk.management/com.sun.management.internal
""".split()

PROPERTIES = {
    "jdk.attach.allowAttachSelf": "true",
    "java.security.manager": "allow",
    "java.net.preferIPv4Stack": "true",
    "cassandra-foreground": "yes",
    # A cluster that lives for one test run has nobody to wait for.
    "cassandra.ring_delay_ms": "500",
    # By default twice the above. One that joins slowly would be taken for gone after half of it, and what is taken for
    # gone is never again asked for its schema.
    "cassandra.gossip_quarantine_delay_ms": "60000",
    "cassandra.skip_wait_for_gossip_to_settle": "0",
    "cassandra.superuser_setup_delay_ms": "0",
    "cassandra.shutdown_announce_in_ms": "200",
}


def find_java() -> str:
    """Return the path of a `java` of a version that runs the server, or raise `NoCluster`."""
    for java in _candidates():
        if OLDEST <= _version(java) <= NEWEST:
            return java
    raise NoCluster(
        f"no Cassandra: set COODIE_HOSTS=host:port, or install a JDK {OLDEST} (up to {NEWEST} will do) and Maven"
    )


def jvm_flags(properties: dict[str, str]) -> list[str]:
    """Return the arguments between `java` and the main class. The heap is $COODIE_CASSANDRA_HEAP, or 1g."""
    heap = os.environ.get(HEAP, "1g")
    return [
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-XX:+UseParallelGC",
        # A server that runs for minutes does not earn back what the second compiler costs.
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        *(f"--add-exports={name}=ALL-UNNAMED" for name in EXPORTS),
        *(f"--add-opens={name}=ALL-UNNAMED" for name in OPENS),
        *(f"-D{name}={value}" for name, value in {**PROPERTIES, **properties}.items()),
    ]


def _candidates() -> Iterator[str]:
    if home := os.environ.get("JAVA_HOME"):
        yield str(Path(home, "bin", "java"))
    if java := shutil.which("java"):
        yield java
    # Where Debian, Fedora and macOS keep those that are not the default.
    for root, inside in (("/usr/lib/jvm", "bin"), ("/Library/Java/JavaVirtualMachines", "Contents/Home/bin")):
        yield from map(str, sorted(Path(root).glob(f"*/{inside}/java")))


def _version(java: str) -> int:
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0  # macOS has a `java` that only says where to get one.
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
