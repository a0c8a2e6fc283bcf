"""What a report says of how good the fit is: distances of the rows from it, and how sure memberships are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core import formatting
from core.errors import shown
from core.goodness.statistics import TITLES
from core.goodness.words import p_text, verdict
from core.io.page import Markup, element, table

if TYPE_CHECKING:
    from core.fit import Fit
    from core.goodness.classification import Classification
    from core.goodness.judgement import Goodness


def goodness_part(fit: Fit) -> Iterator[Markup]:
    """The heading, the distances in each column, and the memberships; nothing where it was not asked for."""
    found = fit.goodness
    if found is None:
        return
    yield element("h2", "How good")
    for one in found.columns:
        yield from _distances(one, len(found.columns) > 1)
    if found.classification is not None and len(found.classification.ids) > 1:
        order = [fit.mixture.ids.index(identity) for identity in fit.mixture.sorted().ids]
        yield from _memberships(found.classification, order)


def _distances(of: Goodness, is_one_of_many: bool) -> Iterator[Markup]:
    statistics = of.measured.statistics
    if statistics:
        values = formatting.column(list(statistics.values()), digits=4)
        p_values = [of.p_values.get(name) for name in statistics]
        rows = [
            [TITLES[name], value, "–" if p is None else p_text(p, of.n_sets)]
            for name, value, p in zip(statistics, values, p_values, strict=True)
        ]
        distance = f"Distance, {shown(of.column)}" if is_one_of_many else "Distance"
        yield element("div", table([distance, "value", "p"], rows), class_="scroll")
    words = [verdict(of) if of.p_values or not statistics else ""]
    if of.n_sets:
        words.append(f"p: bootstrap, {of.n_sets:,} simulated sets, each fitted again.")
    if of.n_failed:
        words.append(f"{of.n_failed:,} more had no proper fit.")
    words.append(of.why_no_p)
    text = " ".join(filter(None, words))
    if text:
        yield element("p", text, class_="note")


def _memberships(of: Classification, order: list[int]) -> Iterator[Markup]:
    rows = [
        [
            str(of.ids[k]),
            formatting.count(of.members[k]),
            formatting.number(of.average_posterior[k], 3),
            formatting.number(of.missed[k], 3),
        ]
        for k in order
    ]
    yield element("div", table(["Component", "members", "mean posterior", "missed"], rows), class_="scroll")
    words = (
        f"Of all rows {100 * of.uncertainty:.2g} % are expected to be misclassified; missed is the share of a "
        f"component's rows that is expected among the members of others. Entropy of the posteriors, per row over ln K: "
        f"{formatting.number(of.normalised_entropy, 3)} (0: all rows are sure)."
    )
    yield element("p", words, class_="note")
