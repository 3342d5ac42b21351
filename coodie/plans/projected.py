"""Queries for the objects of a class of the user's, ``as_(Summary)``."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from coodie._errors import InvalidQueryError
from coodie.cql.message import Page, Statement
from coodie.mapping.model import Model
from coodie.mapping.projections import VECTOR, Projection, projection
from coodie.mapping.rows import read_rows
from coodie.plans.plan import Pages
from coodie.plans.reads import statement
from coodie.plans.spec import Spec
from coodie.plans.verbs import READ, check

M = TypeVar("M", bound=Model)


def projected(spec: Spec[M], model: type[Any]) -> Spec[M]:
    """The query for what the class selects. Raises `InvalidQueryError` for a class that selects nothing there is."""
    spec = spec.copy()
    spec.projection = projection(spec.mapper, model)
    spec.columns = spec.projection.columns
    return spec


def projected_statement(spec: Spec[Any]) -> Statement:
    """The SELECT of the query."""
    found = _projection(spec)
    first = statement(spec, selectors=found.selectors)
    if not found.values:
        return first
    if VECTOR in found.values and spec.ann is None:
        raise InvalidQueryError("Similarity() is that to the vector of order_by_ann(), which this query lacks")
    vector = None if spec.ann is None else spec.ann[1]
    values = tuple(vector if value is VECTOR else value for value in found.values)
    return Statement(first.cql, values + first.values, first.marks, first.kind, True, first.options, first.model)


def projected_pages(spec: Spec[Any]) -> Pages[Any]:
    """The objects of the query, page by page."""
    found, unreadable = _projection(spec), spec.unreadable

    def read(page: Page) -> list[Any]:
        return read_rows(partial(found.read, page.columns), page, found.rows(page), unreadable)

    return Pages(projected_first_trip(spec), read, spec.connection)


def projected_first_trip(spec: Spec[Any]) -> Statement | None:
    """`projected_statement`, or None if there is nothing to send."""
    check(spec, READ)
    return None if spec.nothing else projected_statement(spec)


def _projection(spec: Spec[Any]) -> Projection[Any]:
    assert spec.projection is not None
    return spec.projection
