"""The parameters of a fit as a table, a line per component: CSV, Markdown, LaTeX, Excel, and text to paste."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data import Array
from core.io.atomic import replacing, replacing_text
from core.io.endings import ending_of
from core.io.rows import cell, harmless, header
from core.io.tables import upper

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from core.fit import Fit

Value = str | float | None


@dataclass(frozen=True)
class ParameterTable:
    """Names of the columns (id, weight, mean …), and a row for each component, sorted by mean; None for no number."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def parameter_table(fit: Fit) -> ParameterTable:
    """The components sorted by mean: id, family where they differ, weight and parameters in the data's unit.

    Where the fit knows them, standard errors follow: se(mean).
    """
    mixture, columns = fit.mixture.sorted().plain, fit.data.columns
    families = mixture.family.of_components
    parts = {name: _places(name, array, columns) for name, array in mixture.parameters.items()}
    names = [
        "id",
        *(["family"] if families else []),
        "weight",
        *(label for places in parts.values() for label in places),
    ]
    errors = _errors(fit)
    if errors:
        names += [f"se({label})" for label in ("weight", *(label for places in parts.values() for label in places))]
    rows = []
    for k, identity in enumerate(mixture.ids):
        numbers = [float(mixture.weights[k])]
        numbers += [float(mixture.parameters[name][k][at]) for name, places in parts.items() for at in places.values()]
        if errors:
            at_first = fit.mixture.ids.index(identity)
            numbers.append(float(errors["weight"][at_first]))
            numbers += [float(errors[name][at_first][at]) for name, places in parts.items() for at in places.values()]
        texts = [families[k]] if families else []
        rows.append((identity, *texts, *(number if isfinite(number) else None for number in numbers)))
    return ParameterTable(tuple(names), tuple(rows))


def _errors(fit: Fit) -> Mapping[str, Array]:
    """Standard errors by name, as the components of the fit stand; none where the fit does not know them."""
    return {} if fit.uncertainty is None else fit.uncertainty.standard_errors


def write_parameters(path: Path | str, fit: Fit) -> None:
    """Saves a line per component, sorted by mean, in the form that the ending says: .csv, .md, .tex or .xlsx.

    CSV and Excel have every digit, the others six. Raises OutputError, and InputError for any other ending.
    """
    ending = ending_of(path, FORMS)
    if ending == ".xlsx":
        content = _workbook(fit)
        with replacing(path) as stream:
            stream.write(content)
        return
    text = {".csv": _csv, ".md": _markdown, ".tex": _latex}[ending](fit)
    with replacing_text(path) as file:
        file.write(text)


def parameters_text(fit: Fit) -> str:
    """The parameters and what is known of the fit as text to paste into a spreadsheet: cells parted by tabs."""
    table = parameter_table(fit)
    lines = [table.names, *(tuple(map(_exact, row)) for row in table.rows), ()]
    lines += [(label, _exact(value)) for label, value in (*facts_of_fit(fit), *facts_of_data(fit))]
    return "".join("\t".join(harmless(" ".join(text.split())) for text in line) + "\n" for line in lines)


def facts_of_fit(fit: Fit) -> list[tuple[str, Value]]:
    """What is known of how a fit was made and where it ended: a label and a value each."""
    options, mixture = fit.options, fit.mixture
    return [
        ("family", options.family),
        ("components", mixture.n_components),
        ("covariance", mixture.family.covariance),
        *(("constraint", f"{one.kind} {one.text}") for one in options.constraints.items),
        ("free parameters", options.constraints.n_parameters(mixture)),
        ("log-likelihood", fit.log_likelihood),
        *([("log-likelihood in the original unit", fit.log_likelihood_original)] if fit.data.transform else []),
        ("AIC", fit.aic),
        ("BIC", fit.bic),
        ("ICL", fit.icl),
        ("status", fit.outcome.status),
        ("message", fit.outcome.message),
        ("log-likelihood still to be gained", fit.expected_gain),
        ("algorithm", options.algorithm),
        ("iterations", fit.number),
        ("passes over the data", fit.n_passes),
        ("start", options.start),
        ("seed", options.seed),
        ("restarts", options.restarts),
    ]


def facts_of_data(fit: Fit) -> list[tuple[str, Value]]:
    """What is known of the data of a fit: a label and a value each."""
    data = fit.data
    return [
        ("file", data.source),
        ("sha256", data.sha256),
        *(("column", name) for name in data.columns),
        *((role, str(value)) for role, value in data.roles.said.items()),
        ("observations", data.n_samples),
        ("rows left out", data.n_left_out),
    ]


