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
NONE, ONE, THREE, FOUR, SEVEN, EIGHT, TEN, SIXTEEN = U(0), U(1), U(3), U(4), U(7), U(8), U(10), U(16)
HALF, TO_BYTES, TO_TOP = U(32), U(56), U(63)
LAST_BITS, EVERY_BIT = U(0x1FF), U(0xFFFFFFFFFFFFFFFF)
EXACT = U(1 << 53)
HIDDEN = 1 << 52

NEWLINE, RETURN, QUOTE, PLUS, MINUS = 10, 13, 34, 43, 45
MOST_DIGITS = 19
"""Digits that a whole number of 64 bits holds in any case."""
LONGEST_EXPONENT = 4
TILE = 1024
"""Cells taken together, whose bytes stay in the nearest cache."""
BEFORE, BEHIND = 16, 64
"""Bytes that are looked at before and behind a text."""
LONG = U(22)
"""More digits behind the point than a short number has."""
BYTE, POWER_OF_EIGHT = U(0xFF), U(10**8)

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
def _zero_bytes(word):  # type: ignore[no-untyped-def]
    """The highest bit of each byte that is 0."""
    return ~(((word & SEVENS) + SEVENS) | word | SEVENS)


@njit(nogil=True, forceinline=True)
def _of_eight(digits):  # type: ignore[no-untyped-def]
    """The number that eight digits make, the first in the lowest byte (Lemire 2018)."""
    digits = digits * TEN + (digits >> EIGHT)
    return ((((digits & PAIRS) * HUNDREDS) + (((digits >> SIXTEEN) & PAIRS) * UNITS)) >> HALF) & LOW_HALF


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
        w = w * POWERS[before] + _of_eight(read)
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
    """Where the cells of n bytes end, written to found (many + 64,); whether they are so many, all whole."""
    k, inside = 0, False
    for first in range(BEFORE, BEFORE + n, 64):
        place = U(first)
        ends = equal_bytes(text, place, delimiter) | equal_bytes(text, place, uint8(NEWLINE))
        quotes = equal_bytes(text, place, uint8(QUOTE))
        if inside or quotes != NONE:
            for i in range(64):
                inside ^= (quotes >> U(i)) & ONE != NONE
                if inside:
                    ends &= ~(ONE << U(i))
        if first + 64 > BEFORE + n:
            ends &= (ONE << U(BEFORE + n - first)) - ONE
        while ends != NONE:
            found[k] = first + int64(zeros_behind(ends))
            ends &= ends - ONE
            k += 1
        if k > many:
            return False
    return k == many and found[k - 1] == BEFORE + n - 1


@njit(nogil=True)
def _unquoted(text, start, stop):  # type: ignore[no-untyped-def]
    """The cell without quotes about it, and whether it had some; start behind stop where they stand as they may not."""
    n = 0
    for i in range(start, stop):
        n += text[i] == QUOTE
    if n == 0:
        return start, stop, False
    if n == 1 or text[start] != QUOTE or text[stop - 1] != QUOTE:
        return stop + 1, stop, True
    i = start + 1
    while i < stop - 1:
        if text[i] == QUOTE:
            i += 1
            if text[i] != QUOTE or i == stop - 1:
                return stop + 1, stop, True
        i += 1
    return start + 1, stop - 1, True


@njit(nogil=True)
def _taken(text, ends, start, high, low, heads):  # type: ignore[no-untyped-def]
    """Of cells the last eight bytes, the eight before, and the first byte with the number of those behind a sign.

    Bytes are held against "0", so that digits are 0 to 9.
    """
    for i in range(ends.shape[0]):
        end = int64(ends[i])
        stop = end - ((text[end] == NEWLINE) & (text[end - 1] == RETURN))
        first = text[start]
        n = U(stop - start) - U((first == MINUS) | (first == PLUS))
        high[i] = eight_bytes(text, U(stop - 8)) ^ ZEROS
        low[i] = eight_bytes(text, U(stop - 16)) ^ ZEROS
        heads[i] = (n << EIGHT) | U(first)
        start = end + 1


