"""Scans: whole tables, read by ranges of tokens, several of them at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final, Generic, TypeAlias, TypedDict, TypeVar

from coodie._errors import DecodeError, InvalidQueryError
from coodie._functions import is_plain
from coodie._words import a_type
from coodie.cql.codecs.codec import Encoder
from coodie.cql.encode import encoder_of
from coodie.cql.message import Consistency, Options, Page, Statement
from coodie.cql.names import quote
from coodie.cql.nodes import Name
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home, state_of
from coodie.plans.answers import rows_of
from coodie.plans.pace import Pace
from coodie.plans.patience import ATTEMPTS, patient
from coodie.plans.plan import Flow, destination_of, place_of, reader_of
from coodie.plans.scan_state import DIGEST_BYTES, Position, Progress, read_progress
from coodie.plans.spec import Spec, number_of_rows
from coodie.plans.token_ranges import MOST, RING, TokenRange, select_of, statement_of
from coodie.plans.work import positive
from coodie.tables.table import Table

M = TypeVar("M", bound=Model)
T = TypeVar("T")
A = TypeVar("A")

Row: TypeAlias = tuple[Any, ...]

PAGE_ROWS: Final = 1000
_RANGES_EACH: Final = 8
"""How many ranges there are for each that is read at the same time, so that all end at about the same time."""


class ScanOptions(TypedDict, total=False):
    """The keyword options of ``scan()``, except ``concurrency``."""

    only: Iterable[str] | None
    state: str | None
    unreadable: Callable[[DecodeError], object] | None
    fetch_size: int
    rate: float | None
    attempts: int
    consistency: Consistency | None
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Split(Generic[M]):
    """A part of a table: the rows whose tokens are in one of ``count`` pieces of the ring.

    ``Model.splits(64)`` gives all of them; ``read_split()`` of either API reads one, in any process that has the
    connection. A split can be pickled.
    """

    model: type[M]
    number: int
    count: int
    home: Home | None = None

    @property
    def tokens(self) -> TokenRange:
        """The tokens of the split: greater than the first number, up to and including the second one."""
        return RING.piece(self.number, self.count)

    def __repr__(self) -> str:
        """The model and the place in the ring."""
        return f"<split {self.number} of {self.count} of {self.model.__name__}>"


def splits(model: type[M], count: int, home: Home | None = None) -> list[Split[M]]:
    """The whole table in ``count`` splits."""
    positive("splits()", count, most=MOST)
    mapper_of(model)
    return [Split(model, number, count, home) for number in range(count)]


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """The table of a scan, and how its rows become items; ``key_of`` is the key of an item as it stands in its row."""

    table: Table
    place: Name
    connection: str | None
    columns: tuple[str, ...]
    options: Options
    read: Callable[[Page], Sequence[T]]
    key_of: Callable[[T], tuple[Any, ...]]
    model: type[Any] | None = None
    home: Home | None = None
    unreadable: Callable[[DecodeError], object] | None = None

    @property
    def cql(self) -> str:
        """The SELECT of a range."""
        return select_of(self.place, self.table.partition_key, self.columns)


def source_of(
    model: type[M],
    home: Home | None,
    only: Iterable[str] | None,
    unreadable: Callable[[DecodeError], object] | None,
    options: Options,
) -> Source[M]:
    """The source of documents. Raises `InvalidQueryError` for an unknown field."""
    if unreadable is not None and not is_plain(unreadable):
        raise InvalidQueryError(f"unreadable= takes a plain function of one error, not {a_type(unreadable)}")
    if isinstance(only, str):
        raise InvalidQueryError("only= takes a list of names, not one text")
    mapper = mapper_of(model)
    spec = Spec(mapper) if only is None else Spec(mapper).only(tuple(only))
    keyspace, connection = place_of(mapper, home)

    def key_of(document: M) -> tuple[Any, ...]:
        # As it was loaded, which the field's validators may have changed in the document.
        state = state_of(document)
        key = None if state is None else mapper_of(type(document)).writer.key_in(state)
        assert key is not None
        return key

    return Source(
        mapper.table,
        Name(mapper.table.name, keyspace),
        connection,
        spec.columns or mapper.selected,
        options,
        reader_of(mapper, home, unreadable),
        key_of,
        model,
        home,
        unreadable,
    )


def scan_of_split(split: Split[M], **options: Any) -> Scanning[M]:
    """The scan of a split. Raises `InvalidQueryError` for something else, and for an option that is wrong."""
    if not isinstance(split, Split):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidQueryError(f"read_split() takes a split, as splits() gives it, not {a_type(split)}")
    return scan_of(split.model, split.home, split=split, **options)


def table_source(table: Table, names: Iterable[str], connection: str | None, options: Options) -> Source[Row]:
    """The source of the rows of a table as tuples: the columns of its key, then those with these names."""
    columns = tuple(dict.fromkeys((*table.primary_key, *names)))
    key = len(table.primary_key)
    return Source(
        table,
        Name(table.name, table.keyspace),
        connection,
        columns,
        options,
        lambda page: rows_of(page, columns),
        lambda row: row[:key],
    )


def scan_of(
    model: type[M],
    home: Home | None,
    *,
    concurrency: int,
    split: Split[M] | None = None,
    only: Iterable[str] | None = None,
    state: str | None = None,
    unreadable: Callable[[DecodeError], object] | None = None,
    fetch_size: int = PAGE_ROWS,
    rate: float | None = None,
    attempts: int = ATTEMPTS,
    consistency: Consistency | None = None,
    timeout: float | None = None,
) -> Scanning[M]:
    """The scan of a model's table, or of one split of it. Raises `InvalidQueryError` for an option that is wrong."""
    options = destination_of(mapper_of(model), home, consistency, None, timeout)[2]
    options = options.with_(fetch_size=number_of_rows("fetch_size=", fetch_size))
    source = source_of(model, home, only, unreadable, options)
    return Scanning(source, concurrency, split=split, state=state, rate=rate, attempts=attempts)


