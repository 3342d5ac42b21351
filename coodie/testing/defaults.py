"""What a recorder alone answers when no rule does: what a server with empty tables would.

An answer that the application would act on is given only when the test asked for it (``strict=False``).
"""

from __future__ import annotations

from typing import Final

from coodie.cql.message import Batch, Kind, Page, Request
from coodie.cql.show import show_request
from coodie.testing.errors import UnexpectedCall
from coodie.testing.reading import reads_schema

VOID: Final = Page()
APPLIED: Final = Page(("[applied]",), [(True,)])

_HINT: Final = (
    "Script its answer, or let SELECTs find nothing and conditions be applied:\n"
    "RecordingDriver(strict=False), or @pytest.mark.coodie(strict=False) with the coodie_recorder fixture."
)


def default_answer(request: Request, *, strict: bool) -> Page:
    """The answer to a request that no rule matches. Raises `UnexpectedCall` for one that steers the application."""
    if isinstance(request, Batch):
        return _steering(request, APPLIED, strict) if request.conditional else VOID
    if request.kind is Kind.CONDITIONAL:
        return _steering(request, APPLIED, strict)
    if request.kind is not Kind.READ or reads_schema(request.cql):
        return VOID
    return _steering(request, VOID, strict)


def _steering(request: Request, answer: Page, strict: bool) -> Page:
    if strict:
        raise UnexpectedCall(f"nothing was scripted to answer this call:\n\n{show_request(request)}\n\n{_HINT}")
    return answer
