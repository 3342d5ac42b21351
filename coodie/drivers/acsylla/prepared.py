"""Prepares texts, each only once at a time, and keeps what is known about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from coodie.cql.message import Mark, Statement
from coodie.cql.nodes import BeginBatch, Select
from coodie.cql.rendering.statements import render
from coodie.cql.types import CqlType
from coodie.drivers.acsylla.binding import Binder
from coodie.drivers.acsylla.columns import Columns
from coodie.drivers.acsylla.exact import AsBlob, exactly
from coodie.drivers.acsylla.loop_thread import LoopThread
from coodie.drivers.acsylla.rows import NEWER, RowReader
from coodie.drivers.acsylla.text_types import Data, TextTypes, Types, read_node, types_of, types_of_batch
from coodie.drivers.acsylla.unsupported import unreadable, unsupported
from coodie.drivers.errors import NotSupportedByDriver
from coodie.drivers.shared.prepared_cache import PreparedCache


class Prepared:
    """What is known about one text: how to bind its values, and how to read its answers."""

    __slots__ = ("_binder", "_by_name", "_readers", "_selected")

    def __init__(
        self,
        cql: str,
        vendor: Any,
        marks: Sequence[Mark],
        selected: Sequence[CqlType | AsBlob] | None,
        by_name: Mapping[str, CqlType | None],
    ) -> None:
        self._selected = selected
        self._by_name = by_name
        self._binder = Binder(cql, vendor, marks)
        self._readers: dict[tuple[str, ...], RowReader] = {}

    def statement(self, request: Statement) -> Any:
        """The vendor's statement with the values of the request; raises `InvalidQueryError` for one that does not
        fit.
        """
        return self._binder.statement(request)

    def reader(self, names: Sequence[str]) -> RowReader:
        """The reader of an answer with these columns, of which some may be newer than what is known of the table."""
        key = tuple(names)
        found = self._readers.get(key)
        if found is None:
            types = self._selected if self._selected is not None else [self._by_name.get(each, NEWER) for each in names]
            found = self._readers[key] = RowReader(types)
        return found


class Preparer:
    """Has the server prepare texts and stores the results in the cache."""

    def __init__(self, thread: LoopThread, session: Any, cache: PreparedCache[Prepared]) -> None:
        self._thread = thread
        self._session = session
        self._cache = cache
        self._columns = Columns(session)
        self.keyspace: str | None = None
        """The keyspace of the session."""

    def forget(self, texts: Iterable[str] | None = None) -> None:
        """Prepare these texts anew, or all, with the types that the tables have from now on."""
        self._columns.forget()
        if texts is None:
            self._cache.clear()
        else:
            for cql in texts:
                self._cache.drop(cql)

    def ask(self, cql: str) -> tuple[Future[Prepared], bool]:
        """The future of a text, and whether this call sent it: only the first caller does."""
        future, first = self._cache.join(cql)
        if first:
            self._thread.run(self._prepare(cql, future))
        return future, first

    async def _prepare(self, cql: str, future: Future[Prepared]) -> None:
        try:
            ready = await self._prepared(cql)
        except BaseException as error:  # noqa: BLE001 - it goes to all who wait
            self._cache.fail(cql, future, error)
        else:
            self._cache.keep(cql, future, ready)

    async def _prepared(self, cql: str) -> Prepared:
        vendor = await self._session.create_prepared(cql)  # first the server, whose word on a wrong text counts
        node = read_node(cql)
        try:
            types = await self._types_of(node, cql)
        except NotSupportedByDriver:
            self._columns.forget()  # a column may be newer than what is known of its table
            types = await self._types_of(node, cql)
        if not isinstance(node, Select):
            return Prepared(cql, vendor, types.marks, None, types.by_name)
        if types.selected is None:
            # After the table was altered, the vendor reads the first answer to a prepared text by the columns that it
            # had before, and so shifts them. An answer to an unprepared text brings its columns along.
            _check(types.by_name.values(), cql)
            return Prepared(cql, None, types.marks, None, types.by_name)
        exact, selected = exactly(node, types.selected)
        _check(selected, cql)
        if exact is not node:
            text = render(exact).cql
            vendor = await self._session.create_prepared(text)
            return Prepared(text, vendor, types.marks, selected, types.by_name)
        return Prepared(cql, vendor, types.marks, selected, types.by_name)

    async def _types_of(self, node: Data | BeginBatch, cql: str) -> TextTypes:
        if isinstance(node, BeginBatch):
            columns = [await self._columns_of(statement) for statement in node.statements]
            return types_of_batch(node, columns, cql)
        return types_of(node, await self._columns_of(node), cql)

    async def _columns_of(self, node: Data) -> Types:
        table = node.table
        return await self._columns.of(table if table.keyspace is not None else replace(table, keyspace=self.keyspace))


def _check(types: Iterable[CqlType | AsBlob | None], cql: str) -> None:
    """Raise `NotSupportedByDriver` for a type that cannot be read."""
    for each in types:
        if isinstance(each, CqlType) and (why := unreadable(each)) is not None:
            raise unsupported(f"reading {each}: {why}", cql)
