"""Rows: a marker that says the row was inserted, cells by column, and when the row was deleted."""

from __future__ import annotations

from coodie.testing.memory.storage.cells import NEVER, Cell, Complex, Liveness, later, later_liveness


class Row:
    """One row, or the static part of a partition. What a statement writes is a row too, which is merged into this one.

    ``owner`` says whose it is: a table changes only rows of its own, and copies those that a snapshot has as well.
    """

    __slots__ = ("cells", "clustering", "deletion", "marker", "owner")

    def __init__(self, clustering: tuple[bytes, ...] = (), owner: object = None) -> None:
        self.clustering = clustering
        self.marker: Liveness | None = None
        self.deletion = NEVER
        self.cells: dict[str, Cell | Complex] = {}
        self.owner = owner

    def copy(self, owner: object) -> Row:
        """The same row for another owner."""
        made = Row(self.clustering, owner)
        made.marker, made.deletion = self.marker, self.deletion
        made.cells = {name: cell.copy() if isinstance(cell, Complex) else cell for name, cell in self.cells.items()}
        return made

    def merge(self, other: Row) -> None:
        """Take in what another row holds. Merging in any order, and twice, comes to the same."""
        if other.deletion > self.deletion:
            self.deletion = other.deletion
        if other.marker is not None:
            self.marker = later_liveness(self.marker, other.marker)
        cells = self.cells
        for name, cell in other.cells.items():
            old = cells.get(name)
            if isinstance(cell, Complex):
                if not isinstance(old, Complex):
                    cells[name] = old = Complex()
                old.merge(cell)
            else:
                cells[name] = later(old, cell) if isinstance(old, Cell) else cell
