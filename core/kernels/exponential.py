"""The exponential and the logarithm out of sums and products, which a loop takes of several numbers at once.

math.exp and math.log are calls, one for each number, and a loop that calls is not vectorised; these are inlined. They
bring their own rules of rounding, whatever fastmath flags the loop has.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LOG2_E = 1.4426950408889634
LN2_HIGH = 6.93147180369123816490e-01
"""ln 2 to 32 bits, so that its products with exponents are exact (fdlibm); LN2_LOW is the rest."""
LN2_LOW = 1.90821492927058770002e-10
ROUNDER = 1.5 * 2.0**52
"""A number that is added to it is rounded to an integer, which stands in the lowest bits of the sum."""
LEAST, LARGEST = -708.0, 709.782712893384
"""Where the exponential is taken for 0 (at 3e-308, the last that has all its digits), and where it overflows."""
SMALLEST_NORMAL = 2.0**-1022
SUBNORMAL_SCALE = 2.0**54
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


def _bits_of(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


def _from_bits(typing_context: Any, pattern: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


bits_of: Any = intrinsic(_bits_of)
"""The 64 bits of a float64 as an integer."""
from_bits: Any = intrinsic(_from_bits)
"""The float64 that has these 64 bits."""


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def power_of_e_near_one(r):  # type: ignore[no-untyped-def]
    """e to the power of |r| ≤ ½ ln 2, by a polynomial of degree 11 interpolated in Chebyshev's nodes, to 2e-17."""
    tail = r * 2.510038319586702e-08 + 2.7620085455018414e-07
    tail = tail * r + 2.7557268464831627e-06
    tail = tail * r + 2.4801521302241082e-05
    tail = tail * r + 1.9841269863050506e-04
    tail = tail * r + 1.388888891720967e-03
    tail = tail * r + 8.333333333330063e-03
    tail = tail * r + 4.1666666666624136e-02
    tail = tail * r + 1.6666666666666669e-01
    tail = tail * r + 5.000000000000001e-01
    return (tail * r) * r + r + 1.0


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def log_near_one(f, n):  # type: ignore[no-untyped-def]
    """n ln 2 + ln(1 + f) for 1 + f from √½ to √2, by a series in f / (2 + f) as in fdlibm (Sun Microsystems 1993)."""
    s = f / (f + 2.0)
    z = s * s
    tail = z * 1.479819860511658591e-01 + 1.531383769920937332e-01
    tail = tail * z + 1.818357216161805012e-01
    tail = tail * z + 2.222219843214978396e-01
    tail = tail * z + 2.857142874366239149e-01
    tail = tail * z + 3.999999999940941908e-01
    tail = tail * z + 6.666666666666735130e-01
    half_square = f * f * 0.5
    return n * LN2_HIGH - ((half_square - (s * (half_square + z * tail) + n * LN2_LOW)) - f)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def exp_of_negative(x: float) -> float:
    """The same of numbers that are not above 709."""
    shifted = x * LOG2_E + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    value: float = from_bits(bits_of(power_of_e_near_one(r)) + (bits_of(shifted) << 52))
    return 0.0 if x < LEAST else value


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def exp(x: float) -> float:
    """e to the power of x within 1 ulp or so: 0 below −708, ∞ above 709.78, NaN of NaN.

    2ⁿ eʳ with |r| ≤ ½ ln 2 (Cody and Waite 1980).
    """
    return inf if x > LARGEST else exp_of_negative(x)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def log(x: float) -> float:
    """The natural logarithm of x within 1 ulp or so: −∞ of 0, ∞ of ∞, NaN below 0 and of NaN."""
    is_small = x < SMALLEST_NORMAL
    pattern = bits_of(x * SUBNORMAL_SCALE if is_small else x)
    power = (pattern - SQRT_HALF_BITS) >> 52
    n = float(power) - (54.0 if is_small else 0.0)
    value: float = log_near_one(from_bits(pattern - (power << 52)) - 1.0, n)
    value = value if x < inf else x
    value = -inf if x == 0.0 else value
    return nan if x < 0.0 else value
