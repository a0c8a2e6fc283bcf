"""Constraints from lines, for tests."""

from core.constraints import Constraints, parse


def held(*lines):
    """Constraints from lines such as "fix mean[1]=55"."""
    return Constraints(tuple(parse(*line.split(" ", 1)) for line in lines))
