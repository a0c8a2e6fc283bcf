"""Numbers as they stand in an explanation: as many digits as are needed to see what changed, however small or large."""

from __future__ import annotations

from math import ceil, exp, floor, isfinite, log, log10

from core import formatting


def rows(value: float, about: bool = False) -> str:
    """A number of rows in a sentence: 1 row; 3.21 rows; about 1,200 rows."""
    text = f"about {rough(value)}" if about else total(value)
    return f"{text} row" + ("" if text == "1" else "s")


def rough(value: float) -> str:
    """A number of rows of which only two digits are known."""
    if value < 10.0:
        return f"{value:.1g}"
    return f"{round(value, 1 - floor(log10(value))):,.0f}"


def told(old: float, new: float) -> tuple[str, str]:
    """Two numbers with so many digits that their difference shows in three."""
    change = abs(new - old)
    if change == 0.0 or not isfinite(change):
        return formatting.digits(old), formatting.digits(new)
    decimals = 2 - floor(log10(change))
    largest = max(abs(old), abs(new))
    if largest >= 1e7 or decimals > 12 or largest < 1e-4:
        return formatting.digits(old), formatting.digits(new)
    decimals = max(0, decimals)
    return formatting.number(old, decimals), formatting.number(new, decimals)


def amount(value: float) -> str:
    """A difference, in three digits."""
    shown = float(f"{value:.3g}")
    return formatting.short(abs(shown)) if 1e-4 <= abs(shown) < 1e7 or shown == 0 else formatting.scientific(
        abs(shown), 3
    )  # fmt: skip


def figure(value: float) -> str:
    """A number in four digits."""
    if not isfinite(value):
        return "–"
    if value != 0.0 and not 1e-4 <= abs(value) < 1e7:
        return formatting.scientific(value, 4)
    if abs(value) >= 1e4:
        return f"{value:,.0f}".replace("-", formatting.MINUS)
    text = f"{value:.{max(0, 3 - floor(log10(abs(value))))}f}" if abs(value) >= 1e-4 else "0"
    return text.replace("-", formatting.MINUS)


def finer(value: float, size: float) -> str:
    """A number in as many digits, four at least, as show a difference of a hundredth of a size."""
    if not (isfinite(value) and value != 0.0 and size > 0.0):
        return figure(value)
    digits = min(15, 3 + max(1, ceil(log10(abs(value) / size))))
    return formatting.short(float(f"{value:.{digits}g}"))


def total(value: float) -> str:
    """A sum over rows: whole where it is, else two decimals, or four digits where those are more."""
    if abs(value - round(value)) <= 1e-9 * abs(value) and abs(value) < 1e15:
        return f"{value:,.0f}".replace("-", formatting.MINUS)
    if not 10.0 <= abs(value) < 1e7:
        return figure(value)
    return f"{value:,.2f}".replace("-", formatting.MINUS)


def power_of_e(logarithm: float) -> str:
    """e to a power in four digits, however small: 0.0123; 4.1e−320."""
    if not isfinite(logarithm):
        return "0"
    if -600.0 < logarithm < 600.0:
        return figure(exp(logarithm))
    tens = logarithm / log(10.0)
    return f"{10.0 ** (tens - floor(tens)):.3f}e{floor(tens)}".replace("-", formatting.MINUS)


def capital(text: str) -> str:
    """A text that begins a sentence."""
    return text[:1].upper() + text[1:]
