"""Which node acsylla is told to send schema changes to, and when all nodes agree, on a ring that is a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from acsylla.errors import CassErrorLibNoHostsAvailable, CassErrorLibRequestTimedOut

from coodie.drivers.acsylla import schema_agreement
from coodie.drivers.acsylla.schema_agreement import schema_place, wait_for_agreement
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
    asked: int = 0

    async def execute(self, statement: Statement) -> list[Row]:
        self.asked += 1
        at = statement.host or [each for each in self.nodes if each not in self.down][self.asked % 2]
        if at in self.down:
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


async def is_agreed(session: Session, at: str | None = "10.0.0.1") -> bool:
    try:
        await wait_for_agreement(session, Budget(0.0), PORT, (at, PORT) if at else None)
    except TimeoutError:
        return False
    return True


async def test_all_changes_go_to_the_first_node_by_its_id() -> None:
    session = three()
    assert {await schema_place(session, PORT) for _ in range(5)} == {("10.0.0.2", PORT)}


@pytest.mark.parametrize("how", ["down", "silent"])
async def test_one_that_does_not_answer_is_passed_over(how: str) -> None:
    session = three()
    getattr(session, how).add("10.0.0.2")
    session.nodes = {at: session.nodes[at] for at in ("10.0.0.1", "10.0.0.3", "10.0.0.2")}
    assert await schema_place(session, PORT) == ("10.0.0.3", PORT)


async def test_without_a_port_any_node_will_do() -> None:
    session = three()
    assert await schema_place(session, None) is None
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


async def test_a_node_that_is_down_does_not_count_and_one_that_is_slow_does() -> None:
    session = three("112")
    session.silent = {"10.0.0.3"}
    assert not await is_agreed(session)
    session.down = {"10.0.0.3"}
    assert await is_agreed(session)


async def test_another_node_takes_the_place_of_one_that_is_lost() -> None:
    session = three()
    session.down = {"10.0.0.1"}
    await wait_for_agreement(session, Budget(10.0), PORT, ("10.0.0.1", PORT))
