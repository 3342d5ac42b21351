"""Reads of many documents by their keys: one request per key, or per group of keys in one partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Generic, TypeVar, cast

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.encode import encoder_of
from coodie.cql.message import Consistency
from coodie.cql.order import sort_key
from coodie.cql.types import CqlType
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import state_of
from coodie.plans.arguments import are_elements, is_mapping
from coodie.plans.patience import patient
from coodie.plans.plan import Flow, Placed, options_of, place_of, placed
from coodie.plans.reads import pages
from coodie.plans.spec import Spec
from coodie.plans.work import positive

M = TypeVar("M", bound=Model)

_AT_ONCE: Final = 50
"""The most values of an IN, all of them in one partition."""


class KeyReads(Generic[M]):
    """The reads of documents with some keys, as `coodie.plans.work.Work` without items; then `found` gives them."""

    def __init__(
        self,
        model: type[M] | Placed[M],
        keys: Iterable[Any],
        concurrency: int,
        attempts: int,
        *,
        consistency: Consistency | None = None,
        timeout: float | None = None,
    ) -> None:
        positive("concurrency=", concurrency)
        positive("attempts=", attempts)
        model, home = placed(model, "get_many")
        self._mapper: Mapper[M] = mapper_of(model)
        self._spec: Spec[M] = Spec(self._mapper, home)
        self._spec.options = options_of(self._mapper, consistency, None, timeout)
        self._attempts = attempts
        self.concurrency: int = concurrency
        self.connection: str | None = place_of(self._mapper, home)[1]
        self._keys = self._read_keys(keys)
        self._groups = list(self._grouped())
        self._left = iter(enumerate(self._groups))
        self._going = 0
        self._documents: dict[Any, M] = {}

    @property
    def is_over(self) -> bool:
        """Whether all answers are there, once `starting` was asked."""
        return not self._going

    def starting(self) -> Iterator[tuple[int, Flow[list[M]]]]:
        """The next reads."""
        for number, group in islice(self._left, self.concurrency - self._going):
            self._going += 1
            yield number, self._read(group)

    def received(self, number: int, answer: list[M]) -> tuple[float, Iterable[M]]:
        """Keep the documents of a read."""
        self._going -= 1
        group = self._groups[number]
        if len(group) == 1:
            self._documents.update(zip(group, answer, strict=False))
        else:
            for document in answer:
                state = state_of(document)
                key = None if state is None else mapper_of(type(document)).writer.key_in(state)
                assert key is not None
                self._documents[self._identity(key)] = document
        return 0.0, ()

    def found(self) -> list[M | None]:
        """The documents in the order of the keys."""
        return [self._documents.get(identity) for identity, _ in self._keys]

    def _read_keys(self, keys: Iterable[Any]) -> list[tuple[Any, dict[str, Any]]]:
        if not are_elements(keys):
            raise InvalidQueryError(f"get_many() takes an iterable of keys, not {a_type(keys)}")
        types = self._mapper.table.types
        columns = [types[name] for name in self._mapper.table.primary_key]
        partition = len(self._mapper.table.partition_key)
        self._identity = _identity_of(columns[:partition], columns[partition:])
        found: list[tuple[Any, dict[str, Any]]] = []
        for key in keys:
            where = self._named(key)
            spec = Spec(self._mapper)
            spec.add(where)
            found.append((self._identity([each[0] for each in spec.bound]), where))
        return found

    def _named(self, key: Any) -> dict[str, Any]:
        """A key by the names of its fields. Raises `InvalidQueryError` for one that lacks any."""
        names = self._mapper.key_names
        if is_mapping(key) and set(key) == set(names):
            return {name: key[name] for name in names}
        if len(names) == 1 and not is_mapping(key):
            return {names[0]: key}
        values = cast("Sequence[Any]", key)
        if isinstance(key, tuple) and len(values) == len(names):
            return dict(zip(names, values, strict=True))
        wanted = "a value" if len(names) == 1 else f"a tuple of {len(names)} values"
        raise InvalidQueryError(
            f"a key of {self._mapper.model.__name__} is {wanted}, or a dictionary by name: {', '.join(names)}"
        )

    def _grouped(self) -> Iterator[dict[Any, dict[str, Any]]]:
        """The keys without repetitions, in groups of those that one request can ask for."""
        distinct = dict(self._keys)
        if not self._mapper.table.clustering_key:
            yield from ({identity: where} for identity, where in distinct.items())
            return
        by_start: dict[Any, list[Any]] = {}
        for identity in distinct:
            by_start.setdefault(identity[:-1], []).append(identity)
        for together in by_start.values():
            for place in range(0, len(together), _AT_ONCE):
                yield {identity: distinct[identity] for identity in together[place : place + _AT_ONCE]}

    def _read(self, group: dict[Any, dict[str, Any]]) -> Flow[list[M]]:
        wheres = list(group.values())
        spec, where = self._spec.copy(), dict(wheres[0])
        if len(wheres) > 1:
            last = self._mapper.key_names[-1]
            del where[last]
            where[f"{last}__in"] = [each[last] for each in wheres]
        spec.add(where)
        found: list[M] = []
        asked = pages(spec)
        while (statement := asked.next) is not None:
            found += asked.take((yield from patient(statement, self._attempts)))
        return found


def _identity_of(partition: list[CqlType], clustering: list[CqlType]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The function that gives what is the same for equal keys: bytes for partitions, for clustering columns the order.

    A decimal 1.0 and 1.00 are one clustering key, but two partitions.
    """
    places = [encoder_of(each, sort_sets=True) for each in partition]
    orders = [(encoder_of(each, sort_sets=True), sort_key(each)) for each in clustering]

    def identity(key: Sequence[Any]) -> tuple[Any, ...]:
        start = [encode(value) for encode, value in zip(places, key, strict=False)]
        rest = [order(encode(value)) for (encode, order), value in zip(orders, key[len(places) :], strict=True)]
        return (*start, *rest)

    return identity
