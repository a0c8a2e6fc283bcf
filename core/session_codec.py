"""Values as JSON beside flat arrays, and back: only kinds of values that are known by name, never code."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

Json = Any
"""None, truth values, numbers, texts, lists, and dicts with texts for keys."""
DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
ARRAY, MAP, FLOAT, NUMBER, KIND, FIELDS = "array", "map", "float", "number", "is", "of"
COLUMNS, LEAF = "columns", "leaf"
LEAST_ITEMS, MOST_ITEMS = 16, 200_000
"""Values of one kind, one after the other, that are written as columns of numbers."""


@dataclass(frozen=True)
class StandIn:
    """What is written in the place of values of a kind: how it is made, and how they are made of it again."""

    made: Callable[[Any], Any]
    undone: Callable[[Any], Any]


_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    RuntimeError,
    StopIteration,
)
"""What making a value of nonsense may raise."""


class CodedError(ValueError):
    """What was written cannot be a value: it is damaged, of a later version, or was never one."""


class Kinds:
    """The kinds of values there are, by the names they have in a file: dataclasses and named tuples.

    stand_ins: kind that is not written itself → its stand-in, and the kind of that.
    """

    def __init__(
        self, kinds: Mapping[str, type[Any]], stand_ins: Mapping[type[Any], tuple[StandIn, type[Any]]] | None = None
    ) -> None:
        self.by_name = kinds
        self.stand_ins: dict[Any, StandIn] = {kind: one for kind, (one, _) in (stand_ins or {}).items()}
        self.undone: dict[Any, Callable[[Any], Any]] = {of: one.undone for one, of in (stand_ins or {}).values()}
        self.names: dict[Any, str] = {kind: name for name, kind in kinds.items()}
        # What a module imports for its annotations only is found among the kinds themselves.
        self._known: dict[str, Any] = {kind.__name__: kind for kind in kinds.values()} | {"Array": NDArray[np.float64]}
        self._hints: dict[type[Any], dict[str, Any]] = {}

    def fields(self, kind: type[Any]) -> dict[str, Any]:
        """The fields that make a value of this kind, each with what its annotation says."""
        if kind not in self._hints:
            own = vars(sys.modules[kind.__module__])
            hints = get_type_hints(kind, localns={name: of for name, of in self._known.items() if name not in own})
            self._hints[kind] = {name: hints[name] for name in _field_names(kind)}
        return self._hints[kind]


class Encoder:
    """Writes values down as JSON; the numbers of their arrays go into `pools`, one for each kind of number.

    An array that occurs twice, or as another view of the same memory, is written once.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.pools: dict[str, list[NDArray[Any]]] = {}
        self._kinds = kinds
        self._ends: dict[str, int] = {}
        self._known: dict[tuple[int, int, str], int] = {}

    def encode(self, value: object) -> Json:
        """A value as JSON. Raises TypeError where it is of a kind that has no name."""
        if value is None or isinstance(value, (bool, str)) or type(value) is int:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {FLOAT: repr(value)}
        if isinstance(value, np.generic):
            return {NUMBER: [value.dtype.name, self.encode(value.item())]}
        if isinstance(value, np.ndarray):
            return {ARRAY: self._place(value)}
        if isinstance(value, Mapping):
            return {MAP: [[self.encode(key), self.encode(item)] for key, item in value.items()]}
        kind: Any = type(value)
        if kind in self._kinds.stand_ins:
            return self.encode(self._kinds.stand_ins[kind].made(value))
        if kind in self._kinds.names:
            coded = {field: self.encode(getattr(value, field)) for field in self._kinds.fields(kind)}
            return {KIND: self._kinds.names[kind], FIELDS: coded}
        if isinstance(value, tuple) and kind is tuple:
            columns = self._columns(value) if LEAST_ITEMS <= len(value) <= MOST_ITEMS else None
            return columns or [self.encode(item) for item in value]
        raise TypeError(f"{kind.__qualname__} is no value that a session can hold")

    def _columns(self, items: tuple[object, ...]) -> Json | None:
        """Values that differ in their numbers alone, as one of them with columns of numbers; None where they do not."""
        first, rows = None, []
        for item in items:
            row: list[Any] = []
            form = self._form(item, row)
            if first is None:
                first = form
            if form is None or not row or form != first:
                return None
            rows.append(row)
        return {COLUMNS: [len(items), first, [self._place(np.array(column)) for column in zip(*rows, strict=True)]]}

    def _form(self, value: object, row: list[Any]) -> Json | None:
        """A value of a kind without its numbers, which are put into the row; None where there is more to it."""
        kind: Any = type(value)
        if kind is float or (isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype == np.float64):
            row.append(value)
            return {LEAF: -1 if kind is float else len(value)}  # type: ignore[arg-type]
        if kind not in self._kinds.names:
            return None
        forms = {field: self._form(getattr(value, field), row) for field in self._kinds.fields(kind)}
        return None if None in forms.values() else {KIND: self._kinds.names[kind], FIELDS: forms}

    def _place(self, array: NDArray[Any]) -> list[Json]:
        """Kind of number, where the numbers begin in their pool, and the shape; then the axes' order in memory."""
        dtype = array.dtype.name
        if dtype not in DTYPES:
            raise TypeError(f"an array of {dtype} is no value that a session can hold")
        axes = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
        laid = np.ascontiguousarray(array.transpose(axes)).reshape(-1)
        key = (laid.__array_interface__["data"][0], laid.size, dtype)
        at = self._known.get(key)
        if at is None:
            at = self._ends.get(dtype, 0)
            self._ends[dtype] = at + laid.size
            # The pool holds what is laid out here, so no other array can come to lie at the same place.
            self.pools.setdefault(dtype, []).append(laid)
            self._known[key] = at
        place = [dtype, at, list(array.shape)]
        return place if axes == list(range(array.ndim)) else [*place, axes]


