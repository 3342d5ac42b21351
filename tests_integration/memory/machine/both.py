"""One statement to both sides, and what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from coodie.cql.types import CqlType, Tuple
from coodie.testing.clock import Clock
from coodie.testing.memory.answers import Paging
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import UNPREPARED, CqlError, NotSupportedByMemoryDriver
from coodie.testing.memory.typed import Value
from tests_integration.memory import raw
from tests_integration.memory.line import Flow, Line, asked, executed, prepared
from tests_integration.memory.machine.known import known_as
from tests_integration.memory.machine.told import told


@dataclass(frozen=True)
class Step:
    """One statement: its values, the size of a page (0: all rows), the second that it is."""

    text: str
    values: Sequence[Value] = ()
    size: int = 0
    now: int | None = None
    prepared: bool = False
    """Whether it is prepared first, and what PREPARE says compared, too. If both refuse that, it is not said again."""

    def __str__(self) -> str:
        told = ", ".join(value.hex() if isinstance(value, bytes) else str(value) for value in self.values)
        return f"{self.text}  [{told}] size {self.size} now {self.now}"


@dataclass
class Difference(AssertionError):
    """What the two sides said to one statement, and what both had been told before."""

    step: Step
    server: object
    engine: object
    before: Sequence[tuple[Step, raw.Answer]] = field(default=())

    def __str__(self) -> str:
        said = "".join(f"\n  {step}" for step, _ in self.before)
        return f"{said}\n{self.step}\n  server: {self.server}\n  engine: {self.engine}"


class Apart(Exception):
    """A write of which the two answer differently, as is known, or a server that was too busy: what the two hold may
    differ from there on.
    """


_NOTHING: Final = raw.Answer()


class Both:
    """A connection to the server and an engine, with the same keyspace."""

    def __init__(self, line: Line, keyspace: str) -> None:
        self.line, self.keyspace = line, keyspace
        self.engine = Engine(Clock.running())
        self.count = 0
        self.refused = 0
        self.bases = iter(range(0, 2**31, 3))
        """Where the keys of the next run begin, and what its altered table is called by."""
        self.excused: Counter[str] = Counter()
        """How often each known difference was seen."""
        self._ids: dict[str, tuple[bytes, bytes] | None] = {}
        # Little in the commit log: a server flushes what is in there now and then, which shows in answers.
        created = (
            f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}} "
            "AND durable_writes = false"
        )
        self.line.wait(asked(created))
        self.line.wait(asked(f"USE {keyspace}"))
        self.engine.execute(self.engine.prepare(created))

    def both(self, text: str) -> Flow[None]:
        """A statement that both must take, such as one on the schema, and that is no step.

        Raises `Apart` if the server was too busy, since it may take it later.
        """
        found = yield from asked(text)
        if raw.is_busy(found.code, found.message):
            raise Apart
        assert found.code is None, found
        self.engine.execute(self.engine.prepare(text, self.keyspace))

    def close(self) -> None:
        """Drop the keyspace on the server, if it answers; flows that broke off may still be under way."""
        if self.line.lost:
            return
        self.line.drain()
        self.line.wait(asked(f"DROP KEYSPACE {self.keyspace}"))

    def say(self, step: Step) -> Flow[raw.Answer | None]:
        """The same statement to both, and what both answered; None if the engine has not got it, and for a
        known difference.

        Raises `Difference`, and `Apart` for a known difference of a write and if the server was too busy.
        """
        if step.prepared and self._ids.get(step.text, ()) is None:
            return None
        self.count += 1
        try:
            engine = self._ask_engine(step)
        except NotSupportedByMemoryDriver:
            self.refused += 1
            return None
        if step.prepared:
            server = yield from self._prepared(step)
        else:
            server = yield from asked(step.text, step.values, step.size, step.now)
        if raw.is_busy(server.code, server.message):
            raise Apart
        if told(server) == told(engine):
            return server
        if self._is_known(step.text, server, engine):
            if not step.text.startswith("SELECT"):
                raise Apart
            return None
        raise Difference(step, server, engine)

    def _is_known(self, text: str, server: raw.Answer, engine: raw.Answer) -> bool:
        found = known_as(text, server, engine)
        if found is not None:
            self.excused[found] += 1
        return found is not None

    def _prepared(self, step: Step) -> Flow[raw.Answer]:
        """EXECUTE, and PREPARE if it was not yet, or if the server forgot it."""
        ids = self._ids.get(step.text)
        if ids is not None:
            answer = yield from executed(ids, step.values, step.size, step.now)
            if answer.code != UNPREPARED:
                return answer
        found = yield from prepared(step.text)
        there = found if isinstance(found, raw.Answer) else found[0]
        here = self._prepare(step.text)
        both_refuse = isinstance(there, raw.Answer) and isinstance(here, raw.Answer)
        differ = told(there) != told(here) if both_refuse else there != here  # type: ignore[arg-type]
        told_of = [each if isinstance(each, raw.Answer) else _NOTHING for each in (there, here)]
        if differ and not self._is_known(step.text, *told_of):
            raise Difference(step, there, here)
        if len(self._ids) > 4000:
            self._ids.clear()
        self._ids[step.text] = None if isinstance(found, raw.Answer) else found[1]
        if isinstance(found, raw.Answer):
            return found
        answer = yield from executed(found[1], step.values, step.size, step.now)
        if answer.code == UNPREPARED:  # forgotten at once, for want of room
            answer = yield from asked(step.text, step.values, step.size, step.now)
        return answer

    def _prepare(self, text: str) -> raw.Answer | raw.Prepared:
        try:
            plan = self.engine.prepare(text, self.keyspace)
        except CqlError as error:
            return raw.Answer(error.code, error.message)
        marks = tuple((mark.name, type_text(mark.type)) for mark in plan.marks if mark.type is not None)
        columns = tuple((name, type_text(kind)) for name, kind in plan.columns)
        return raw.Prepared(marks, plan.key_indexes or None, columns)

    def _ask_engine(self, step: Step) -> raw.Answer:
        try:
            return answer_of(self.engine, self.keyspace, step)
        except NotSupportedByMemoryDriver:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of the engine is a difference, too
            return raw.Answer(-1, f"{type(error).__name__}: {error}")


def answer_of(engine: Engine, keyspace: str, step: Step) -> raw.Answer:
    """What an engine answers, all its pages."""
    pages: list[tuple[Any, ...]] = []
    state: bytes | None = None
    try:
        plan = engine.prepare(step.text, keyspace)
        while True:
            answer = engine.execute(plan, step.values, Paging(step.size or 5000, state), now=step.now)
            pages.append(tuple(answer.rows))
            state = answer.paging_state
            if state is None:
                break
    except CqlError as error:
        return raw.Answer(error.code, error.message)
    columns = tuple((name, type_text(kind)) for name, kind in answer.columns)
    return raw.Answer(columns=columns, pages=tuple(pages) if columns else (), warnings=answer.warnings)


def type_text(cql_type: CqlType) -> str:
    """As the wire says it: nothing of frozen at the outermost."""
    text = str(cql_type)
    return text if isinstance(cql_type, Tuple) or not text.startswith("frozen<") else text[len("frozen<") : -1]
