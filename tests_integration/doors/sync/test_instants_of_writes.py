# Derived by tests/derive.py: edit tests_integration/doors/aio/test_instants_of_writes.py,
# then run `tox -e sync`.
"""`CreatedAt` and `UpdatedAt` on a real cluster: what is in the row is what the document holds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated

import pytest

from coodie.sync import BatchQuery, Document, save_many
from coodie.fields import CreatedAt, PrimaryKey, Timestamp, UpdatedAt, Version
from coodie.types import NaiveDatetime


class Page(Document):
    id: Annotated[int, PrimaryKey()]
    text: str = ""
    created: Annotated[datetime | None, CreatedAt()] = None
    updated: Annotated[datetime | None, UpdatedAt()] = None

    class Settings:
        name = "instants_of_pages"


class Sheet(Document):
    id: Annotated[int, PrimaryKey()]
    created: Annotated[NaiveDatetime | None, CreatedAt()] = None
    updated: Annotated[int, UpdatedAt(), Timestamp()] = 0
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "instants_of_sheets"


@pytest.fixture(autouse=True)
def tables(connection):
    Page.sync_table()
    Sheet.sync_table()


def test_what_was_set_is_what_is_loaded():
    before = datetime.now(timezone.utc) - timedelta(milliseconds=1)
    page = Page.create(id=1, text="a")
    assert before <= page.created == page.updated <= datetime.now(timezone.utc)
    assert Page.get(id=1) == page
    created, page.text = page.created, "b"
    page.save()
    assert page.created == created <= page.updated
    assert Page.get(id=1) == page
    page.update(text="c")
    assert Page.get(id=1) == page
    with BatchQuery() as batch:
        Page.find(id=1).update(text="d", batch=batch)
    found = Page.get(id=1)
    assert (found.text, found.created) == ("d", created)
    assert found.updated >= page.updated
    report = save_many([Page(id=number) for number in range(2, 5)])
    assert report.done == 3
    assert all([each.created is not None for each in Page.find(id__in=[2, 3, 4]).only("created")])


def test_they_stand_beside_a_version():
    sheet = Sheet.create(id=1)
    sheet.save(full=True)
    assert Sheet.get(id=1) == sheet
    assert (sheet.version, type(sheet.created), sheet.created.tzinfo, type(sheet.updated)) == (2, datetime, None, int)
    assert Sheet(id=2).insert()
    assert (Sheet.get(id=2)).updated > 0