class Decoder:
    """Makes values of what an Encoder wrote; pools: kind of number → all of them in a row.

    Everything is checked against what the fields of its kind say of themselves. Raises CodedError.
    """

    def __init__(self, kinds: Kinds, pools: Mapping[str, NDArray[Any]]) -> None:
        self._kinds, self._pools = kinds, pools

    def decode(self, coded: Json) -> Any:
        """The value."""
        try:
            return self._decoded(coded)
        except CodedError:
            raise
        except _DAMAGE as error:
            raise CodedError(str(error)) from error

    def _decoded(self, coded: Json) -> Any:
        if isinstance(coded, list):
            return tuple(self._decoded(item) for item in coded)
        if not isinstance(coded, dict):
            return coded
        if KIND in coded:
            return self._made(coded[KIND], {field: self._decoded(value) for field, value in coded[FIELDS].items()})
        (form, content), *others = coded.items()
        if others or form not in (ARRAY, MAP, FLOAT, NUMBER, COLUMNS):
            raise CodedError(f"{form!r} is no form of a value")
        if form == ARRAY:
            return self._array(*content)
        if form == COLUMNS:
            return self._items(*content)
        if form == MAP:
            return {self._decoded(key): self._decoded(item) for key, item in content}
        if form == NUMBER:
            dtype, number = content
            return np.dtype(_known_dtype(dtype)).type(self._decoded(number))
        if content not in ("nan", "inf", "-inf"):
            raise CodedError(f"{content!r} is no number")
        return float(content)

    def _items(self, n: int, form: Json, places: list[list[Json]]) -> tuple[Any, ...]:
        columns = [self._array(*place) for place in places]
        if not columns or not 0 < n <= MOST_ITEMS or any(len(column) != n for column in columns):
            raise CodedError("columns are not as long as they say")
        return tuple(self._filled(form, iter([column[row] for column in columns])) for row in range(n))

    def _filled(self, form: Json, row: Iterator[Any]) -> Any:
        if LEAF in form:
            number = next(row)
            return float(number) if form[LEAF] == -1 else number
        return self._made(form[KIND], {field: self._filled(of, row) for field, of in form[FIELDS].items()})

    def _made(self, name: str, values: Mapping[str, Any]) -> Any:
        kind = self._kinds.by_name.get(name)
        if kind is None:
            raise CodedError(f"{name!r} is no kind of value")
        hints = self._kinds.fields(kind)
        unknown = next((field for field in values if field not in hints), None)
        if unknown is not None:
            raise CodedError(f"{name!r} has no {unknown!r}")
        for field, value in values.items():
            if not fits(value, hints[field]):
                raise CodedError(f"the {field!r} of {name!r} is of the wrong kind")
        absent = next((field for field in _required(kind) if field not in values), None)
        if absent is not None:
            raise CodedError(f"{name!r} lacks its {absent!r}")
        made = kind(**values)
        return self._kinds.undone[kind](made) if kind in self._kinds.undone else made

    def _array(self, dtype: str, at: int, shape: list[int], axes: list[int] | None = None) -> NDArray[Any]:
        pool, size = self._pools[_known_dtype(dtype)], math.prod(shape)
        whole = all(type(n) is int and n >= 0 for n in (at, *shape))
        if not whole or at + size > len(pool) or len(shape) > 32:
            raise CodedError("an array lies outside of what was written")
        if axes is None:
            return pool[at : at + size].reshape(shape)
        if sorted(axes) != list(range(len(shape))):
            raise CodedError("the axes of an array are not those of its shape")
        return pool[at : at + size].reshape([shape[axis] for axis in axes]).transpose(np.argsort(axes))


def _known_dtype(name: str) -> str:
    if name not in DTYPES:
        raise CodedError(f"{name!r} is no kind of number")
    return name


def _field_names(kind: Any) -> list[str]:
    return [item.name for item in fields(kind) if item.init] if is_dataclass(kind) else list(kind._fields)


def _required(kind: type[Any]) -> tuple[str, ...]:
    """The fields without a default."""
    if is_dataclass(kind):
        bare = (item for item in fields(kind) if item.init and item.default is item.default_factory is MISSING)
        return tuple(item.name for item in bare)
    return tuple(name for name in kind._fields if name not in kind._field_defaults)


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of the kind that an annotation says."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and _fits_all(value, arguments)
    if origin is np.ndarray:
        (kind,) = get_args(arguments[1])
        return isinstance(value, np.ndarray) and (kind is Any or np.issubdtype(value.dtype, kind))
    if origin is not None and issubclass(origin, Mapping):
        of_key, of_item = arguments
        return isinstance(value, Mapping) and all(fits(k, of_key) and fits(v, of_item) for k, v in value.items())
    return _is_of(value, hint)


def _fits_all(values: tuple[object, ...], hints: tuple[Any, ...]) -> bool:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return all(fits(value, hints[0]) for value in values)
    return len(values) == len(hints) and all(map(fits, values, hints))


def _is_of(value: object, hint: Any) -> bool:
    exact: dict[Any, Callable[[], bool]] = {
        Any: lambda: True,
        None: lambda: value is None,
        NoneType: lambda: value is None,
        bool: lambda: isinstance(value, (bool, np.bool_)),
        int: lambda: isinstance(value, (int, np.integer)) and not isinstance(value, bool),
        float: lambda: isinstance(value, (float, int, np.floating, np.integer)) and not isinstance(value, bool),
    }
    if hint in exact:
        return exact[hint]()
    return isinstance(value, hint) if isinstance(hint, type) else True