@njit(nogil=True)
def _wholes(high, low, heads, points):  # type: ignore[no-untyped-def]
    """Short decimals without the point: in `low` the whole number, in `high` how many digits stood behind the point.

    In `high` LONG where a cell is no such number. There is no branch, so that the processor takes several at once.
    """
    for i in range(high.shape[0]):
        n, h, l = heads[i] >> EIGHT, high[i], low[i]  # noqa: E741 - the two halves of sixteen bytes
        in_high = n if n < EIGHT else EIGHT
        in_low = (n if n < SIXTEEN else SIXTEEN) - in_high
        # A shift by all 64 bits is none to a processor, so each is made in two steps.
        other = FOUR * (EIGHT - in_high)
        h &= EVERY_BIT << other << other
        other = FOUR * (EIGHT - in_low)
        l &= EVERY_BIT << other << other  # noqa: E741
        point_h, point_l = _zero_bytes(h ^ points), _zero_bytes(l ^ points)
        odd = ((((h & SEVENS) + SIXES) | h) & HIGHS) ^ point_h
        odd |= ((((l & SEVENS) + SIXES) | l) & HIGHS) ^ point_l
        odd |= (point_h & (point_h - ONE)) | (point_l & (point_l - ONE))
        # What stands before the point moves one byte on, into its place.
        behind_h, behind_l = NONE - (point_h << ONE), NONE - (point_l << ONE)
        closed_h = (h & behind_h) | ((h & ((point_h >> SEVEN) - ONE)) << EIGHT) | (l >> TO_BYTES)
        closed_l = (l & behind_l) | ((l & ((point_l >> SEVEN) - ONE)) << EIGHT)
        is_h, is_l = point_h != NONE, point_l != NONE
        fraction = ones(behind_h) >> THREE if is_h else ((ones(behind_l) >> THREE) + EIGHT if is_l else NONE)
        l = l << EIGHT if is_h else (closed_l if is_l else l)  # noqa: E741
        h = closed_h if is_h else h
        w = _of_eight(l) * POWER_OF_EIGHT + _of_eight(h)
        short = (odd == NONE) & (not (is_h and is_l)) & (n <= SIXTEEN) & (n > U(is_h or is_l)) & (w <= EXACT)
        low[i] = w
        high[i] = fraction if short else LONG


@njit(nogil=True, error_model="numpy")
def _valued(high, low, heads, values):  # type: ignore[no-untyped-def]
    """The values of whole numbers with so many digits behind the point."""
    for i in range(values.shape[0]):
        value = float(int64(low[i])) / EXACT_POWERS[high[i]]
        values[i] = -value if heads[i] & BYTE == U(MINUS) else value


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
    error_model="numpy",
)
def decimals(text, n, delimiter, point, words, passed, values, kinds, unclear):  # type: ignore[no-untyped-def]
    """The cells of m lines of text, each of d columns, as numbers: how many are unclear, or why it cannot be done.

    text: BEFORE bytes of any kind, n bytes, the last of them a line end, and BEHIND more of any kind. words: what means
    a missing cell, in lower case, packed in eight bytes. passed (d,): columns of which nothing is asked. values (m, d):
    NaN where there is none; kinds (m, d), all 0: made 1 where a cell is missing, 2 where it is unclear. unclear (u, 4):
    row, column, first byte and end of cells that are neither a number of few digits nor missing for certain.
    """
    m, d = values.shape
    ends = np.empty(m * d + 64, dtype=np.int32)
    if not _ends(text, n, delimiter, ends, m * d):
        return DAMAGED
    for row in range(m):
        if text[ends[row * d + d - 1]] != NEWLINE:
            return DAMAGED
    high, low, heads = np.empty(TILE, np.uint64), np.empty(TILE, np.uint64), np.empty(TILE, np.uint64)
    flat, n_unclear, start = values.reshape(m * d), 0, BEFORE
    for first in range(0, m * d, TILE):
        tile = ends[first : min(first + TILE, m * d)]
        _taken(text, tile, start, high, low, heads)
        start = ends[first + len(tile) - 1] + 1
        _wholes(high[: len(tile)], low, heads, (U(point) ^ (ZEROS & BYTE)) * ONES)
        _valued(high, low, heads, flat[first : first + len(tile)])
        for i in range(len(tile)):
            if high[i] != LONG:
                continue
            row, column = (first + i) // d, (first + i) % d
            begin, stop = BEFORE if first + i == 0 else int64(ends[first + i - 1]) + 1, int64(tile[i])
            if column == d - 1 and stop > begin and text[stop - 1] == RETURN:
                stop -= 1
            value = _number(text, U(begin), U(stop), point)
            values[row, column] = value
            if value == value:
                continue
            begin, stop, quoted = _unquoted(text, begin, stop)
            if begin > stop:
                return DAMAGED
            if passed[column]:
                continue
            if quoted:
                value = _number(text, U(begin), U(stop), point)
                values[row, column] = value
                if value == value:
                    continue
            if stop == begin or (stop - begin <= 8 and _is_word(text, begin, stop, words)):
                kinds[row, column] = 1
                continue
            if n_unclear == unclear.shape[0]:
                return MANY
            kinds[row, column] = 2
            unclear[n_unclear, 0], unclear[n_unclear, 1] = row, column
            unclear[n_unclear, 2], unclear[n_unclear, 3] = begin, stop
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
