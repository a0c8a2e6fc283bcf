"""Several numbers at a time, as a processor's vector registers hold them, for kernels that are to be as fast as it is.

Inside compiled functions, `load` takes LANES float64 from an array; they are added, multiplied and divided like one
number; `store` puts them back. A plain loop is vectorised where the compiler sees that it may be; these always are.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import binding, ir
from numba import njit, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from core.kernels.exponential import (
    LEAST,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    ROUNDER,
    SQRT_HALF_BITS,
    log_near_one,
    power_of_e_near_one,
)

LANES = 8 if binding.get_host_cpu_features().get("avx512f") else 4
"""Numbers in a vector: what one register holds, or two where they are short."""
INTEGERS = ir.VectorType(ir.IntType(64), LANES)
VECTOR = ir.VectorType(ir.DoubleType(), LANES)


class LanesType(types.Type):
    """The type of LANES numbers."""

    def __init__(self) -> None:
        super().__init__(name=f"lanes{LANES}")


LANES_TYPE = LanesType()
EITHER = (LanesType, types.Float)


@register_model(LanesType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)  # type: ignore[no-untyped-call]


def _spread(builder: Any, number: Any) -> Any:
    """The same number in every lane."""
    first = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(VECTOR, ir.Undefined), everywhere)


def _vectors(builder: Any, kinds: Any, arguments: Any) -> list[Any]:
    return [one if kind == LANES_TYPE else _spread(builder, one) for kind, one in zip(kinds, arguments, strict=True)]


def _define(symbol: Any, instruction: str) -> None:
    """Lets compiled code write a + b where one or both are lanes."""

    class Typing(AbstractTemplate):
        def generic(self, arguments: Any, keywords: Any) -> Any:
            if LANES_TYPE in arguments and all(isinstance(one, EITHER) for one in arguments):
                return signature(LANES_TYPE, *arguments)  # type: ignore[no-untyped-call]
            return None

    def lower(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        # Contraction alone: a product and a sum become one instruction, and nothing else is rearranged.
        return getattr(builder, instruction)(*_vectors(builder, types_of.args, arguments), flags=("contract",))

    infer_global(symbol)(Typing)  # type: ignore[no-untyped-call]
    for kinds in ((LanesType, LanesType), (LanesType, types.Float), (types.Float, LanesType)):
        lower_builtin(symbol, *kinds)(lower)  # type: ignore[no-untyped-call]


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_symbol, _instruction)


def _address(context: Any, builder: Any, kind: Any, array: Any, place: Any) -> Any:
    start = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(start, [place]), ir.PointerType(VECTOR))


def _load(typing_context: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        return builder.load(_address(context, builder, types_of.args[0], *arguments), align=8)

    return LANES_TYPE(array, types.intp), generate


def _load_every(typing_context: Any, array: Any, place: Any, step: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        kind, (given, at, stride) = types_of.args[0], arguments
        address = builder.gep(context.make_array(kind)(context, builder, given).data, [at])
        lanes = ir.Constant(VECTOR, ir.Undefined)
        for lane in range(LANES):
            lanes = builder.insert_element(lanes, builder.load(address), ir.Constant(ir.IntType(32), lane))
            address = builder.gep(address, [stride])
        return lanes

    return LANES_TYPE(array, types.intp, types.intp), generate


def _store(typing_context: Any, array: Any, place: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        address = _address(context, builder, types_of.args[0], *arguments[:2])
        builder.store(arguments[2], address, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, LANES_TYPE), generate


def _spreading(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        return _spread(builder, arguments[0])

    return LANES_TYPE(types.float64), generate


def _larger(typing_context: Any, one: Any, other: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        first, second = _vectors(builder, types_of.args, arguments)
        return builder.select(builder.fcmp_unordered(">", first, second), first, second)

    return LANES_TYPE(one, other), generate


def _zero_below(typing_context: Any, number: Any, limit: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        compared, least, kept = _vectors(builder, types_of.args, arguments)
        return builder.select(builder.fcmp_ordered("<", compared, least), ir.Constant(VECTOR, [0.0] * LANES), kept)

    return LANES_TYPE(number, limit, value), generate


def _times_power_of_two(typing_context: Any, number: Any, rounded: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        pattern, exponent = (builder.bitcast(one, INTEGERS) for one in arguments)
        moved = builder.shl(exponent, ir.Constant(INTEGERS, [52] * LANES))
        return builder.bitcast(builder.add(pattern, moved), VECTOR)

    return LANES_TYPE(number, rounded), generate


def _power_of_two_in(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        pattern = builder.bitcast(arguments[0], INTEGERS)
        beyond = builder.sub(pattern, ir.Constant(INTEGERS, [SQRT_HALF_BITS] * LANES))
        return builder.sitofp(builder.ashr(beyond, ir.Constant(INTEGERS, [52] * LANES)), VECTOR)

    return LANES_TYPE(number), generate


def _without_power_of_two(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        pattern = builder.bitcast(arguments[0], INTEGERS)
        beyond = builder.sub(pattern, ir.Constant(INTEGERS, [SQRT_HALF_BITS] * LANES))
        power = builder.and_(beyond, ir.Constant(INTEGERS, [-1 << 52] * LANES))
        return builder.bitcast(builder.sub(pattern, power), VECTOR)

    return LANES_TYPE(number), generate


def _total(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:
        place = ir.IntType(32)
        numbers = [builder.extract_element(arguments[0], ir.Constant(place, i)) for i in range(LANES)]
        while len(numbers) > 1:
            numbers = [builder.fadd(one, other) for one, other in zip(numbers[::2], numbers[1::2], strict=True)]
        return numbers[0]

    return types.float64(number), generate


load: Any = intrinsic(_load)
"""load(array, i): LANES numbers of an array from place i on."""
load_every: Any = intrinsic(_load_every)
"""load_every(array, i, step): places i, i + step, i + 2 step, …"""
store: Any = intrinsic(_store)
"""store(array, i, lanes): puts them there."""
spread: Any = intrinsic(_spreading)
"""spread(number): the same number in every lane."""
larger: Any = intrinsic(_larger)
"""larger(one, other): the larger in every lane; the first where it is NaN."""
zero_below: Any = intrinsic(_zero_below)
"""zero_below(number, limit, value): 0 where number < limit, else value."""
total: Any = intrinsic(_total)
"""total(lanes): their sum, added in pairs."""
_times_two_to: Any = intrinsic(_times_power_of_two)
_two_to_in: Any = intrinsic(_power_of_two_in)
_mantissa: Any = intrinsic(_without_power_of_two)


@njit(forceinline=True, error_model="numpy")
def exp(x):  # type: ignore[no-untyped-def]
    """e to the power of lanes that are not above 709: as core.kernels.exponential has it."""
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    return zero_below(x, LEAST, _times_two_to(power_of_e_near_one(r), shifted))


@njit(forceinline=True, error_model="numpy")
def log(x):  # type: ignore[no-untyped-def]
    """The natural logarithm of lanes that are normal positive numbers, or NaN: as core.kernels.exponential has it."""
    n = _two_to_in(x)
    return log_near_one(_mantissa(x) - 1.0, n) + 0.0 * x
