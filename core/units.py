"""Which parameters are measured in the unit of the data."""

from __future__ import annotations

from core.families.family import Family

IN_THE_DATAS_UNIT = frozenset({"mean", "sd", "location", "scale", "low", "high"})
INVERSE = frozenset({"rate"})


def unit_of(name: str, family: Family, unit: str) -> str:
    """The unit of a weight or parameter of a family for data in a unit; "" for pure numbers."""
    if not unit or family.discrete:
        return ""
    if name in INVERSE:
        return f"1/{unit}"
    return unit if name in IN_THE_DATAS_UNIT else ""
