"""Statements about a table of tags, and a driver that a recorder may stand around."""

from coodie.cql.message import Kind, Mark, Page, Statement
from coodie.cql.types import parse_type

INSERT = "INSERT INTO t (id, tags) VALUES (?, ?)"


SELECT = Statement("SELECT id FROM t", kind=Kind.READ)


def marks(**types):
    return tuple(Mark(name, parse_type(kind)) for name, kind in types.items())


def insert(number=1, tags=()):
    return Statement(INSERT, (number, set(tags)), marks(id="int", tags="set<text>"))


class Inner:
    """A driver of both flavours that answers everything with one row."""

    def __init__(self):
        self.seen = []
        self.closed = 0

    def execute(self, request):
        self.seen.append(request)
        return Page(("n",), [(len(self.seen),)])

    async def aexecute(self, request):
        return self.execute(request)

    def close(self):
        self.closed += 1

    async def aclose(self):
        self.closed += 1
