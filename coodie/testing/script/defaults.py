"""The default answers of a recorder: those of a server with empty tables.

An answer that the application depends on is given only if the test allows it (``strict=False``).
"""

from __future__ import annotations

from typing import Final

from coodie.cql.message import Batch, Kind, Page, Request
from coodie.testing.reading import reads_schema
from coodie.testing.script.matching import is_conditional
from coodie.testing.script.replies import APPLIED, nothing

VOID: Final = Page()

HINT: Final = (
    "Script its answer, or let SELECTs find nothing and conditions be applied:\n"
    "RecordingDriver(strict=False), or @pytest.mark.coodie(strict=False) with the coodie_recorder fixture."
)


def default_answer(request: Request, *, strict: bool) -> Page | None:
    """The answer to a request that no rule matches; None if ``strict`` and the application would depend on it."""
    if is_conditional(request):
        return None if strict else Page((APPLIED,), [(True,)])
    if isinstance(request, Batch) or request.kind is not Kind.READ:
        return VOID
    return None if strict and not reads_schema(request.cql) else nothing(request)
