"""Rows: the marker of an insertion, cells by column, and the timestamp of the last deletion."""

from __future__ import annotations

from coodie.testing.memory.storage.cells import NEVER, Cell, Complex, Liveness, later, later_liveness


class Row:
    """One row, or the static part of a partition. The changes of a statement are a row as well, which is merged into
    it.

    A table changes only rows of which it is the ``owner``, and first copies those that a snapshot shares.
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
        """Merge another row into this one. The order of merges, and repeating one, makes no difference."""
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
