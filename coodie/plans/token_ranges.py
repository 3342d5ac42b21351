"""The ring of tokens in pieces, so that a table can be read piece by piece: who scans or changes a whole table uses it.

Every partition has a token, a number of 64 bits, and so belongs to exactly one piece, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from coodie.cql.message import Kind, Mark, Options, Statement
from coodie.cql.murmur3 import START
from coodie.cql.nodes import Name, Ref, Relation, Select, Selector, TokenCall
from coodie.cql.rendering.statements import render
from coodie.cql.types import BIGINT


class TokenRange(NamedTuple):
    """The tokens greater than ``after``, up to and including ``upto``."""

    after: int
    upto: int

    def piece(self, number: int, count: int) -> TokenRange:
        """The piece with that number, from 0, of ``count`` pieces of about the same size."""
        return TokenRange(self._border(number, count), self._border(number + 1, count))

    def _border(self, number: int, count: int) -> int:
        # Rounded up, so that pieces of the ring whose number is a power of two all have the same size.
        return self.after - (self.after - self.upto) * number // count


RING: Final = TokenRange(START, 2**63 - 1)
"""All tokens: no partition has the token at which the ring starts."""

MOST: Final = 1_000_000
"""The most pieces of the ring."""
_MARK: Final = Mark("partition key token", BIGINT)


@lru_cache(maxsize=256)
def select_of(table: Name, partition_key: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """``SELECT ... FROM ... WHERE token(...) > ? AND token(...) <= ?``."""
    token = TokenCall(tuple(Ref(name) for name in partition_key))
    where = (Relation(token, ">"), Relation(token, "<="))
    return render(Select(table, tuple(Selector(Ref(name)) for name in columns), where)).cql


def statement_of(cql: str, tokens: TokenRange, options: Options, model: type | None = None) -> Statement:
    """The request for the rows of a range, with the text that `select_of` gives."""
    return Statement(cql, tuple(tokens), (_MARK, _MARK), Kind.READ, True, options, model)


def shown(numbers: Iterable[int], count: int) -> str:
    """The numbers of pieces, and how many pieces there are, as a text such as ``256:0-12,15``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    listed = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"{count}:{listed}"


def read_back(text: str) -> tuple[set[int], int]:
    """The numbers of pieces, and how many pieces there are, from their text. Raises ValueError for another text."""
    counted, _, listed = text.partition(":")
    count = int(counted)
    numbers: set[int] = set()
    for run in filter(None, listed.split(",")):
        first, _, last = run.partition("-")
        ends = int(first), int(last or first)
        if not 0 <= ends[0] <= ends[1] < count <= MOST:
            raise ValueError(f"{run} of {count}")
        numbers.update(range(ends[0], ends[1] + 1))
    return numbers, count
