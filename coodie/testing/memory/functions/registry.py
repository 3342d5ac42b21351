"""The table of functions, and the choice among functions of the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from coodie.cql.types import CqlType
from coodie.testing.memory.assignment import assigned
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import CqlError
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.typed import Run, State

Call: TypeAlias = Callable[..., "bytes | None"]
Unary: TypeAlias = Callable[[bytes], "bytes | None"]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function with its types. ``call`` gets the arguments as bytes, preceded by the `Run` if ``runs`` is set.

    ``nulls`` is whether it is called with nulls; for all other functions a null makes the result null. ``state`` makes
    it an aggregate. ``strict`` is whether its result can be assigned to its own type only.
    """

    name: str
    arguments: tuple[CqlType, ...]
    returns: CqlType
    call: Call | None = None
    nulls: bool = False
    runs: bool = False
    state: Callable[[], State] | None = None
    strict: bool = False

    @property
    def full_name(self) -> str:
        """The name as in messages."""
        return f"system.{self.name}"

    @property
    def signature(self) -> str:
        """The signature as in lists in messages."""
        name = f'"{self.name}"' if self.name.startswith("_") else self.name
        return f"system.{name} : ({', '.join(map(str, self.arguments))}) -> {self.returns}"


class Argument(Protocol):
    """An argument as far as it is known before a function is chosen."""

    text: str

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        ...

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        ...

    def preferred(self) -> CqlType | None:
        """Its type, known or assumed if nothing else determines it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter of a `Factory`: ``allows`` is whether a type is valid for it.

    An argument that has no type of its own gets the ``default``, or that of the receiver if ``received`` is set.
    """

    name: str
    wanted: str = ""
    fixed: CqlType | None = None
    allows: Callable[[CqlType], bool] = lambda _: True
    same_as: int | None = None
    default: CqlType | None = None
    received: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Factory:
    """Makes functions for the types of the arguments, such as ``min``, which accepts any type."""

    name: str
    parameters: tuple[Parameter, ...]
    make: Callable[[str, tuple[CqlType, ...], CqlType | None], Function]
    optional: int = 0

    def __str__(self) -> str:
        first = len(self.parameters) - self.optional
        names = [each.name if at < first else f"[{each.name}]" for at, each in enumerate(self.parameters)]
        return f"system.{self.name}({', '.join(names)})"

    def made(self, arguments: Sequence[Argument], receiver: CqlType | None) -> Function:
        """The function for these arguments."""
        if not len(self.parameters) - self.optional <= len(arguments) <= len(self.parameters):
            raise errors.COUNT_FOR_FACTORY(self)
        pairs = list(zip(self.parameters, arguments, strict=False))
        first = [self._type(each, argument, None, receiver) for each, argument in pairs]
        types: list[CqlType] = []
        for parameter, argument in pairs:
            found = self._type(parameter, argument, first, receiver)
            if found is None:
                raise errors.ARGUMENT_UNKNOWN(argument.text, self)
            if not parameter.allows(found):
                raise errors.ARGUMENT_NEEDED(f"system.{self.name}", parameter.wanted, argument.text, found)
            types.append(found)
        return self.make(self.name, tuple(types), receiver)

    def _type(
        self,
        parameter: Parameter,
        argument: Argument,
        others: list[CqlType | None] | None,
        receiver: CqlType | None,
    ) -> CqlType | None:
        if parameter.same_as is not None:
            other = others[parameter.same_as] if others is not None else None
            return other or argument.preferred()
        known = argument.preferred() or (receiver if parameter.received else parameter.default)
        if parameter.fixed is None:
            return known
        return parameter.fixed if known is None or parameter.allows(known) else known


FUNCTIONS: Final[dict[str, list[Function | Factory]]] = {}
"""All functions by name, including those of operators and casts."""


def register(functions: Iterable[Function | Factory]) -> None:
    """Add functions to the table."""
    for function in functions:
        FUNCTIONS.setdefault(function.name, []).append(function)


OPERATORS: Final = {"+": "_add", "-": "_substract", "*": "_multiply", "/": "_divide", "%": "_modulo"}
_SIGNS: Final = {name: sign for sign, name in OPERATORS.items()}


