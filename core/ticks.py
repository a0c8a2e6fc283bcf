"""Where the ticks of an axis stand, and what is written at them."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10

from core.formatting import MINUS

STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


def ticks(low: float, high: float, most: int, whole: bool = False) -> tuple[list[float], float]:
    """At most `most` values from low to high at 1, 2 or 5 times a power of ten, and their distance."""
    extent = high / 2 - low / 2
    if not (isfinite(extent) and extent > 0.0) or most < 1:
        return [], 0.0
    power = 10.0 ** floor(log10(extent / most) if extent / most > 0.0 else -320)
    for step in (factor * power for factor in STEPS):
        if (whole and step < 1.0) or step <= 0.0 or not isfinite(step):
            continue
        first, last = low / step, high / step
        if abs(first) > 2.0**52 or abs(last) > 2.0**52:
            continue
        if floor(last) - ceil(first) + 1 <= most:
            return [i * step for i in range(ceil(first), floor(last) + 1)], step
    return [], 0.0


def tick_texts(values: list[float], step: float) -> list[str]:
    """What is written at ticks `step` apart: as many decimals as it takes, powers of ten for long numbers."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest == 0.0 or step == 0.0:
        return [f"{value:g}" for value in values]
    exponent, unit = floor(log10(largest) + 1e-9), floor(log10(step) + 1e-9)
    if largest < 1e-3 or largest >= 1e16 or (largest >= 1e7 and exponent - unit <= 3):
        return _powers(values, exponent, unit)
    return [_signed(f"{value:.{max(0, -unit)}f}") for value in values]


def _powers(values: list[float], exponent: int, unit: int) -> list[str]:
    """All with one power of ten: that of the step while it leaves short numbers before it, else that of the largest."""
    power = unit if exponent - unit <= 1 else exponent
    return [_signed(f"{_mantissa(value, power):.{power - unit}f}e{power}") if value else "0" for value in values]


def _mantissa(value: float, exponent: int) -> float:
    # In two halves: 10 to the power of 310 or −310 is no number.
    return value / 10.0 ** (exponent // 2) / 10.0 ** (exponent - exponent // 2)


def _signed(text: str) -> str:
    is_zero = not text.lstrip("-").strip("0.")
    return (text.lstrip("-") if is_zero else text).replace("-", MINUS)
