# Derived by tests/derive.py: edit tests/doors/aio/test_vectors.py,
# then run `tox -e sync`.
"""Vectors that an index holds, and those that it does not."""

from functools import partial
from typing import Annotated

import pytest

from coodie.sync import Document
from coodie.exceptions import (
    InvalidQueryError,
)
from coodie.fields import Indexed, PrimaryKey, Vector, VectorIndex


class Spot(Document):
    id: Annotated[int, PrimaryKey()]
    near: Annotated[list[float] | None, Vector(2), VectorIndex()] = None
    also: Annotated[list[float] | None, Vector(2), Indexed(using="sai")] = None
    far: Annotated[list[float] | None, Vector(2), VectorIndex("EUCLIDEAN")] = None
    plain: Annotated[list[float] | None, Vector(2)] = None


ZERO, NAN, INF = [0.0, -0.0], [float("nan"), 1.0], [1.0, float("-inf")]


@pytest.mark.parametrize(
    ("name", "vector"),
    [
        *(("near", vector) for vector in (ZERO, [1e-46, 0], NAN, INF, [1.1e17, 0], [0, -1.1e17])),
        *(("also", vector) for vector in (ZERO, NAN)),
        *(("far", vector) for vector in (NAN, INF, [1.1e17, 0])),
    ],
)
def test_a_vector_that_no_index_holds_is_refused(coodie_recorder, name, vector):
    """A replica would fail on it: an outcome that stays unknown, and a partition without conditions from then on."""
    assigned = Spot(id=1)
    setattr(assigned, name, vector)
    why = f"^Spot.{name}: (COSINE compares directions|a vector with an index holds numbers)"
    for write in (
        assigned.save,
        assigned.insert,
        partial(Spot(id=1).update, {name: vector}),
        partial(Spot.find(id=1).update, {name: vector}),
        partial(Spot.create, {name: vector}, id=1),
    ):
        with pytest.raises(InvalidQueryError, match=why):
            write()
    with pytest.raises(InvalidQueryError, match=why):
        Spot.find().limit(1).order_by_ann(name, vector)
    assert coodie_recorder.calls == []


@pytest.mark.parametrize(
    ("name", "vector"),
    [("near", [1e-45, 0]), ("near", [1e17, -1e17]), ("far", ZERO), ("plain", ZERO), ("plain", NAN), ("near", None)],
)
def test_a_vector_that_its_index_holds_is_saved(coodie_recorder, name, vector):
    Spot(id=1, **{name: vector}).save()
    assert repr(coodie_recorder.last.params[name]) == repr(None if vector is None else list(map(float, vector)))
