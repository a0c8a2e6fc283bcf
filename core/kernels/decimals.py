"""Numbers written out in decimals, read from the bytes of a text with one row a line."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import int8, int64, njit, types, uint8, uint64
from numba.extending import intrinsic

from core.kernels.exponential import from_bits

U = np.uint64
ZEROS, SIXES, SEVENS, HIGHS = U(0x3030303030303030), U(0x7676767676767676), U(0x7F7F7F7F7F7F7F7F), U(0x8080808080808080)
ONES, PAIRS = U(0x0101010101010101), U(0x000000FF000000FF)
HUNDREDS, UNITS = U(0x000F424000000064), U(0x0000271000000001)
LOW_HALF = U(0xFFFFFFFF)
NONE, ONE, THREE, EIGHT, TEN = U(0), U(1), U(3), U(8), U(10)
HALF, TO_BYTES, TO_TOP = U(32), U(56), U(63)
LAST_BITS, EVERY_BIT = U(0x1FF), U(0xFFFFFFFFFFFFFFFF)
EXACT = U(1 << 53)
HIDDEN = 1 << 52

NEWLINE, RETURN, QUOTE, PLUS, MINUS = 10, 13, 34, 43, 45
MOST_DIGITS = 19
"""Digits that a whole number of 64 bits holds in any case."""
LONGEST_EXPONENT = 4

POWERS = np.array([10**n for n in range(9)], dtype=np.uint64)
EXACT_POWERS = np.array([10.0**n for n in range(23)])
LEAST_POWER, GREATEST_POWER = -342, 308


def _of_five(q: int) -> int:
    """5^q as 128 bits of which the first is 1; rounded down, or up where q < 0 (Lemire 2021, section 5)."""
    power: int = 5 ** abs(q)
    if q < 0:
        bits = (power - 1).bit_length()
        power = (1 << (bits + 127 if q >= -27 else 2 * bits + 128)) // power + 1
    return power << 128 >> power.bit_length()


FIVES = np.array(
    [[_of_five(q) >> 64, _of_five(q) & (1 << 64) - 1] for q in range(LEAST_POWER, GREATEST_POWER + 1)], dtype=np.uint64
)

DAMAGED, MANY = -1, -2
"""What `decimals` answers where rows do not have the columns they should have, and where too many cells are unclear."""


def _eight_bytes(typing_context: Any, text: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        word = builder.bitcast(builder.gep(held.data, [arguments[1]]), ir.IntType(64).as_pointer())
        return builder.load(word, align=1)

    return types.uint64(text, types.uint64), generate


def _zeros_behind(typing_context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


def _zeros_before(typing_context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


def _high_product(typing_context: Any, a: Any, b: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(one, wide) for one in arguments))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


def _ones(typing_context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


def _bytes_compared(how: str) -> Any:
    def compared(typing_context: Any, text: Any, place: Any, byte: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            held = context.make_array(signature.args[0])(context, builder, arguments[0])
            many = ir.VectorType(ir.IntType(8), 64)
            block = builder.load(builder.bitcast(builder.gep(held.data, [arguments[1]]), many.as_pointer()), align=1)
            one = builder.insert_element(ir.Constant(many, ir.Undefined), arguments[2], ir.Constant(ir.IntType(32), 0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), 64), None)
            mask = builder.icmp_unsigned(how, block, builder.shuffle_vector(one, one, zeros))
            return builder.bitcast(mask, ir.IntType(64))

        return types.uint64(text, types.uint64, types.uint8), generate

    return compared


eight_bytes: Any = intrinsic(_eight_bytes)
"""The eight bytes of a text that begin at a place, the first of them lowest."""
zeros_behind: Any = intrinsic(_zeros_behind)
"""How many bits are 0 behind the last 1; not for 0."""
zeros_before: Any = intrinsic(_zeros_before)
"""How many bits are 0 before the first 1; not for 0."""
high_product: Any = intrinsic(_high_product)
"""The higher 64 of the 128 bits of a product."""
ones: Any = intrinsic(_ones)
"""How many bits are 1."""
low_bytes: Any = intrinsic(_bytes_compared("<"))
"""Which of the 64 bytes from a place on are below this one; the first is the lowest bit."""
equal_bytes: Any = intrinsic(_bytes_compared("=="))
"""Which of the 64 bytes from a place on are this one; the first is the lowest bit."""


@njit(nogil=True)
def _nearest(w, q):  # type: ignore[no-untyped-def]
    """The double nearest to w 10^q, w > 0, or NaN where that takes longer to tell (Lemire 2021, algorithm 1)."""
    if q < LEAST_POWER or q > GREATEST_POWER:
        return np.nan
    zeros = zeros_before(w)
    w <<= zeros
    five = U(q - LEAST_POWER)
    high, low = high_product(w, FIVES[five, 0]), w * FIVES[five, 0]
    if high & LAST_BITS == LAST_BITS:
        further = high_product(w, FIVES[five, 1])
        low += further
        if low < further:
            high += ONE
    if low == EVERY_BIT:
        return np.nan
    shift = (high >> TO_TOP) + U(9)
    mantissa = high >> shift
    exponent = (((152170 + 65536) * q) >> 16) + 1086 + int64(high >> TO_TOP) - int64(zeros)
    if exponent <= 0 or exponent >= 2046:
        return np.nan
    if low <= ONE and -4 <= q <= 23 and mantissa & THREE == ONE and mantissa << shift == high:
        mantissa &= ~ONE  # half way between two doubles: to the even one
    mantissa = (mantissa + (mantissa & ONE)) >> ONE
    # A mantissa rounded up to 2^53 carries into the exponent, as it should.
    return from_bits((exponent << 52) + (int64(mantissa) - HIDDEN))


@njit(nogil=True, forceinline=True)
def _digits(text, p, w):  # type: ignore[no-untyped-def]
    """The digits from p on behind those of w, eight at a time: where they end, and the number that they make."""
    while True:
        read = eight_bytes(text, p) ^ ZEROS
        others = (((read & SEVENS) + SIXES) | read) & HIGHS
        whole = others == NONE
        before = EIGHT if whole else zeros_behind(others) >> THREE
        if not whole:
            read = (read << EIGHT) << (TO_BYTES - EIGHT * before)
        read = read * TEN + (read >> EIGHT)
        read = (((read & PAIRS) * HUNDREDS) + (((read >> U(16)) & PAIRS) * UNITS)) >> HALF
        w = w * POWERS[before] + (read & LOW_HALF)
        p += before
        if not whole:
            return p, w


@njit(nogil=True)
def _exponent(text, p, q):  # type: ignore[no-untyped-def]
    """q and the exponent at p: where it ends, and their sum; p itself where there is no number."""
    start = p
    p += ONE
    below = text[p] == MINUS
    if below or text[p] == PLUS:
        p += ONE
    first, power = p, 0
    while 48 <= text[p] <= 57 and p - first < U(LONGEST_EXPONENT):
        power = 10 * power + int64(text[p]) - 48
        p += ONE
    return (start if p == first else p), (q - power if below else q + power)


@njit(nogil=True)
def _significant(text, first, stop, point):  # type: ignore[no-untyped-def]
    """Number of digits from the first that is not 0."""
    n = 0
    for i in range(first, stop):
        n += (text[i] != point) & ((n > 0) | (text[i] != 48))
    return n


@njit(nogil=True, forceinline=True)
def _number(text, start, stop, point):  # type: ignore[no-untyped-def]
    """The plain decimal number from start to stop; NaN where it is none, or a long one."""
    sign = text[start]
    first = start + U((sign == MINUS) | (sign == PLUS))
    p, w = _digits(text, first, NONE)
    n = int64(p - first)
    q = 0
    if text[p] == point:
        behind = p + ONE
        p, w = _digits(text, behind, w)
        q = -int64(p - behind)
        n -= q
    if n == 0 or (n > MOST_DIGITS and _significant(text, first, p, point) > MOST_DIGITS):
        return np.nan
    if p != stop:
        if text[p] | 32 == 101:
            p, q = _exponent(text, p, q)
        if p != stop:
            return np.nan
    if w <= EXACT and -23 < q < 23:
        whole = float(int64(w))
        value = whole / EXACT_POWERS[-q] if q < 0 else whole * EXACT_POWERS[q]
    else:
        value = 0.0 if w == NONE else _nearest(w, q)
    return -value if sign == MINUS else value


@njit(nogil=True)
def _is_word(text, start, stop, words):  # type: ignore[no-untyped-def]
    """Whether these at most eight bytes, in lower case, are one of the words."""
    packed = NONE
    for i in range(stop, start, -1):
        c = text[i - 1]
        packed = (packed << EIGHT) | U(c | 32 if 65 <= c <= 90 else c)
    return (words == packed).any()


@njit(nogil=True)
def _ends(text, n, delimiter, found, many):  # type: ignore[no-untyped-def]
    """Where the cells of the first n bytes end, written to found (many + 64,); whether they are so many, all whole."""
    k, inside = 0, False
    for first in range(0, n, 64):
        place = U(first)
        ends = equal_bytes(text, place, delimiter) | equal_bytes(text, place, uint8(NEWLINE))
        quotes = equal_bytes(text, place, uint8(QUOTE))
        if inside or quotes != NONE:
            for i in range(64):
                inside ^= (quotes >> U(i)) & ONE != NONE
                if inside:
                    ends &= ~(ONE << U(i))
        if first + 64 > n:
            ends &= (ONE << U(n - first)) - ONE
        while ends != NONE:
            found[k] = first + int64(zeros_behind(ends))
            ends &= ends - ONE
            k += 1
        if k > many:
            return False
    return k == many and found[k - 1] == n - 1


@njit(nogil=True)
def _unquoted(text, start, stop):  # type: ignore[no-untyped-def]
    """The cell from start to stop without quotes around it; start behind stop where quotes stand as they may not."""
    n = 0
    for i in range(start, stop):
        n += text[i] == QUOTE
    if n == 0:
        return start, stop
    if n == 1 or text[start] != QUOTE or text[stop - 1] != QUOTE:
        return stop + 1, stop
    i = start + 1
    while i < stop - 1:
        if text[i] == QUOTE:
            i += 1
            if text[i] != QUOTE or i == stop - 1:
                return stop + 1, stop
        i += 1
    return start + 1, stop - 1


@njit(
    int64(
        types.Array(uint8, 1, "C", readonly=True),
        int64,
        uint8,
        uint8,
        types.Array(uint64, 1, "C", readonly=True),
        types.Array(uint8, 1, "C", readonly=True),
        types.Array(types.float64, 2, "C"),
        types.Array(int8, 2, "C"),
        types.Array(int64, 2, "C"),
    ),
    cache=True,
    nogil=True,
)
def decimals(text, n, delimiter, point, words, passed, values, kinds, unclear):  # type: ignore[no-untyped-def]
    """The cells of m lines of text, each of d columns, as numbers: how many are unclear, or why it cannot be done.

    text: n bytes, the last of them a line end, and 64 more of any kind. words: what means a missing cell, in lower
    case, packed in eight bytes. passed (d,): columns whose cells are not looked at. values (d, m): NaN where there is
    none; kinds (d, m): 0 a number, 1 missing, 2 unclear. unclear (u, 4): row, column, first and last byte of cells that
    are neither a short number nor missing for certain.
    """
    d, m = values.shape
    ends = np.empty(m * d + 64, dtype=np.int32)
    if not _ends(text, n, delimiter, ends, m * d):
        return DAMAGED
    n_unclear, next_start = 0, 0
    for row in range(m):
        for column in range(d):
            start, stop = next_start, int64(ends[row * d + column])
            next_start = stop + 1
            if text[stop] != (delimiter if column < d - 1 else NEWLINE):
                return DAMAGED
            if column == d - 1 and stop > start and text[stop - 1] == RETURN:
                stop -= 1
            value = np.nan if passed[column] else _number(text, U(start), U(stop), point)
            if value == value:
                values[column, row] = value
                kinds[column, row] = 0
                continue
            start, stop = _unquoted(text, start, stop)
            if start > stop:
                return DAMAGED
            if passed[column]:
                continue
            value = _number(text, U(start), U(stop), point)
            values[column, row] = value
            if value == value:
                kinds[column, row] = 0
            elif stop == start or (stop - start <= 8 and _is_word(text, start, stop, words)):
                kinds[column, row] = 1
            else:
                if n_unclear == unclear.shape[0]:
                    return MANY
                kinds[column, row] = 2
                unclear[n_unclear, 0], unclear[n_unclear, 1] = row, column
                unclear[n_unclear, 2], unclear[n_unclear, 3] = start, stop
                n_unclear += 1
    return n_unclear


@njit(
    types.Tuple((int64, int64, types.boolean))(  # type: ignore[no-untyped-call]
        types.Array(uint8, 1, "C", readonly=True), int64, types.boolean
    ),
    cache=True,
    nogil=True,
)
def lines(text, n, begins):  # type: ignore[no-untyped-def]
    """Of n bytes: how many line ends, the place behind the last (0 for none), and whether a line begins oddly.

    begins: whether the first byte begins a line. Odd is a blank, a control character, "#", or a line end at once.
    """
    count, behind, oddly, before = 0, 0, False, U(begins)
    blocks = n // 64
    for block in range(blocks):
        place = U(64 * block)
        ends = equal_bytes(text, place, uint8(NEWLINE))
        odd = low_bytes(text, place, uint8(33)) | equal_bytes(text, place, uint8(35))
        oddly |= odd & ((ends << ONE) | before) != NONE
        before = ends >> TO_TOP
        if ends != NONE:
            count += int64(ones(ends))
            behind = 64 * (block + 1) - int64(zeros_before(ends))
    for i in range(64 * blocks, n):
        oddly |= (before != NONE) & ((text[i] < 33) | (text[i] == 35))
        before = U(text[i] == NEWLINE)
        if text[i] == NEWLINE:
            count, behind = count + 1, i + 1
    return count, behind, oddly
