"""A driver that keeps rows in a dictionary, as far as the contract suite goes; and others, each wrong in one way."""

import asyncio
import threading

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Options, Page, Statement
from coodie.exceptions import RequestRejected
from coodie.testing.calls import checked


class Small:
    def __init__(self):
        self.rows = {}
        self.lock = threading.Lock()
        self.clock = 0
        self.closed = 0

    def execute(self, request):
        self.check(request)
        if isinstance(request, Batch):
            for statement in request.statements:
                self.write(statement, request.timestamp)
            return Page()
        if request.kind is Kind.READ:
            return self.read(request)
        if request.cql.startswith("INSERT"):
            self.write(request, None)
        return Page()

    def check(self, request):
        if "no_such_table" in getattr(request, "cql", ""):
            self.refuse(request)
        checked(request)

    def refuse(self, request):
        raise RequestRejected("no such table", request=request)

    def write(self, statement, timestamp):
        with self.lock:
            self.clock += 1
            at = self.clock * 10**9 if timestamp is None else timestamp
            values = dict(statement.params)
            row = self.rows.setdefault((values["id"], values["n"]), {})
            for name, value in values.items():
                if not self.is_unset(value) and at >= row.get(name, (None, 0))[1]:
                    row[name] = (value, at)

    def is_unset(self, value):
        return value is UNSET

    def read(self, request):
        names = tuple(request.cql.split(" FROM ")[0].removeprefix("SELECT ").split(", "))
        with self.lock:
            rows = sorted((key[1], row) for key, row in self.rows.items() if key[0] == request.values[0])
        found = [tuple(self.given(row.get(name, (None, 0))[0]) for name in names) for _, row in rows]
        return self.page(names, found, request.options)

    def given(self, value):
        return value

    def page(self, names, rows, options):
        start, size = int(options.paging_state or b"0"), options.fetch_size or len(rows)
        state = str(start + size).encode() if start + size < len(rows) else None
        return Page(names, rows[start : start + size], state)

    def close(self):
        self.closed += 1

    async def aexecute(self, request):
        await asyncio.sleep(0)
        return self.execute(request)

    async def aclose(self):
        self.close()


class FollowsPages(Small):
    def page(self, names, rows, options):
        return Page(names, rows)


class IgnoresThePagingState(Small):
    def page(self, names, rows, options):
        return super().page(names, rows, Options(fetch_size=options.fetch_size))


class LeaksErrors(Small):
    def refuse(self, request):
        raise KeyError("the vendor's own")


class ForgetsTheRequest(Small):
    def refuse(self, request):
        raise RequestRejected("no such table")


class BlocksTheLoop(Small):
    async def aexecute(self, request):
        return self.execute(request)


class TakesUnsetForNull(Small):
    def write(self, statement, timestamp):
        values = tuple(None if value is UNSET else value for value in statement.values)
        super().write(Statement(statement.cql, values, statement.marks), timestamp)


class TakesNullForUnset(Small):
    def is_unset(self, value):
        return value is UNSET or value is None


class ChecksNothing(Small):
    def check(self, request):
        if "no_such_table" in getattr(request, "cql", ""):
            self.refuse(request)


class GivesListsForSets(Small):
    def given(self, value):
        return list(value) if isinstance(value, set) else value


class IgnoresTheTimestampOfABatch(Small):
    def write(self, statement, timestamp):
        super().write(statement, None)


class SendsOnlyTheFirstOfABatch(Small):
    def execute(self, request):
        if isinstance(request, Batch) and request.kind is BatchKind.UNLOGGED:
            request = request.statements[0]
        return super().execute(request)


class GivesNothingForAWrite(Small):
    def execute(self, request):
        page = super().execute(request)
        return page if page.columns else None


class ClosesOnce(Small):
    def close(self):
        super().close()
        assert self.closed == 1


class BreaksWhenClosed(Small):
    def check(self, request):
        if self.closed:
            raise ValueError("the vendor's own")
        super().check(request)


class LosesARequestThatIsCancelled(Small):
    async def aexecute(self, request):
        task = asyncio.ensure_future(super().aexecute(request))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_exception_handler({"message": "nobody took the answer"})
            raise


class SyncOnly:
    def __init__(self):
        self._inner = Small()
        self.execute, self.close = self._inner.execute, self._inner.close


WRONG = {
    FollowsPages: "test_one_request_gives_one_page",
    IgnoresThePagingState: "test_one_request_gives_one_page",
    LeaksErrors: "test_an_error_is_coodie_s_and_carries_its_request",
    ForgetsTheRequest: "test_an_error_is_coodie_s_and_carries_its_request",
    BlocksTheLoop: "test_the_loop_is_never_blocked",
    TakesUnsetForNull: "test_unset_leaves_a_column_and_null_deletes_it",
    TakesNullForUnset: "test_unset_leaves_a_column_and_null_deletes_it",
    ChecksNothing: "test_a_value_that_does_not_fit_is_refused",
    GivesListsForSets: "test_a_value_comes_back_as_it_went",
    IgnoresTheTimestampOfABatch: "test_a_timestamp_of_a_batch_holds_for_its_statements",
    SendsOnlyTheFirstOfABatch: "test_a_batch_gives_a_page",
    GivesNothingForAWrite: "test_a_write_gives_a_page_without_rows",
    ClosesOnce: "test_closing_twice_is_harmless",
    BreaksWhenClosed: "test_a_closed_driver_says_so_or_works",
    LosesARequestThatIsCancelled: "test_a_cancelled_call_leaves_nothing_behind",
    SyncOnly: "test_it_has_its_flavours",
}
