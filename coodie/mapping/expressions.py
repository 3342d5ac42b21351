"""Fields of classes as operands of conditions: ``Event.ts >= start``.

An operand only names what is compared, and a `Condition` only says how and with which value. Queries check both against
their model, by the same rules as for filters that are given by keyword.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, NoReturn, TypeAlias, TypeVar

from coodie._errors import InvalidQueryError
from coodie._words import a_class, a_type
from coodie.mapping.annotations import field_annotation
from coodie.mapping.usertype import UserType

T = TypeVar("T")

Left: TypeAlias = Literal["column", "part", "entry", "token", "tuple"]
"""What is compared: a column, a field of a user-defined type, an entry of a map or list, a token, several columns."""


class Comparison(NamedTuple):
    """The shape of one comparison: what is compared, and the suffix of the operator in ``cql/operators.py``.

    ``part`` is the field of a user-defined type. ``raw`` is whether a token is compared with a number.
    """

    left: Left
    names: tuple[str, ...]
    suffix: str = ""
    part: str | None = None
    raw: bool = False

    def __str__(self) -> str:
        """The comparison in the words of a filter by keyword, as far as there are any."""
        names = ", ".join(self.names)
        shown = {"tuple": f"({names})", "token": f"token({names})", "part": f"{names}.{self.part}"}.get(
            self.left, names
        )
        suffix = "entry" if self.left == "entry" and not self.suffix else self.suffix
        return f"{shown}__{suffix}" if suffix else shown


class Target(NamedTuple):
    """What an operand names: fields of a class, one part of a field, or the ``key`` of an entry."""

    model: type[Any]
    left: Left
    names: tuple[str, ...]
    part: str | None = None
    key: Any = None

    def __str__(self) -> str:
        return f"{self.model.__name__}.{Comparison(self.left, self.names, '', self.part)}"


class Condition:
    """A condition for ``find()``, ``filter()`` and ``if_conditions``: the result of ``Event.ts >= start``."""

    __slots__ = ("suffix", "target", "value")

    def __init__(self, target: Target, suffix: str, value: object) -> None:
        self.target = target
        self.suffix = suffix
        self.value = value

    def __repr__(self) -> str:
        """The field and the operator; never the value."""
        return f"<Condition {self.target.model.__name__}.{comparison_of(self)}>"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"the condition on {self.target} has no truth value: pass it to find(), filter() or if_conditions=[...]; "
            "several conditions are separated by commas, not by and, or, not, nor chained as in a < b < c"
        )


class Operand(Generic[T]):
    """Something that is compared with a ``T``, which gives a `Condition`."""

    __slots__ = ("__coodie_target__",)

    def __init__(self, target: Target) -> None:
        self.__coodie_target__ = target

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return compared(self, "", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return compared(self, "ne", other)

    def __lt__(self, other: T) -> Condition:
        return compared(self, "lt", other)

    def __le__(self, other: T) -> Condition:
        return compared(self, "lte", other)

    def __gt__(self, other: T) -> Condition:
        return compared(self, "gt", other)

    def __ge__(self, other: T) -> Condition:
        return compared(self, "gte", other)

    def __hash__(self) -> int:
        return hash(self.__coodie_target__[:4])

    def __repr__(self) -> str:
        return f"<{self.__coodie_target__}>"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.__coodie_target__} is a column, which has no truth value; compare it with a value")


class FieldOperand(Operand[Any]):
    """A field of a class, ``Event.ts``; with a user-defined type its fields are attributes: ``User.address.zip``."""

    __slots__ = ()

    def __contains__(self, _: object) -> NoReturn:
        raise TypeError(
            f"whether {self.__coodie_target__} contains a value is asked by contains({self.__coodie_target__}, value)"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self.__coodie_target__} is a column, which has no elements here")

    def __getitem__(self, key: object) -> Operand[Any]:
        return entry_of(self, key)

    if not TYPE_CHECKING:  # type checkers see the type of the field

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):  # also asked for by copy and pickle, before there is a target
                raise AttributeError(f"a column has no attribute {name!r}")
            target = self.__coodie_target__
            if target.left == "column" and name in _parts(target):
                return part_of(self, name)
            raise AttributeError(f"{target} is a column of {target.model.__name__}, and has no attribute {name!r}")


class Ordering(NamedTuple):
    """One column of ``order_by()``: the result of ``asc(Event.ts)`` or ``desc(Event.ts)``."""

    column: Any
    descending: bool = False


def compared(operand: Operand[Any], suffix: str, value: object) -> Condition:
    """The condition that compares the operand with a value by the operator with that suffix."""
    target = target_of(operand)
    if isinstance(value, (Operand, Condition)):
        raise InvalidQueryError(f"{target} is compared with another column or condition; CQL compares it with a value")
    return Condition(target, suffix, value)


def field_operand(model: type[Any], name: str) -> FieldOperand:
    """The operand for a field of a class."""
    return FieldOperand(Target(model, "column", (name,)))


def part_of(column: object, name: object) -> Operand[Any]:
    """The operand for one field of a user-defined type. Raises `InvalidQueryError` for a field that it lacks."""
    target = column_target(column, "part()")
    parts = _parts(target)
    if not isinstance(name, str) or name not in parts:
        shown = repr(name[:60]) if isinstance(name, str) else a_type(name)
        known = f"it has: {', '.join(parts)}" if parts else "it is no user-defined type"
        raise InvalidQueryError(f"{target} has no part {shown}; {known}")
    return FieldOperand(target._replace(left="part", part=name))


def entry_of(column: object, key: object) -> Operand[Any]:
    """The operand for one entry of a map or list."""
    return FieldOperand(column_target(column, "entry()")._replace(left="entry", key=key))


def operand_of_all(left: Left, what: str, columns: tuple[object, ...]) -> Operand[Any]:
    """The operand for several columns of one class, or for their token. Raises `InvalidQueryError`."""
    if not columns:
        raise InvalidQueryError(f"{what} needs at least one column")
    targets = [column_target(column, what) for column in columns]
    models = {target.model for target in targets}
    if len(models) > 1:
        raise InvalidQueryError(f"{what} takes columns of one class, not of {', '.join(sorted(map(a_class, models)))}")
    return Operand(Target(targets[0].model, left, tuple(target.names[0] for target in targets)))


def target_of(operand: object, what: str = "a condition") -> Target:
    """What an operand names. Raises `InvalidQueryError` for anything else."""
    if not isinstance(operand, Operand):
        raise InvalidQueryError(f"{what} takes a column, such as Event.ts, not {a_type(operand)}")
    found: Target = operand.__coodie_target__
    return found


def column_target(operand: object, what: str) -> Target:
    """The target of an operand that is a whole column. Raises `InvalidQueryError` for anything else."""
    target = target_of(operand, what)
    if target.left != "column":
        raise InvalidQueryError(f"{what} takes a whole column, not {target}")
    return target


def comparison_of(condition: Condition) -> Comparison:
    """The shape of a condition."""
    return Comparison(condition.target.left, condition.target.names, condition.suffix, condition.target.part)


def check_model(target: Target, model: type[Any]) -> None:
    """Raise `InvalidQueryError` unless the columns belong to the model or to a class that it is derived from."""
    if not issubclass(model, target.model):
        raise InvalidQueryError(
            f"{target} belongs to {target.model.__name__}, and this is about {model.__name__}; "
            f"take the column of {model.__name__}"
        )


def column_name_of(column: object, model: type[Any], what: str) -> str:
    """The name of the field that an operand names, which must belong to the model."""
    target = column_target(column, what)
    check_model(target, model)
    return target.names[0]


def _parts(target: Target) -> tuple[str, ...]:
    """The fields of the user-defined type of a column; empty for any other type."""
    bare = field_annotation(target.model, target.names[0]).bare
    return tuple(bare.model_fields) if isinstance(bare, type) and issubclass(bare, UserType) else ()
