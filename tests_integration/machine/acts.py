"""Writes as values: what is called, what it makes of the server and of the document, and on which condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from hypothesis import strategies as st

from .operators import Change
from .paper import Paper
from .server import Key, Server
from .tables import COLUMNS, STATIC, alike, kept, real


class Pair(NamedTuple):
    """A document, and what is written down about it."""

    document: Any
    paper: Paper


def nothing() -> None:
    """Nothing happens."""


@dataclass(frozen=True)
class Condition:
    """``options`` are those of the call; ``holds`` is asked when the write happens."""

    options: Mapping[str, Any]
    holds: Callable[[Server, Key], bool]
    column: str | None = None

    @property
    def static(self) -> bool:
        return self.column is None or self.column in STATIC

    def for_query(self) -> Condition:
        """The same for a query, whose ``if_exists()`` is no option of the call."""
        return replace(self, options={}) if self.column is None else self


@dataclass(frozen=True)
class Act:
    """One write.

    ``call`` takes the batch, or None. ``refused`` is whether coodie sends nothing, ``rejected`` whether the server
    refuses it. ``cells`` are what it writes, as keyspace, partition, row and column, ``*`` being the whole row.
    """

    target: Any
    call: Callable[[Any], Any]
    key: Key
    server: Callable[[], None] = nothing
    memory: Callable[[], None] = nothing
    refused: bool = False
    rejected: bool = False
    condition: Condition | None = None
    cells: frozenset[tuple[Any, ...]] = frozenset()
    inserts: bool = False
    paper: Paper | None = None

    def happen(self, server: Server) -> None:
        """It happened. A document that was the last to know its row still is."""
        paper, partition = self.paper, self.key[:2]
        knew = paper is not None and paper.partition == partition and paper.seen == server.writes[partition]
        anew = paper is not None and not paper.is_there
        self.server()
        self.memory()
        if paper is not None and paper.is_there and paper.partition == partition and (knew or anew):
            paper.seen = server.writes[partition]


def cells_of(key: Key, names: Iterable[str]) -> frozenset[tuple[Any, ...]]:
    return frozenset((key.place, key.shop, None if name in STATIC else key.number, name) for name in names)


def collide(one: frozenset[tuple[Any, ...]], other: frozenset[tuple[Any, ...]]) -> bool:
    """Whether two writes of one batch, which have one timestamp, contest a cell."""
    deleted = {cell[:3] for cell in one | other if cell[3] == "*"}
    return bool(one & other) or any(a[:3] in deleted and b[:3] == a[:3] for a in one for b in other)


EXISTS = Condition({"if_exists": True}, lambda server, key: server.row(key) is not None)
STATIC_EXISTS = Condition({"if_exists": True}, lambda server, key: bool(server.partition(*key[:2]).static.values))
"""Of an update of static columns alone."""

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda has, value: alike(has) == alike(value),
    "__ne": lambda has, value: alike(has) != alike(value),
    "__in": lambda has, value: has in value,
    "__gt": lambda has, value: has is not None and has > value,
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition | None:
    """None mostly."""
    way = draw(st.integers(0, 7))
    if way > 2:
        return None
    if way == 2:
        return EXISTS
    column = draw(st.sampled_from(["note", "name", "owner", "size", "tags"]))
    operators = [each for each in _TESTS if column == "size" or each != "__gt"][: 2 if column == "tags" else None]
    operator = draw(st.sampled_from(operators))
    value = draw(COLUMNS[column].values.filter(lambda value: operator in ("", "__ne") or value is not None))
    given = [value] if operator == "__in" else real(column, value)
    test = _TESTS[operator]

    def holds(server: Server, key: Key) -> bool:
        return test(server.value(key, column), [value] if operator == "__in" else kept(column, value))

    return Condition({"if_conditions": {column + operator: given}}, holds, column)


def saving(server: Server, pair: Pair, *, full: bool = False, ttl: int | None = None) -> Act:
    """``document.save()``."""
    document, paper = pair
    options: dict[str, Any] = {"full": full} if ttl is None else {"full": full, "ttl": ttl}
    anew, key, sent = not paper.is_there, paper.key, paper.to_send(full or ttl is not None)
    if sent is None:
        return Act(document, lambda batch: document.save(batch=batch, **options), key)

    def memory() -> None:
        paper.saved(sent, anew)
        if anew:
            paper.keep_key(key)

    return Act(
        document,
        lambda batch: document.save(batch=batch, **options),
        key,
        lambda: server.insert(key, sent, ttl is not None),
        memory,
        paper=paper,
        refused=paper.cannot_be_loaded(anew),
        cells=cells_of(key, sent) | {(*key, "")},
    )


def inserting(server: Server, pair: Pair) -> Act:
    """``document.insert()``."""
    document, paper = pair
    key, sent = paper.key, paper.whole()

    def memory() -> None:
        paper.saved(sent, True, True)
        paper.keep_key(key)

    return Act(
        document,
        lambda batch: document.insert(batch=batch),
        key,
        lambda: server.insert(key, sent),
        memory,
        paper=paper,
        refused=paper.cannot_be_loaded(True),
        condition=Condition({}, lambda server, key: server.row(key) is None),
        cells=cells_of(key, sent) | {(*key, "")},
        inserts=True,
    )


def saving_elsewhere(server: Server, pair: Pair, where: Any, place: int, *, insert: bool = False) -> Act:
    """``Model.using(...).save(document)``: a new document belongs there then, of another one it is a copy."""
    document, paper = pair
    if paper.key.place != place:
        if not paper.placed:
            paper.key = paper.key._replace(place=place)
        else:
            paper = paper.copy()
            paper.key, paper.gone = paper.key._replace(place=place), True
    paper.placed = True
    act = (inserting if insert else saving)(server, Pair(document, paper))
    call = where.insert if insert else where.save
    return Act(
        document,
        lambda batch: call(document, batch=batch),
        act.key,
        act.server,
        act.memory,
        act.refused,
        paper=paper,
        condition=act.condition,
        cells=act.cells,
        inserts=act.inserts,
    )


def is_static(changes: Iterable[Change], condition: Condition | None) -> bool:
    """Whether it is about a partition and no row of it."""
    return STATIC.issuperset(change.column for change in changes) and (condition is None or condition.static)


def changing(
    server: Server,
    target: Any,
    key: Key,
    changes: Sequence[Change],
    condition: Condition | None,
    *,
    paper: Paper | None = None,
    ttl: int | None = None,
    wrong: bool = False,
) -> Act:
    """``update()`` or ``delete_columns()`` of a document, or ``update()`` of a query."""
    options = dict(condition.options if condition else {})
    if ttl is not None and paper is not None:
        options["ttl"] = ttl
    if changes[0].deletes:
        arguments = [change.given for change in changes]

        def call(batch: Any) -> Any:
            return target.delete_columns(*arguments, batch=batch, **options)
    else:
        given = dict(change.given for change in changes)

        def call(batch: Any) -> Any:
            return target.update(given, batch=batch, **options)

    static = is_static(changes, condition)
    if condition is not None and condition.column is None and STATIC.issuperset(each.column for each in changes):
        condition = STATIC_EXISTS
    before = dict(paper.memos) if paper else {}
    there = paper is not None and paper.is_there
    if paper is not None and static:  # it is about the partition
        there = paper.known_key is not None and paper.known_key[0] == key.shop and not paper.gone
    return Act(
        target,
        call,
        key,
        lambda: server.change(key, changes, ttl is not None),
        (lambda: paper.changed(changes, before, there)) if paper else nothing,
        paper=paper,
        refused=wrong or (paper is not None and paper.breaks_a_rule(changes)),
        rejected=server.refuses(key, changes),
        condition=condition,
        cells=cells_of(key, [change.column for change in changes]),
    )


def deleting(server: Server, target: Any, key: Key, condition: Condition | None, paper: Paper | None = None) -> Act:
    """``delete()`` of a document or of a query for one row."""
    there = paper is not None and paper.is_there

    def memory() -> None:
        if paper is not None and there:
            paper.gone = True

    options = dict(condition.options if condition else {})
    cells = frozenset({(*key, "*")})
    return Act(
        target,
        lambda batch: target.delete(batch=batch, **options),
        key,
        lambda: server.delete(key),
        memory,
        condition=condition,
        cells=cells,
        paper=paper,
    )