def resolve(
    name: str,
    keyspace: str | None,
    arguments: Sequence[Argument],
    receiver: CqlType | None,
    more: Sequence[Function] = (),
) -> Function | None:
    """The function for a call; None if none has its name. Raises the server's error if none fits, or several do."""
    if keyspace not in (None, "system"):
        return None
    found = [*FUNCTIONS.get(name, ()), *more]
    candidates = [each.made(arguments, receiver) if isinstance(each, Factory) else each for each in found]
    if not candidates:
        return None
    if len(candidates) == 1:
        _check_arguments(candidates[0], arguments)
        return candidates[0]
    told = f"{keyspace or 'system'}.{name}" if keyspace or name.startswith(("_", "cast_as_")) else name
    return _best(name, told, candidates, arguments, receiver)


def _check_arguments(function: Function, arguments: Sequence[Argument]) -> None:
    if len(arguments) != len(function.arguments):
        raise errors.COUNT_OF_ARGUMENTS(function.full_name, len(function.arguments), len(arguments))
    for at, (argument, cql_type) in enumerate(zip(arguments, function.arguments, strict=True)):
        if argument.test(cql_type) is Match.NOT:
            raise errors.WRONG_ARGUMENT(argument.text, at, function.full_name, cql_type)


def _best(
    name: str, told: str, candidates: list[Function], arguments: Sequence[Argument], receiver: CqlType | None
) -> Function:
    fitting: list[Function] = []
    exact: list[Function] = []
    for each in candidates:
        if receiver is not None and assigned(each.returns, receiver) is Match.NOT:
            continue
        match = _match(each, arguments)
        if match is not Match.NOT:
            (exact if match is Match.EXACT else fitting).append(each)
    if exact:
        return _steady(exact, receiver)
    if len(fitting) == 1:
        return fitting[0]
    sign = _SIGNS.get(name)
    if not fitting:
        raise _none_fits(sign, told, candidates, arguments)
    if sign is None:
        raise errors.AMBIGUOUS_NEGATION() if name == "_negate" else errors.AMBIGUOUS_CALL(told, _listed(fitting))
    if receiver is not None and not any("?" in each.text and _has_mark(each) for each in arguments):
        for each in fitting:
            if each.arguments == (receiver, receiver):
                return each
    raise errors.AMBIGUOUS_OPERATION(sign, *(each.text for each in arguments))


def _steady(exact: list[Function], receiver: CqlType | None) -> Function:
    """Which of those that fit exactly: ``1 + 300 + 3`` is a sum of a tinyint, a smallint or an int, and of an int.

    The server takes the first of a hash table, in an order that changes with each start, and then may refuse the 300.
    """
    wanted = [each for each in reversed(exact) if each.returns == receiver]
    return next(iter(wanted or [each for each in exact if len(set(each.arguments)) == 1] or exact))


def _has_mark(argument: Any) -> bool:
    return getattr(argument, "is_mark", False)


def _none_fits(sign: str | None, told: str, candidates: list[Function], arguments: Sequence[Argument]) -> CqlError:
    if sign is not None:
        return errors.NO_OPERATION(sign, *(each.text for each in arguments))
    return errors.NO_SIGNATURE(told, _listed(candidates))


def _match(function: Function, arguments: Sequence[Argument]) -> Match:
    if len(arguments) != len(function.arguments):
        return Match.NOT
    found = Match.EXACT
    for argument, cql_type in zip(arguments, function.arguments, strict=True):
        match = argument.test(cql_type)
        if match is Match.NOT:
            return Match.NOT
        found = max(found, match)
    return found


def _listed(functions: Iterable[Function]) -> str:
    """The list of signatures, sorted here: the server's order differs from one start to the next."""
    return ", ".join(sorted(each.signature for each in functions))


def run_function(function: Function, arguments: Sequence[bytes | None], run: Run) -> bytes | None:
    """The result of a function."""
    assert function.call is not None  # an aggregate has no call
    if not function.nulls and any(argument is None for argument in arguments):
        return None
    return function.call(run, *arguments) if function.runs else function.call(*arguments)
