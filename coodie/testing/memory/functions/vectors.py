"""Similarities of vectors, from 0 to 1, in 32 bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from struct import unpack
from typing import Final

from coodie.cql.types import NATIVE, CqlType, List, Vector
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.schema import NO_DIMENSION
from coodie.testing.memory.functions.registry import Argument, Factory, Function, Parameter, register
from coodie.testing.memory.java import pack_float, to_float
from coodie.testing.memory.type_names import class_name

_FLOAT: Final = NATIVE["float"]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    total = 0.0
    for a, b in zip(one, other, strict=True):
        total = to_float(total + to_float(a * b))
    return total


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine similarity: 1 for the same direction, 0 for the opposite one."""
    angle = to_float(_dot(one, other) / math.sqrt(_dot(one, one) * _dot(other, other)))
    return to_float(to_float(1 + angle) / 2)


def euclidean(one: Sequence[float], other: Sequence[float]) -> float:
    """The Euclidean similarity: 1 for the same point."""
    squares = 0.0
    for a, b in zip(one, other, strict=True):
        difference = to_float(a - b)
        squares = to_float(squares + to_float(difference * difference))
    return to_float(1 / to_float(1 + squares))


def dot_product(one: Sequence[float], other: Sequence[float]) -> float:
    """The similarity by dot product, meant for vectors of length 1."""
    return to_float(to_float(1 + _dot(one, other)) / 2)


SIMILARITIES: Final[dict[str, Callable[[Sequence[float], Sequence[float]], float]]] = {
    "cosine": cosine,
    "euclidean": euclidean,
    "dot_product": dot_product,
}


class _Similarity(Factory):
    """The similarity of two vectors, each of which may be a literal."""

    def made(self, arguments: Sequence[Argument], receiver: CqlType | None) -> Function:
        """The function for these arguments: a literal has the dimension of its own number of elements."""
        if len(arguments) != 2:
            raise errors.COUNT_FOR_FACTORY(self)
        own = [_vector_of(argument) for argument in arguments]
        types = [own[at] or receiver or own[1 - at] for at in (0, 1)]
        for kind, argument in zip(types, arguments, strict=True):
            if kind is None:
                raise errors.ARGUMENT_UNKNOWN(argument.text, self)
            if kind == Vector(_FLOAT, 0):
                raise NO_DIMENSION(0)
            if isinstance(kind, List) and kind.element != _FLOAT:
                raise errors.LIST_FOR_VECTOR(class_name(kind))
            if not isinstance(kind, Vector) or kind.element != _FLOAT:
                raise errors.ARGUMENT_NEEDED(f"system.{self.name}", "a float vector argument", argument.text, kind)
        first, second = types
        assert isinstance(first, Vector)  # the check has seen it
        if first != second:
            raise errors.OTHER_DIMENSION()
        work = SIMILARITIES[self.name.removeprefix("similarity_")]
        return Function(self.name, (first, first), _FLOAT, _call(self.name, work))


def _vector_of(argument: Argument) -> CqlType | None:
    size: int | None = getattr(argument, "size", None)
    return Vector(_FLOAT, size) if size is not None else argument.preferred() or argument.known()


def _call(name: str, work: Callable[[Sequence[float], Sequence[float]], float]) -> Callable[[bytes, bytes], bytes]:
    def call(one: bytes, other: bytes) -> bytes:
        vectors = [unpack(f">{len(data) // 4}f", data) for data in (one, other)]
        if name.endswith("cosine") and not all(any(vector) for vector in vectors):
            raise errors.ZERO_VECTOR(f"system.{name}")
        return pack_float(work(*vectors))

    return call


def _unmade(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    raise NotImplementedError


register(_Similarity(f"similarity_{name}", (Parameter("vector<float, n>"),) * 2, _unmade) for name in SIMILARITIES)
