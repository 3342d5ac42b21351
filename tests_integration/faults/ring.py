"""Three nodes behind gates: clients and the nodes themselves reach a node only through a gate.

Node 1 listens on 127.0.0.1. Clients know it as 127.0.1.1, the other nodes as 127.0.2.1.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests_integration.server import NoCluster, Node, start_together
from tests_integration.server.cluster import READ_FROM_ALL
from tests_integration.server.jars import find_jars
from tests_integration.server.java import find_java
from tests_integration.server.node import FIRST_TOKEN
from tests_integration.server.ports import free_ports

from .net import Gate, Net, Weather

CLOCK = Path(__file__).with_name("JumpingClock.java")

# Shorter than a client waits: the server is to say itself that replicas did not answer.
SERVER_TIMEOUTS = dict.fromkeys(
    (
        f"{what}_timeout"
        for what in (
            "read_request",
            "range_request",
            "write_request",
            "counter_write_request",
            "cas_contention",
            "request",
        )
    ),
    "3s",
)

# A node that missed a change of the schema asks the others for it, by default after a minute.
SCHEMA_PULLS = {"cassandra.migration_delay_ms": "1000", "cassandra.schema_pull_interval_ms": "5000"}


class Member:
    """One node with what may be done to it: its gates and its clock."""

    def __init__(self, number: int, node: Node, client_gate: Gate, peer_gate: Gate, clock: Path) -> None:
        self.number, self.node = number, node
        self.host, self.peer = f"127.0.1.{number}", f"127.0.2.{number}"
        self.client_gate, self.peer_gate = client_gate, peer_gate
        self._clock = clock

    def __repr__(self) -> str:
        return f"<Member {self.number}>"

    def set_clock(self, wrong: int) -> None:
        """Have the node's clock be wrong by so many milliseconds."""
        scratch = self._clock.with_suffix(".new")
        scratch.write_text(str(wrong))
        scratch.replace(self._clock)

    def lose(self, *callers: Member) -> None:
        """Lose what these nodes send to this one."""
        self.peer_gate.change(Weather(loses=True, callers=frozenset(each.peer for each in callers)))

    def heal(self) -> None:
        """Undo everything: the gates are open, the clock is right, and the process runs; it may not be ready yet."""
        self.set_clock(0)
        if self.node.pid is None:
            self.node.start()
        else:
            self.node.resume()
        for gate in (self.client_gate, self.peer_gate):
            gate.heal()


class Ring:
    """The nodes, and where clients find them."""

    def __init__(self, members: list[Member], port: int) -> None:
        self.members, self.port = members, port
        self.hosts = [member.host for member in members]

    def heal(self) -> None:
        """Undo everything that was done to the nodes, and return when each answers and sees the others."""
        for member in self.members:
            member.heal()
        self.wait_whole()

    def wait_whole(self, timeout: float = 600) -> None:
        """Return when each node answers a read that needs all of them."""
        for member in self.members:
            member.node.wait_for(READ_FROM_ALL, timeout)


@contextmanager
def ring(size: int = 3) -> Iterator[Ring]:
    """Start a ring of nodes that keep what they acknowledge, and end it with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coodie-ring-")))
        compile_clock(folder)
        net = stack.enter_context(Net())
        numbers = range(1, size + 1)
        addresses = [f"127.0.{part}.{number}" for part in range(3) for number in numbers]
        ports = free_ports(2, addresses)
        members = [_member(stack, net, number, size, (ports[0], ports[1]), folder) for number in numbers]
        start_together([member.node for member in members])
        yield Ring(members, ports[0])


def compile_clock(folder: Path) -> None:
    """Compile the clock that can be wrong into a folder."""
    beside = Path(find_java()).with_name("javac")
    javac = str(beside) if beside.exists() else shutil.which("javac")
    if javac is None:
        raise NoCluster("no ring: the clock of its nodes is compiled by javac, of a JDK")
    command = [javac, "-proc:none", "-d", str(folder), "-cp", str(find_jars() / "*"), str(CLOCK)]
    subprocess.run(command, check=True, capture_output=True)


def _member(stack: ExitStack, net: Net, number: int, size: int, ports: tuple[int, int], folder: Path) -> Member:
    host, client, peer = (f"127.0.{part}.{number}" for part in range(3))
    clock = folder / f"clock{number}"
    node = Node(
        host,
        ports=ports,
        seeds=[f"127.0.2.{each}" for each in range(1, size + 1)],
        initial_token=FIRST_TOKEN + (number - 1) * 2**64 // size,
        durable=True,
        changes={"broadcast_address": peer, "broadcast_rpc_address": client, **SERVER_TIMEOUTS},
        properties={"cassandra.clock": "JumpingClock", "coodie.clock": str(clock), **SCHEMA_PULLS},
        classes=[folder],
    )
    stack.callback(node.close)
    gates = [net.gate((client, ports[0]), (host, ports[0])), net.gate((peer, ports[1]), (host, ports[1]), greeted=True)]
    for gate in gates:
        stack.callback(gate.shut)
    member = Member(number, node, gates[0], gates[1], clock)
    member.set_clock(0)
    return member
