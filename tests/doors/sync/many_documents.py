# Derived by tests/derive.py: edit tests/doors/aio/many_documents.py,
# then run `tox -e sync`.
"""Documents that tests write many of, and the numbers of a report."""

from typing import Annotated

from coodie.sync import Document
from coodie.fields import PrimaryKey, Static


class Row(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tags: list[str] = []


class Event(Document):
    user: Annotated[int, PrimaryKey()]
    at: Annotated[int, PrimaryKey(clustering=True)]
    plan: Annotated[str | None, Static()] = None
    note: str = ""
    notes: list[str] = []


def rows(count):
    return [Row(id=number, name="n") for number in range(count)]


def numbers(report):
    return report.done, len(report.failed), len(report.unknown)
