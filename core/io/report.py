"""A fit as a page to read and print: what was fitted, how sure it is, and how to do it again. One HTML file."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from datetime import date
from math import isfinite, log
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import formatting
from core.em import algorithm_of
from core.errors import shown
from core.families.family import spoken
from core.io.atomic import replacing_text
from core.io.charts import colour_class, histogram_chart, trace_chart
from core.io.command_line import START_FILE, command_line
from core.io.page import Markup, Part, element, facts, joined, name, page, table
from core.io.parameters import parameter_table
from core.io.reader import Progress
from core.io.report_data import data_part
from core.io.report_goodness import goodness_part
from core.io.report_thresholds import thresholds_part
from core.io.views import View, views
from core.seeing import group_weights
from core.stopping import CAPPED, CONVERGED, DEGENERATE, STOPPED
from core.units import unit_of
from core.version import version
from core.wording import about

if TYPE_CHECKING:
    from core.fit import Fit
    from core.history import History

STYLES = ("pages/page.css", "pages/report.css")
ENDINGS = {
    CONVERGED: "The fit converged.",
    CAPPED: "The fit did not converge: it reached the largest number of iterations.",
    STOPPED: "The fit was stopped before its end.",
    DEGENERATE: "The fit is degenerate: a component has collapsed, and these are the parameters before it did.",
}


def write_report(path: Path, fit: Fit, history: History, progress: Progress, unit: str = "") -> None:
    """Writes the report. unit: of the values, where it is known. Raises OutputError; the old file is whole then."""
    progress(0.0)
    text = report_text(fit, history, unit)
    progress(0.9)
    with replacing_text(path) as file:
        file.write(text)
    progress(1.0)


def report_text(fit: Fit, history: History, unit: str = "") -> str:
    """The report as HTML."""
    seen = list(views(fit.data, fit.mixture, unit))
    title = f"{shown(', '.join(fit.data.columns))}: {_model_in_words(fit)}"
    body = [
        element("header", element("h1", title), element("p", *_lead(fit), class_="lead")),
        *_warning(fit),
        *_figures(fit, seen),
        *_parameters(fit, unit),
        *thresholds_part(fit, unit),
        *goodness_part(fit),
        *_convergence(fit, history),
        *_criteria(fit, history),
        *_optima(fit),
        *data_part(fit, unit),
        *_again(fit),
        _footer(),
    ]
    return page(title, STYLES, element("main", *body))


# ---- what it is about


def _model_in_words(fit: Fit) -> str:
    family, k = fit.mixture.family, fit.mixture.n_components
    if family.shared:
        return f"{family.title} model"
    if k == 1:
        return f"one {family.title} component"
    return f"a mixture of {k} {family.title} components"


def _lead(fit: Fit) -> Iterator[Part]:
    data = fit.data
    yield f"{formatting.count(data.n_samples)} rows"
    if data.source:
        yield joined([" of ", name(data.source)])
    for n, why in ((data.n_filtered, "filtered out"), (data.n_left_out, "left out")):
        if n:
            yield f"; {formatting.count(n)} {_were(n)} {why}"
    yield "."


def _warning(fit: Fit) -> Iterator[Markup]:
    if fit.outcome.status != CONVERGED:
        yield element("p", f"{ENDINGS[fit.outcome.status]} {fit.outcome.message}", class_="warning", role="note")


def _figures(fit: Fit, seen: Sequence[View]) -> Iterator[Markup]:
    for view in seen:
        words: list[Part] = [
            "The rows of ",
            name(view.name),
            " as bars, the curve of each component with its number, and over them their sum.",
        ]
        if view.bars.hidden is not None:
            hidden = formatting.count(float(view.bars.hidden.sum()))
            words.append(f" {hidden} rows of which only a bound is known are not among the bars.")
        chart = element("div", histogram_chart(view, fit.mixture), class_="scroll")
        yield element("figure", chart, element("figcaption", *words))


# ---- parameters


def _parameters(fit: Fit, unit: str) -> Iterator[Markup]:
    yield element("h2", "Parameters")
    if fit.mixture.family.shared:
        values = (
            (spoken(one), formatting.digits(float(fit.mixture.parameters[one][0]))) for one in fit.mixture.family.shared
        )
        yield facts(values)
        return
    found = parameter_table(fit)
    columns = [_texts([row[at] for row in found.rows], found.names[at]) for at in range(len(found.names))]
    head = ["Component", *(_headed(label, fit, unit) for label in found.names[1:])]
    ids = [int(str(row[0])) for row in found.rows]
    rows = ([_number(one), *cells] for one, *cells in zip(ids, *columns[1:], strict=True))
    yield element("div", table(head, rows), class_="scroll")
    note = "Components are sorted by their means. Six digits are shown; the exported table has all."
    held = [f"{constraint.kind} {constraint.text}" for constraint in fit.options.constraints.items]
    if held:
        note += f" The parameters were held to: {'; '.join(map(shown, held))}."
    yield element("p", note, class_="note")
    yield from _groups(fit)


def _groups(fit: Fit) -> Iterator[Markup]:
    """The weights in each group that shares the components."""
    mixture = fit.mixture.sorted()
    weights = group_weights(fit.data, mixture)
    if not len(weights):
        return
    group = shown(fit.data.roles.group)
    yield element("h2", f"Weights in each group of {group}")
    texts = [formatting.column(of.tolist()) for of in weights.T]
    head: list[Part] = ["Group", *(joined(["weight of ", _number(one)]) for one in mixture.ids)]
    rows: list[list[Part]] = [[name(one), *cells] for one, *cells in zip(fit.data.form.groups, *texts, strict=True)]
    yield element("div", table(head, rows), class_="scroll")
    note = "Groups share the components; each has its own weights. The one weight of a component in the table above is "
    truncated = fit.data.form.truncate is not None
    note += "that of all populations together" if truncated else "their mean, in which each group counts by its rows"
    yield element("p", f"{note}.", class_="note")


def _number(identity: int) -> Markup:
    return element("span", str(identity), class_=f"number {colour_class(identity)}")


def _headed(label: str, fit: Fit, unit: str) -> str:
    """The name of a parameter with its unit; of several columns it stands in brackets which."""
    own, bracket, rest = label.partition("[")
    measured = unit_of(own, fit.mixture.family, unit) if fit.data.n_features == 1 else ""
    words = f"{spoken(own)}{bracket}{shown(rest)}" if bracket else spoken(own)
    return f"{words} ({measured})" if measured else words


def _texts(values: Sequence[str | float | None], label: str) -> list[str]:
    if label in ("id", "family") or any(isinstance(value, str) for value in values):
        return ["–" if value is None else str(value).replace("_", " ") for value in values]
    return formatting.column([float("nan") if value is None else float(value) for value in values])


# ---- how it ended


def _convergence(fit: Fit, history: History) -> Iterator[Markup]:
    outcome, options = fit.outcome, fit.options
    yield element("h2", "Convergence")
    if outcome.status == CONVERGED:
        yield element("p", outcome.message)
    numbers = np.arange(len(history), dtype=np.float64)
    chart = element("div", trace_chart(history.scalar("log_likelihood"), numbers, fit.number), class_="scroll")
    words = f"The log-likelihood by iteration; the dot is iteration {fit.number:,}, which this page is about."
    yield element("figure", chart, element("figcaption", words))
    rows: list[tuple[Part, Part]] = [
        ("Status", outcome.status.replace("-", " ")),
        ("Iterations", formatting.count(fit.number)),
        ("Passes over the data", formatting.passes(fit.n_passes)),
        (
            "Still to be gained",
            "unknown" if fit.expected_gain is None else f"{about(fit.expected_gain)} of log-likelihood",
        ),
    ]
    if outcome.convergence_rate is not None:
        rate = outcome.convergence_rate
        rows.append(("Rate", f"{rate:.4g}: EM keeps this part of its distance from the maximum in each iteration"))
    settings = ", ".join(f"{key} {value}" for key, value in algorithm_of(options).options.items())
    rows += [
        ("Algorithm", algorithm_of(options).title + (f" ({settings})" if settings else "")),
        ("Start", _start(fit)),
        (
            "Stops on",
            f"{options.stop_on}, tolerance {about(options.tolerance)}, at most {options.max_iterations:,} iterations",
        ),
    ]
    yield facts(rows)


def _start(fit: Fit) -> str:
    options = fit.options
    words = f"{options.start}, seed {options.seed}"
    return words if options.restarts == 1 else f"{words}, the best of {options.restarts:,} starts"


def _criteria(fit: Fit, history: History) -> Iterator[Markup]:
    mixture, n = fit.mixture, fit.data.n_samples
    yield element("h2", "Fit")
    rows: list[tuple[Part, Part]] = [
        ("Log-likelihood", formatting.log_likelihood(fit.log_likelihood)),
        ("Free parameters", str(fit.options.constraints.n_parameters(mixture))),
    ]
    if fit.data.transform:
        original = formatting.log_likelihood(fit.log_likelihood_original)
        rows.append(("in the original unit", f"{original}, which AIC, BIC and ICL are of"))
    for label, value in (("AIC", fit.aic), ("BIC", fit.bic), ("ICL", fit.icl)):
        rows.append((label, "none, of a degenerate fit" if value is None else formatting.criterion(value)))
    entropy = float(history.scalar("entropy")[fit.number])
    if isfinite(entropy) and mixture.n_components > 1 and not mixture.family.shared:
        most = n * log(mixture.n_components)
        part = f"{100.0 * entropy / most:.2g} % of what it would be if nothing were known"
        rows.append(("Entropy of the memberships", f"{formatting.number(entropy, 3)} ({part})"))
    yield facts(rows)
    yield element("p", "Of AIC, BIC and ICL the lower is the better, among models of the same rows.", class_="note")


def _optima(fit: Fit) -> Iterator[Markup]:
    if not fit.optima:
        return
    yield element("h2", "Optima that the starts led to")
    heights = formatting.column([one.log_likelihood for one in fit.optima], finest=1e-3)
    rows = (
        (str(place), height, str(one.n_starts), "proper" if one.reason is None else one.reason)
        for place, (height, one) in enumerate(zip(heights, fit.optima, strict=True), start=1)
    )
    yield element("div", table(("Optimum", "log-likelihood", "starts", "which is"), rows), class_="scroll")


# ---- how to do it again


def _again(fit: Fit) -> Iterator[Markup]:
    options = fit.options
    yield element("h2", "To do it again")
    yield element("p", "On the command line:")
    yield element("pre", element("code", command_line(fit, fit.data.source or None)))
    if options.start == "given":
        yield element("p", f"{START_FILE} holds the start; the result as JSON can be it.", class_="note")
    yield facts(
        [
            ("Seed", str(options.seed)),
            ("emgui", version()),
            ("NumPy", np.__version__),
            ("Python", platform.python_version()),
        ]
    )


def _footer() -> Markup:
    return element("footer", f"Made by emgui {version()} on {date.today().isoformat()}.")


def _were(n: int) -> str:
    return "was" if n == 1 else "were"
