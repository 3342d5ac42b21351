"""What a document in memory has to be: what it holds, what it knows of its row, and what it would send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Final

from .operators import BEYOND, Change
from .server import Key, unfit
from .tables import COLUMNS, FIELDS, REQUIRED, STATIC, alike, shown

ABSENT: Final = "absent"
"""A field that was not loaded."""
UNKNOWN: Final = "unknown"
"""What the server has there was never asked and never told."""
EMPTY: Final = ((), frozenset(), {})
LOST: Final = "lost"
"""The same, but the document is about this column, so that it is loaded again."""


@dataclass(frozen=True)
class Default:
    """The document holds a default that it never sent; ``null`` is whether the server is known to have null."""

    value: Any
    null: bool = False


@dataclass(frozen=True)
class Memo:
    """One field: its value, whether the user or the server gave it, and what the server is known to have."""

    held: Any = ABSENT
    given: bool = False
    known: Any = UNKNOWN

    @property
    def is_told(self) -> bool:
        """Whether what the server has is known."""
        return self.known not in (UNKNOWN, LOST) and (not isinstance(self.known, Default) or self.known.null)

    @property
    def truth(self) -> Any:
        return None if isinstance(self.known, Default) else self.known

    @property
    def is_sent(self) -> bool:
        """Whether it goes with a whole row."""
        if self.held is ABSENT or self.given:
            return self.held is not ABSENT
        if isinstance(self.known, Default):
            return alike(self.held) != alike(self.known.value)
        return (self.is_told and self.truth is not None) or self.held not in (None, *EMPTY)

    def assigned(self, value: Any) -> Memo:
        return replace(self, held=value, given=True)

    def changed_in_place(self, value: Any) -> Memo:
        return replace(self, held=value)

    def is_change(self, name: str) -> bool:
        if not self.is_sent:
            return False
        if not self.is_told or isinstance(self.known, Default):
            return True
        empty = COLUMNS[name].empty
        held, known = (None if empty is not None and each == empty else each for each in (self.held, self.known))
        return bool(alike(held) != alike(known))


def of_null(name: str) -> Memo:
    """A field whose column is null."""
    held = shown(name, None)
    if held is REQUIRED:
        return Memo(known=None)
    return Memo(held, known=None if held in (None, COLUMNS[name].empty) else Default(held, null=True))


class Paper:
    """What is written down about one document."""

    def __init__(self, key: Key, memos: dict[str, Memo], known_key: tuple[str, int] | None, placed: bool) -> None:
        self.key = key  # as it holds it now
        self.memos = memos
        self.known_key = known_key
        self.placed = placed  # by using(), or because it was loaded or saved
        self.gone = False
        self.seen: int | None = None  # how many writes its partition had seen when it knew the row

    @classmethod
    def new(cls, key: Key, given: Mapping[str, Any], placed: bool) -> Paper:
        memos = {
            name: Memo(given[name], True) if name in given else Memo(column.default) for name, column in COLUMNS.items()
        }
        return cls(key, memos, None, placed)

    @classmethod
    def loaded(cls, key: Key, row: Mapping[str, Any], names: Iterable[str]) -> Paper:
        memos = dict.fromkeys(COLUMNS, Memo())
        for name in set(names) & COLUMNS.keys():
            value = shown(name, row[name])
            memos[name] = of_null(name) if row[name] is None else Memo(value, True, value)
        return cls(key, memos, key[1:], True)

    @property
    def partition(self) -> tuple[int, str] | None:
        """That of the row that it was loaded from or saved as."""
        return None if self.known_key is None else (self.key.place, self.known_key[0])

    def copy(self) -> Paper:
        other = copy(self)
        other.memos = dict(self.memos)
        return other

    @property
    def is_there(self) -> bool:
        """Whether the row that it would write is the one that it was loaded from or saved as."""
        return self.known_key == self.key[1:] and not self.gone

    @property
    def is_new(self) -> bool:
        return self.known_key is None

    def whole(self) -> dict[str, Any]:
        return {name: memo.held for name, memo in self.memos.items() if memo.is_sent}

    def to_send(self, full: bool = False) -> dict[str, Any] | None:
        """The columns of a save; None if it sends nothing."""
        whole = self.whole()
        if full or not self.is_there:
            return whole
        return {name: value for name, value in whole.items() if self.memos[name].is_change(name)} or None

    def changes(self) -> set[str]:
        if self.is_new:
            return set(FIELDS)
        return {*(self.to_send() or ()), *(() if self.is_there else FIELDS[:2])}

    def cannot_be_loaded(self, anew: bool) -> bool:
        """Whether no document could be made of what it holds; of a row that is ``anew``, the rest is null."""
        held = {name: memo.held for name, memo in self.memos.items() if memo.held is not ABSENT}
        return unfit(dict.fromkeys(COLUMNS) | held) if anew else unfit(held, held)

    def saved(self, sent: Mapping[str, Any], anew: bool, inserted: bool = False) -> None:
        for name, memo in self.memos.items():
            if name in sent:
                self.memos[name] = replace(memo, known=sent[name])
            elif anew:
                self.memos[name] = replace(memo, known=_unsent(name, memo.held, inserted and name not in STATIC))

    def keep_key(self, key: Key) -> None:
        """The row of that key was saved."""
        self.known_key, self.gone, self.placed = key[1:], False, True

    def changed(self, changes: Iterable[Change], before: Mapping[str, Memo], there: bool) -> None:
        """Some columns were written; ``before`` is how it was when this was planned."""
        for change in changes:
            name = change.column
            memo = self.memos[name]
            if change.whole:
                self.memos[name] = _set(change, memo, before[name].held, there)
            else:
                self.memos[name] = _partly(change, memo, there)

    def rolled_back(self) -> None:
        assert self.known_key is not None
        self.key = Key(self.key.place, *self.known_key)
        for name, memo in self.memos.items():
            if memo.known in (UNKNOWN, LOST):
                self.memos[name] = replace(memo, held=ABSENT, given=False)
            elif isinstance(memo.known, Default):
                self.memos[name] = replace(memo, held=memo.known.value, given=False)
            elif memo.known is None:
                self.memos[name] = of_null(name)
            else:
                self.memos[name] = replace(memo, held=memo.known, given=True)

    def about(self) -> list[str]:
        """The columns that ``refresh()`` loads."""
        return [name for name, memo in self.memos.items() if self.is_new or memo.known != UNKNOWN]

    def breaks_a_rule(self, changes: Iterable[Change]) -> bool:
        """Whether a change of a part makes a value that the field refuses, where the whole is known."""
        for change in changes:
            memo = self.memos[change.column]
            if change.whole or change.deletes or not memo.given or memo.held is ABSENT:
                continue
            value = _after(change, memo.held)
            if value is not BEYOND and value is not None and not COLUMNS[change.column].fits(value):
                return True
        return False


def _unsent(name: str, held: Any, null: bool) -> Any:
    """What is known of a column that was left as it is."""
    if held is ABSENT:
        return UNKNOWN
    return None if null and held in (None, COLUMNS[name].empty) else Default(held, null)


def _after(change: Change, old: Any) -> Any:
    value = change.after(COLUMNS[change.column].empty if old is None else old)
    return value if value is BEYOND or value is None else shown(change.column, value)


def _set(change: Change, memo: Memo, before: Any, there: bool) -> Memo:
    """The field after its column got a value of its own, or was deleted."""
    value = change.after(None)
    new = of_null(change.column) if value is None else Memo(value, True, value)
    if not change.deletes:
        new = replace(new, given=True, known=value)
    known = new.known if there else memo.known
    set_since = alike(memo.held) != alike(before)
    if set_since and (not there or memo.is_change(change.column)):
        return replace(memo, known=known)
    return replace(new, known=known)


def _partly(change: Change, memo: Memo, there: bool) -> Memo:
    """The field after a part of its column was changed."""
    if memo.held is ABSENT:
        return memo if memo.known == UNKNOWN else replace(memo, known=LOST)
    if not memo.is_sent and not memo.is_told:
        return memo  # a default
    if there and not memo.is_change(change.column):
        value = _after(change, None if memo.truth is None else memo.held)
        return Memo(known=LOST) if value is BEYOND else Memo(value, True, value)
    known = memo.known
    if there and memo.is_told:
        known = _after(change, memo.truth)
        known = LOST if known is BEYOND else known
    value = _after(change, memo.held)
    return Memo(known=known) if value is BEYOND else Memo(value, True, known)