class Scanning(Generic[T]):
    """A scan that is under way: what it reads, and what was handed out of it."""

    __slots__ = (
        "_current",
        "_digest",
        "attempts",
        "concurrency",
        "documents",
        "pace",
        "progress",
        "run",
        "source",
        "tokens",
    )

    def __init__(
        self,
        source: Source[T],
        concurrency: int,
        *,
        split: Split[Any] | None = None,
        state: str | None = None,
        rate: float | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        positive("concurrency=", concurrency, most=MOST // _RANGES_EACH)
        positive("attempts=", attempts)
        if rate is not None:
            positive("rate=", rate, whole=False)
        self.documents: Source[T] = source
        self.source: Source[Any] = source
        self.concurrency: int = concurrency
        self.attempts: int = attempts
        self.pace: Pace = Pace(rate)
        self.tokens: TokenRange = RING if split is None else split.tokens
        table = quote(source.table.name)
        subject = f"the table {table}" if split is None else f"split {split.number} of {split.count} of {table}"
        ranges = 1 if concurrency == 1 else concurrency * _RANGES_EACH
        self.progress: Progress = Progress(subject, ranges) if state is None else read_progress(state, subject)
        self.run: Run[Any] | None = None
        self._current: tuple[int, Page, Sequence[Any], int] | None = None
        types = source.table.types
        self._digest = _digester([types[name] for name in source.table.primary_key])

    def state(self) -> str:
        """The text that covers the items that were handed out."""
        return self.progress.text(self._at())

    def begin(self, source: Source[Any] | None = None) -> Run[Any]:
        """Start to read what has not been handed out; a run that was under way must not go on.

        With ``source`` the same rows become other items.
        """
        if (current := self._at()) is not None:
            self.progress.positions[current[0]] = current[1]
            self._current = None
        self.source = self.documents if source is None else source
        self.run = Run(self)
        return self.run

    def mark(self) -> Callable[[], None]:
        """The function that takes back what is handed out from now on, unless another run has begun by then."""
        run, progress, current = self.run, self.progress.copy(), self._current

        def go_back() -> None:
            if self.run is run:
                self.progress, self._current = progress.copy(), current

        return go_back

    def items_of(self, number: int, page: Page) -> Sequence[Any]:
        """The items of a page that are to be handed out."""
        passed = self.progress.positions.get(number, Position()).passed
        if passed:
            places = self._key_places(page)
            rows = [row for row in page.rows if self._digest([row[place] for place in places]) not in passed]
            page = replace(page, rows=rows)
        return self.source.read(page)

    def hand_out(self, number: int, page: Page, items: Sequence[A]) -> Iterator[A]:
        """The items of a page one by one; each is recorded as it is handed out."""
        for place, item in enumerate(items, 1):
            self._current = (number, page, items, place)
            yield item
        self._current = None
        self.progress.advance(number, page.paging_state, self._still_passed(number, page))

    def _at(self) -> tuple[int, Position] | None:
        """The range whose page is handed out now, and how far."""
        if self._current is None:
            return None
        number, page, items, place = self._current
        before = self.progress.positions.get(number, Position())
        keys = {self._digest(key) for key in self._keys(page)}
        left = {self._digest(self.source.key_of(item)) for item in items[place:]}
        return number, Position(before.page, before.passed | (keys - left))

    def _still_passed(self, number: int, page: Page) -> frozenset[bytes]:
        """The rows that were handed out before and have not been met again: they may be in the next page."""
        passed = self.progress.positions.get(number, Position()).passed
        return passed - {self._digest(key) for key in self._keys(page)} if passed else passed

    def _keys(self, page: Page) -> Iterator[list[Any]]:
        places = self._key_places(page)
        return ([row[place] for place in places] for row in page.rows)

    def _key_places(self, page: Page) -> list[int]:
        return [page.columns.index(name) for name in self.source.table.primary_key]


class TableScan(Generic[M]):
    """What scans of both APIs have in common."""

    __slots__ = ("_scanning",)

    def __init__(self, scanning: Scanning[M]) -> None:
        self._scanning = scanning

    def __repr__(self) -> str:
        """What is scanned."""
        return f"<{type(self).__name__} of {self._scanning.progress.subject}>"

    def state(self) -> str:
        """A text that covers the documents that were handed out: ``Event.scan(state=...)`` goes on behind them.

        Ask for it when the last one is done with, for example after every thousand. It contains paging states, hence
        keys in clear, and is valid for this table and for servers of one version.
        """
        return self._scanning.state()

    @property
    def progress(self) -> float:
        """The part of the table that has been handed out, from 0 to 1, in steps of whole ranges."""
        progress = self._scanning.progress
        return len(progress.finished) / progress.ranges


def scanning_of(scan: TableScan[M]) -> Scanning[M]:
    """What a scan does."""
    return scan._scanning  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of the class above


class Run(Generic[T]):
    """One iteration over a scan, as `coodie.plans.work.Work`: the number of a flow is that of its range."""

    __slots__ = ("_going", "_left", "_next", "_scanning")

    def __init__(self, scanning: Scanning[T]) -> None:
        self._scanning = scanning
        self._left = iter(scanning.progress.left())
        self._going: set[int] = set()
        self._next: list[tuple[int, bytes | None]] = []

    @property
    def connection(self) -> str | None:
        """The connection of the table."""
        return self._scanning.source.connection

    @property
    def concurrency(self) -> int:
        """How many pages are read at the same time."""
        return self._scanning.concurrency

    @property
    def is_over(self) -> bool:
        """Whether all pages have been received, once `starting` was asked."""
        return not self._going

    def starting(self) -> Iterator[tuple[int, Flow[Page]]]:
        """The next pages of ranges that are being read, and the first ones of others."""
        while len(self._going) < self.concurrency:
            if self._next:
                number, page = self._next.pop()
            elif (number := next(self._left, -1)) >= 0:
                page = self._scanning.progress.positions.get(number, Position()).page
            else:
                return
            self._going.add(number)
            yield number, patient(self._request(number, page), self._scanning.attempts)

    def received(self, number: int, answer: Page) -> tuple[float, Iterator[T]]:
        """The items of a page; the page after it can be read meanwhile."""
        scanning = self._scanning
        if scanning.run is not self:
            raise InvalidQueryError("this scan is iterated over by another loop, which goes on from where it was")
        self._going.discard(number)
        items = scanning.items_of(number, answer)
        if answer.paging_state is not None:
            self._next.append((number, answer.paging_state))
        return scanning.pace.reserve(len(items)), scanning.hand_out(number, answer, items)

    def _request(self, number: int, page: bytes | None) -> Statement:
        scanning = self._scanning
        source, tokens = scanning.source, scanning.tokens.piece(number, scanning.progress.ranges)
        options = source.options if page is None else source.options.with_(paging_state=page)
        return statement_of(source.cql, tokens, options, source.model)


def _digester(types: Sequence[Any]) -> Callable[[Sequence[Any]], bytes]:
    """The function that gives a short digest of a key."""
    encoders: list[Encoder] = [encoder_of(each, sort_sets=True) for each in types]

    def digest(key: Sequence[Any]) -> bytes:
        hashed = blake2b(digest_size=DIGEST_BYTES)
        for encode, value in zip(encoders, key, strict=True):
            try:
                data = b"" if value is None else encode(value)
            except (TypeError, ValueError):  # a value that Python cannot hold
                data = repr(value).encode()
            hashed.update(len(data).to_bytes(4, "big") + data)
        return hashed.digest()

    return digest
