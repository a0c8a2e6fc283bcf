"""What a report says of the values that part the components: where, how sure, and what is on the wrong side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core import formatting
from core.io.page import Markup, element, table
from core.thresholds.beside import rows_beside
from core.transforms import transforms_of

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit
    from core.thresholds.placing import Placed


def thresholds_part(fit: Fit, unit: str) -> Iterator[Markup]:
    """The heading, a line for each threshold and what could not be placed; nothing where none were asked for."""
    placing, data = fit.thresholds, fit.data
    if placing is None:
        return
    yield element("h2", "Thresholds")
    if placing.thresholds:
        discrete = fit.mixture.plain.family.discrete
        head = [
            "Between",
            "where",
            f"value ({unit})" if unit and not data.transform else "value",
            *(["in the unit of the column"] if data.transform else []),
            "± standard error",
            "rows below",
            "rows above",
            "% wrong below",
            "% wrong above",
        ]
        rows = [_row(one, data, discrete) for one in placing.thresholds]
        yield element("div", table(head, rows), class_="scroll")
        words = (
            "A threshold itself is above. Wrong is the share of all rows that is expected on the side of the other "
            "components, were it the only threshold."
        )
        yield element("p", words, class_="note")
    for remark in placing.remarks:
        yield element("p", remark, class_="note")


def _row(one: Placed, data: Data, discrete: bool) -> list[str]:
    error = one.standard_error
    below, above = rows_beside(data, one.value, discrete)
    return [
        f"{one.below} and {one.above}",
        one.rule.words,
        formatting.digits(one.value),
        *(formatting.digits(_before(one.value, data)) for _ in range(bool(data.transform))),
        "–" if error is None else f"± {formatting.digits(float(f'{error:.2g}'))}",
        formatting.count(below),
        formatting.count(above),
        f"{100.0 * one.wrong.below:.2g}" if one.in_order else "–",
        f"{100.0 * one.wrong.above:.2g}" if one.in_order else "–",
    ]


def _before(value: float, data: Data) -> float:
    """A value before the column was transformed."""
    (transform,) = transforms_of(data)
    with np.errstate(all="ignore"):
        return float(transform.backward(np.array([value]))[0])
