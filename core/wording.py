"""How numbers look inside a sentence."""

from __future__ import annotations

from decimal import ROUND_CEILING, Context


def about(value: float) -> str:
    """Two digits of a number, as in "0.032", "340" or "8.3e-7"."""
    return _plain(f"{float(f'{value:.2g}'):g}")


def at_most(value: float) -> str:
    """A number rounded up to one digit, so that "at most" is true, as in "9e-7"."""
    return _plain(f"{float(Context(prec=1, rounding=ROUND_CEILING).create_decimal(repr(float(value)))):g}")


def exactly(value: float) -> str:
    """A number with all the digits that tell it from its neighbours, and no more, as in "54" or "1000000054.3"."""
    return _plain(repr(float(value)).removesuffix(".0"))


def _plain(text: str) -> str:
    """Without the zeros and the plus sign that pad an exponent."""
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa
