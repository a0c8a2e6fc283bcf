"""Numbers as a person reads them: a true minus, six digits, equal decimals down a column."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10

MINUS = "−"
DIGITS = 6


def number(value: float | None, decimals: int) -> str:
    """A number with so many decimals; an en dash for none."""
    if value is None or not isfinite(value):
        return "–"
    return f"{value:.{decimals}f}".replace("-", MINUS)


def scientific(value: float, digits: int = DIGITS) -> str:
    """A number as mantissa and power: 1.5e−14."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}".replace("-", MINUS)


def column(values: Sequence[float], finest: float | None = None, digits: int = DIGITS) -> list[str]:
    """A column of numbers: so many digits of the largest, equal decimals; very small or large ones as powers.

    finest: a difference that must still show in two digits, such as the smallest sd beside means of 1,000,004. Where
    one is ten million times another, each has digits of its own.
    """
    sizes = [abs(value) for value in values if isfinite(value) and value != 0.0]
    if not sizes:
        return [number(value, 0) for value in values]
    largest = max(sizes)
    if largest >= 1e12 or largest < 1e-4:
        return [scientific(value, digits) if isfinite(value) else "–" for value in values]
    if largest >= 1e7 * min(sizes) and largest >= 1e7:
        return [short(float(f"{value:.{digits}g}")) if isfinite(value) else "–" for value in values]
    decimals = max(0, digits - 1 - max(0, floor(log10(largest))) if largest >= 1.0 else digits)
    if finest is not None and isfinite(finest) and finest > 0.0:
        decimals = max(decimals, min(12, 1 - floor(log10(finest))))
    return [
        scientific(value, 2) if value != 0.0 and abs(value) < 1e-4 * min(1.0, largest) else number(value, decimals)
        for value in values
    ]


def log_likelihood(value: float | None) -> str:
    """A total log-likelihood, to a thousandth where it has few digits."""
    return _total(value, 3)


def criterion(value: float | None) -> str:
    """AIC, BIC or ICL, to a hundredth."""
    return _total(value, 2)


def _total(value: float | None, decimals: int) -> str:
    """A total over the rows: of a million rows the thousandths say nothing, and do not fit."""
    if value is None or not abs(value) >= 1e5:
        return number(value, decimals)
    return number(value, 1 if abs(value) < 1e7 else 0) if abs(value) < 1e12 else scientific(value, 8)


def count(value: float) -> str:
    """A whole number, its thousands parted by commas; a fraction keeps three digits."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"


def signed(value: float, decimals: int) -> str:
    """A difference with its sign and so many decimals: +0.420; 0 without one."""
    text = number(value, decimals)
    if not any(digit in text for digit in "123456789"):
        return text.lstrip(MINUS)
    return text if value < 0.0 else f"+{text}"


def difference(value: float, digits: int = 3) -> str:
    """A difference with its sign, in so many digits: +0.42, −1.3e−5; 0 without one."""
    if not value:
        return "0"
    text = number(value, max(0, digits - 1 - floor(log10(abs(value))))) if 1e-4 <= abs(value) < 1e7 else ""
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text or scientific(value, digits)
    return text if value < 0.0 else f"+{text}"


def short(value: float) -> str:
    """A number in as few characters as tell it: 1e−6, 10000, 0.25."""
    text = f"{value:g}"
    if float(text) != value:
        text = repr(value)
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", MINUS)


def parsed(text: str) -> float:
    """The number a person typed, with either minus. Raises ValueError for anything else."""
    return float(text.strip().replace(MINUS, "-").replace("_", "x"))


def digits(value: float) -> str:
    """A number in six digits, as it stands in a sentence."""
    return f"{value:.{DIGITS}g}".replace("-", MINUS)


def listed(numbers: Sequence[int]) -> str:
    """Numbers in a sentence: 1, 2 and 4."""
    texts = [str(one) for one in numbers]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def passes(value: float) -> str:
    """Passes over the data: whole ones as such, others to a hundredth."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
