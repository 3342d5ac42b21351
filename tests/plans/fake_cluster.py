"""A cluster that is a few lists of rows: what flows ask about the schema, and what they send."""

from coodie.cql.message import Kind, Page
from coodie.exceptions import CoodieError
from coodie.plans.plan import Pause


class Cluster:
    """Answers questions to system_schema from lists of rows, one row a page; keeps the DDL, and makes nothing of it."""

    def __init__(self, **parts):
        self.parts = {"keyspaces": [("keyspace_name durable_writes replication", "ks", True, {"class": "S"})], **parts}
        self.asked, self.sent, self.pauses = [], [], []
        self.on_ddl = {}

    def answer(self, request):
        if isinstance(request, Pause):
            self.pauses.append(request.seconds)
            return Page()
        if request.kind is Kind.SCHEMA:
            return self.change(request.cql)
        part = request.cql.split("FROM system_schema.")[1].split()[0]
        at = int(request.options.paging_state or b"0")
        if at == 0:
            self.asked.append(part)
        rows = [dict(zip(names.split(), row, strict=True)) for names, *row in self.parts.get(part, [])]
        rows = [row for row in rows if self._wanted(request, part, row)]
        if not rows:
            return Page(("keyspace_name",))
        state = str(at + 1).encode() if at + 1 < len(rows) else None
        return Page(tuple(rows[at]), [tuple(rows[at].values())], state)

    def _wanted(self, request, part, row):
        values = dict(request.params)
        if row.get("keyspace_name", "ks") != values.pop("keyspace_name"):
            return False
        return all(row[name] == value for name, value in values.items())

    def change(self, text):
        act = self.on_ddl.get(text)
        self.sent.append(text)
        if isinstance(act, Exception):
            raise act
        if act is not None:
            act()
        return Page()

    def try_to_answer(self, request):
        try:
            return self.answer(request)
        except CoodieError as error:
            return error

    def drive(self, flow):
        try:
            request = next(flow)
            while True:
                answer = self.try_to_answer(request)
                request = flow.throw(answer) if isinstance(answer, CoodieError) else flow.send(answer)
        except StopIteration as done:
            return done.value


COLUMNS = "table_name column_name type kind position clustering_order"


def column(name, cql_type="text", kind="regular", position=-1, order="none", table="event"):
    return (COLUMNS, table, name, cql_type, kind, position, order)
