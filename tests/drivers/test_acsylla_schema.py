"""Which node acsylla is told to send schema changes to, and when all nodes agree, on a ring that is a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from acsylla.errors import CassErrorLibNoHostsAvailable, CassErrorLibRequestTimedOut

from coodie.drivers.acsylla import schema_agreement
from coodie.drivers.acsylla.schema_agreement import SchemaChange
from coodie.drivers.shared.budget import Budget

PORT = 9042


class Statement:
    def __init__(self, cql: str) -> None:
        self.cql = cql
        self.host: str | None = None

    def set_timeout(self, seconds: float) -> None:
        assert seconds > 0

    def set_host(self, host: str, port: int) -> None:
        assert port == PORT
        self.host = host


class Row:
    def __init__(self, *values: Any) -> None:
        self._values = values

    def as_tuple(self) -> tuple[Any, ...]:
        return self._values


@dataclass
class Session:
    """Nodes by their address, in the order in which they are asked: each an id and a version."""

    nodes: dict[str, tuple[str, str]]
    down: set[str] = field(default_factory=set[str])
    silent: set[str] = field(default_factory=set[str])
    believed: dict[str, str] = field(default_factory=dict[str, str])
    """The version that others still believe a node to have."""
    hidden: bool = False
    """Whether the vendor knows the nodes by other addresses than their own."""
    asked: int = 0

    async def execute(self, statement: Statement) -> list[Row]:
        self.asked += 1
        at = statement.host or [each for each in self.nodes if each not in self.down][self.asked % 2]
        if at in self.down or (self.hidden and statement.host):
            raise CassErrorLibNoHostsAvailable("no host")
        if at in self.silent:
            raise CassErrorLibRequestTimedOut("time is over")
        if "system.local" in statement.cql:
            return [self._row(at, own=True)]
        return [self._row(each) for each in self.nodes if each != at]

    def _row(self, at: str, *, own: bool = False) -> Row:
        number, version = self.nodes[at]
        return Row(number, at, version if own else self.believed.get(at, version))


@pytest.fixture(autouse=True)
def _statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_agreement, "create_statement", Statement)


def three(versions: str = "111") -> Session:
    return Session({f"10.0.0.{at}": (name, version) for at, name, version in zip("123", "cab", versions, strict=True)})


def change(session: Session, seconds: float | None = None, port: int | None = PORT) -> SchemaChange:
    return SchemaChange(session, port, Budget(seconds))


async def is_agreed(session: Session, at: str | None = "10.0.0.1") -> bool:
    waiting = change(session, 0.0)
    waiting.place = (at, PORT) if at else None
    try:
        await waiting.settle()
    except TimeoutError:
        return False
    return True


async def test_all_changes_go_to_the_first_node_by_its_id() -> None:
    session = three()
    assert {await change(session).choose() for _ in range(5)} == {("10.0.0.2", PORT)}


@pytest.mark.parametrize("how", ["down", "silent"])
async def test_one_that_does_not_answer_is_passed_over(how: str) -> None:
    session = three()
    getattr(session, how).add("10.0.0.2")
    session.nodes = {at: session.nodes[at] for at in ("10.0.0.1", "10.0.0.3", "10.0.0.2")}
    assert await change(session).choose() == ("10.0.0.3", PORT)


async def test_without_a_port_any_node_will_do() -> None:
    session = three()
    assert await change(session, port=None).choose() is None
    assert session.asked == 0


@pytest.mark.parametrize("versions", ["112", "121", "211"])
@pytest.mark.parametrize("at", ["10.0.0.1", "10.0.0.2", "10.0.0.3", None])
async def test_nodes_that_differ_do_not_agree_whoever_is_asked(versions: str, at: str | None) -> None:
    assert not await is_agreed(three(versions), at)
    assert await is_agreed(three(), at)


async def test_the_node_that_made_the_change_is_asked_and_not_what_others_believe() -> None:
    session = three("211")
    session.believed = {"10.0.0.1": "1"}
    assert not await is_agreed(session)


async def test_a_node_that_is_down_counts_for_a_while_and_one_that_is_slow_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = three("112")
    session.down = {"10.0.0.3"}
    assert not await is_agreed(session)
    passed = iter(range(0, 1000, 10))
    monkeypatch.setattr(schema_agreement, "monotonic", lambda: next(passed))
    assert await is_agreed(session)
    session.down, session.silent = set(), {"10.0.0.3"}
    assert not await is_agreed(session)


@pytest.mark.parametrize(("versions", "agree"), [("111", True), ("112", False), ("211", False)])
async def test_nodes_behind_other_addresses_than_their_own_agree_as_well(versions: str, agree: bool) -> None:
    session = three(versions)
    session.hidden = True
    assert await change(session).choose() is None
    assert await is_agreed(session, None) is agree


async def test_another_node_takes_the_place_of_one_that_is_lost() -> None:
    session = three()
    session.down = {"10.0.0.1"}
    waiting = change(session, 10.0)
    waiting.place = ("10.0.0.1", PORT)
    await waiting.settle()
    assert waiting.place is None
