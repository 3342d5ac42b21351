"""Reads of partitions and of the whole table, those included in which there are static values and no row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from coodie import DecodeError, DocumentNotFound, MultipleDocumentsFound

from .machine import Machine
from .paper import Paper
from .server import Key, unfit
from .steps import WAY
from .tables import COLUMNS, alike, plain


class Reading(Machine):
    """Several documents at a time."""

    def rows_of(self, place: int, shop: str | None) -> list[tuple[Key, dict[str, Any]]]:
        found: list[tuple[Key, dict[str, Any]]] = []
        for key in self.server.keys(place, shop):
            row = self.server.row(key)
            assert row is not None
            found.append((key, row))
        return found

    def read(self, data: st.DataObject) -> None:
        place, shop, way = data.draw(st.integers(0, 1)), data.draw(st.integers(0, 1)), data.draw(WAY)
        what, other = data.draw(st.integers(0, 3)), data.draw(st.booleans())
        if what == 0:
            self.read_all(place, shop if way % 3 else None, way, other)
        elif what == 1:
            self.read_first(place, shop, way, other)
        elif what == 2:
            self.read_one(place, shop, way)
        else:
            self.read_values(place, way)

    def read_all(self, place: int, shop: int | None, way: int, pages: bool) -> None:
        name = None if shop is None else self.shops[shop]
        rows = self.rows_of(place, name)
        query = self.query(place, way, **({} if name is None else {"shop": name}))
        query = query.fetch_size(1) if pages else query
        assert self.do(query.exists()) is bool(rows)
        if name is not None:
            assert self.do(query.count()) == len(rows) + len(self.server.bare(place, name))
        if any(unfit(row) for _, row in rows):
            with pytest.raises(DecodeError):
                self.do(query.all())
        errors: list[DecodeError] = []
        found = self.do(query.unreadable(errors.append).all())
        if name is None:
            found.sort(key=lambda each: (each.shop, each.number))
        assert len(errors) == sum(unfit(row) for _, row in rows)
        papers = [Paper.loaded(key, row, COLUMNS) for key, row in rows if not unfit(row)]
        assert len(found) == len(papers)
        for document, paper in zip(found, papers, strict=True):
            self.keep(document, paper, loaded=True)

    def read_first(self, place: int, shop: int, way: int, passes: bool) -> None:
        """With ``unreadable()`` it is the first that fits."""
        name = self.shops[shop]
        rows, query = self.rows_of(place, name), self.query(place, way, shop=name)
        if passes and way < 4:
            rows, query = [(key, row) for key, row in rows if not unfit(row)], query.unreadable(lambda error: None)
        call = query.first if way < 4 else lambda: self.world.places[place].find_one(shop=name)
        if not rows:
            assert self.do(call()) is None
        elif unfit(rows[0][1]):
            with pytest.raises(DecodeError):
                self.do(call())
        else:
            self.keep(self.do(call()), Paper.loaded(*rows[0], COLUMNS), loaded=True)

    def read_one(self, place: int, shop: int, way: int) -> None:
        rows = self.rows_of(place, self.shops[shop])
        query = self.query(place, way, shop=self.shops[shop])
        if len(rows) != 1:
            # Of two rows that do not fit, nobody says that there are two.
            wrong = DecodeError if any(unfit(row) for _, row in rows) else MultipleDocumentsFound
            with pytest.raises(wrong if rows else DocumentNotFound):
                self.do(query.one())
        elif unfit(rows[0][1]):
            with pytest.raises(DecodeError):
                self.do(query.one())
        else:
            self.keep(self.do(query.one()), Paper.loaded(*rows[0], COLUMNS), loaded=True)

    def read_values(self, place: int, way: int) -> None:
        """Lists of values, and ``distinct()``: partitions without rows are among them."""
        bare = self.server.bare(place)
        rows = self.rows_of(place, None)
        query = self.query(place, way)
        shops = sorted({key.shop for key, _ in rows} | set(bare))
        expected = [(shop, alike(self.server.value(Key(place, shop, 0), "owner"))) for shop in shops]
        assert sorted(self.do(query.distinct().values_list("shop", "owner").all())) == expected
        values = self.do(query.values_list("shop", "number", "note", "tags", "labels").all())
        told = [(key.shop, key.number, row["note"], row["tags"], row["labels"]) for key, row in rows]
        told += [(shop, None, None, None, self.server.value(Key(place, shop, 0), "labels")) for shop in bare]
        assert {(each[0], each[1]): tuple(map(plain, each[2:])) for each in values} == {
            (each[0], each[1]): (each[2], each[3] or frozenset(), each[4] or frozenset()) for each in told
        }