def _places(name: str, array: Array, columns: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Where the numbers of one component's parameter are, by a name that tells: mean[waiting]."""
    return {
        f"{name}[{','.join(columns[i] for i in place)}]" if place else name: place for place in upper(array.shape[1:])
    }


def _exact(value: Value) -> str:
    """A cell with every digit; empty where there is no number."""
    return "" if value is None else value if isinstance(value, str) else cell(value)


def _csv(fit: Fit) -> str:
    table = parameter_table(fit)
    return header(*table.names) + "".join(",".join(map(_exact, row)) + "\n" for row in table.rows)


# ---- for reading


def _readable(value: Value) -> str:
    """Six digits, of a whole number all."""
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:#.6g}".removesuffix(".") if value % 1 or abs(value) >= MOST_WHOLE else f"{value:.0f}"


MOST_WHOLE = 1e15
"""From here on whole numbers are written as others are."""


def _summary(fit: Fit) -> list[str]:
    """The few numbers that belong beneath a table of parameters, such as n = 272; thousandths where they matter."""
    of_original = fit.log_likelihood_original if fit.data.transform else None
    known = (
        ("log-likelihood", fit.log_likelihood),
        ("log-likelihood in the original unit", of_original),
        ("AIC", fit.aic),
        ("BIC", fit.bic),
        ("ICL", fit.icl),
    )
    told = [f"{name} = {value:.3f}" for name, value in known if value is not None]
    return [f"n = {_readable(fit.data.n_samples)}", *told]


def _fitted(fit: Fit) -> list[str]:
    """What the parameters are of, where that is not the column as it is."""
    return [f"parameters of {' and '.join(fit.data.columns)}"] if fit.data.transform else []


def _markdown(fit: Fit) -> str:
    table = parameter_table(fit)
    rules = ["---:" if not isinstance(value, str) else "---" for value in table.rows[0]]
    lines = [list(map(_in_markdown, table.names)), rules]
    lines += [[_in_markdown(_readable(value)) for value in row] for row in table.rows]
    below = ", ".join([*_fitted(fit), *_summary(fit)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + f"\n{below}\n"


def _in_markdown(text: str) -> str:
    """A text as it stands in a cell: nothing in it begins a link, a tag or another cell."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#!&~$" else c for c in " ".join(text.split()))


_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}  # fmt: skip


def _latex(fit: Fit) -> str:
    table = parameter_table(fit)
    of_summary = (part.replace("= ", "$= ") + "$" for part in _summary(fit))
    below = ", ".join([*map(_in_latex, _fitted(fit)), *of_summary])
    columns = "".join("r" if not isinstance(value, str) else "l" for value in table.rows[0])
    lines = [
        "% In the preamble: \\usepackage{booktabs}",
        f"\\begin{{tabular}}{{{columns}}}",
        "\\toprule",
        " & ".join(map(_in_latex, table.names)) + r" \\",
        "\\midrule",
        *(" & ".join(map(_latex_cell, row)) + r" \\" for row in table.rows),
        "\\bottomrule",
        f"\\multicolumn{{{len(columns)}}}{{l}}{{{below}}} \\\\",
        "\\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _in_latex(text: str) -> str:
    """A text in which no sign means anything to LaTeX, on one line."""
    return "".join(_LATEX.get(c, c) for c in " ".join(text.split()))


def _latex_cell(value: Value) -> str:
    if value is None or isinstance(value, str):
        return _in_latex(value or "")
    mantissa, mark, exponent = _readable(value).partition("e")
    return f"${mantissa} \\times 10^{{{int(exponent)}}}$" if mark else f"${mantissa}$"


# ---- a workbook


def _workbook(fit: Fit) -> bytes:
    """An Excel file with three sheets: Parameters, Fit, Data. Every text is written as text, none as a formula."""
    from xlsxwriter import Workbook

    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    bold = book.add_format({"bold": True})
    table = parameter_table(fit)
    sheet = book.add_worksheet("Parameters")
    for place, name in enumerate(table.names):
        sheet.write_string(0, place, _storable(name), bold)
    _fill(sheet, 1, table.rows)
    sheet.freeze_panes(1, 0)
    for title, facts in (("Fit", facts_of_fit(fit)), ("Data", facts_of_data(fit))):
        sheet = book.add_worksheet(title)
        _fill(sheet, 0, facts)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 24)
    cells = [("row", "column", "reason", "text")] if fit.data.left_out else []
    below = [(one.row, one.column, one.reason, one.text) for one in fit.data.left_out]
    _fill(sheet, len(facts) + 1, [*cells, *below])
    book.close()
    return content.getvalue()


def _fill(sheet: Worksheet, first: int, rows: Iterable[tuple[Value, ...]]) -> None:
    for line, row in enumerate(rows, first):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(line, place, _storable(value))
            elif value is not None and np.isfinite(value):
                sheet.write_number(line, place, Exact(value))


class Exact(float):
    """A number that is written with every digit: left alone, XlsxWriter leaves off the seventeenth."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


LONGEST = 32_767
"""Characters that a cell of a workbook holds."""


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:LONGEST]


FORMS = (".csv", ".md", ".tex", ".xlsx")
