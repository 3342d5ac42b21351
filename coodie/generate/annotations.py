"""The annotations of columns, and the imports that they need."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from coodie._errors import InvalidQueryError
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector, parts_of
from coodie.generate.layout import call_of

_FIRST: Final = ("datetime", "decimal", "ipaddress", "typing", "uuid")
"""The modules of the standard library, which are imported before all others."""

_OTHERWISE: Final = {
    "duration": (("coodie.types", "CqlDuration"),),
    "inet": (("ipaddress", "IPv4Address"), ("ipaddress", "IPv6Address")),
}
"""Types whose annotation is not simply the first one in their row of natives."""


class Imports:
    """The names that a module imports, by the module they come from."""

    def __init__(self) -> None:
        self._names: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, module: str, name: str) -> str:
        """Import the name, and return it."""
        if module != "builtins":
            self._names[module].add(name)
        return name

    def lines(self) -> list[str]:
        """The import statements, sorted: the standard library, then others, then coodie."""
        groups = (
            [module for module in self._names if module in _FIRST],
            [module for module in self._names if module not in _FIRST and not module.startswith("coodie")],
            [module for module in self._names if module.startswith("coodie")],
        )
        return [line for group in groups if group for line in (*(self._line(module) for module in sorted(group)), "")]

    def _line(self, module: str) -> str:
        return call_of(f"from {module} import ", sorted(self._names[module]), "", ("(", ")"), bare=True)


class Annotations:
    """Writes annotations. ``classes`` are the names of the classes of user-defined types by the names of the types."""

    def __init__(self, imports: Imports, classes: dict[str, str]) -> None:
        self.imports = imports
        self.classes = classes

    def of(self, cql_type: CqlType, *, hashable: bool = False) -> str:
        """The annotation of a value inside another or of a frozen one; ``hashable`` for elements of sets and for keys.

        Raises `InvalidQueryError` for a type that no annotation stands for.
        """
        marker = self._marker(cql_type)
        plain = self._plain(cql_type, hashable)
        return plain if marker is None else self.annotated(plain, marker)

    def annotated(self, plain: str, *markers: str) -> str:
        """``Annotated[...]`` with these markers, or ``plain`` if there are none."""
        return f"{self.imports.add('typing', 'Annotated')}[{', '.join((plain, *markers))}]" if markers else plain

    def part(self, cql_type: CqlType, hashable: bool) -> tuple[str, list[str]]:
        """The annotation of a field of a user-defined type without its markers, and the markers that it needs."""
        marker = self._marker(cql_type)
        return self._plain(cql_type, hashable), [] if marker is None else [marker]

    def column(self, cql_type: CqlType) -> tuple[str, list[str]]:
        """The annotation of a whole column without its markers, and the markers that its type needs."""
        match cql_type:
            case List(element, False):
                return f"list[{self.of(element)}]", []
            case Set(element, False):
                return f"set[{self.of(element, hashable=True)}]", []
            case Map(frozen=True):
                return self._plain(cql_type, False), [f"{self.imports.add('coodie.fields', 'Frozen')}()"]
            case Udt(frozen=False):
                return self._plain(cql_type, False), [f"{self.imports.add('coodie.fields', 'Frozen')}(False)"]
            case List() | Set():
                return self._plain(cql_type, True), []
            case _:
                return self.part(cql_type, False)

    def _marker(self, cql_type: CqlType) -> str | None:
        if isinstance(cql_type, Vector):
            return f"{self.imports.add('coodie.fields', 'Vector')}({cql_type.dimension})"
        if not isinstance(cql_type, Native) or cql_type.name not in NATIVES:
            return None
        row = NATIVES[cql_type.name]
        return None if row.plain or row.marker is None else f"{self.imports.add('coodie.fields', row.marker)}()"

    def _plain(self, cql_type: CqlType, hashable: bool) -> str:
        match cql_type:
            case Native(name):
                return self._native(name)
            case List(element) if hashable:
                return f"tuple[{self.of(element, hashable=True)}, ...]"
            case Vector(element) if hashable:
                return f"tuple[{self.of(element, hashable=True)}, ...]"
            case List(element) | Vector(element):
                return f"list[{self.of(element)}]"
            case Set(element):
                return f"{'frozenset' if hashable else 'set'}[{self.of(element, hashable=True)}]"
            case Map(key, value):
                return f"dict[{self.of(key, hashable=True)}, {self.of(value, hashable=hashable)}]"
            case Tuple(elements):
                return f"tuple[{', '.join(self.of(each, hashable=hashable) for each in elements)}]"
            case Udt(name):
                return self.classes[name]
            case _:
                raise InvalidQueryError(f"coodie has no annotation for the type {cql_type}")

    def _native(self, name: str) -> str:
        if name not in NATIVES:
            raise InvalidQueryError(f"coodie has no annotation for the type {name}")
        row = NATIVES[name]
        stands = row.plain[0] if row.plain else row.types[0]
        named = _OTHERWISE.get(name, ((stands.__module__, stands.__name__),))
        return " | ".join(self.imports.add(module, each) for module, each in named)


def hashed_types(cql_type: CqlType, inside: bool = False) -> set[str]:
    """The user-defined types in a type whose values must be hashable, since they are in a set or a key of a map."""
    match cql_type:
        case Set(element):
            return hashed_types(element, True)
        case Map(key, value):
            return hashed_types(key, True) | hashed_types(value, inside)
        case Udt(name) if inside:
            return {name}.union(*(hashed_types(part, True) for part in parts_of(cql_type)))
        case _:
            return set[str]().union(*(hashed_types(part, inside) for part in parts_of(cql_type)))
