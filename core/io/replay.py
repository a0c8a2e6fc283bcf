"""The tape of a run as a page that plays it in any browser, with no network: one HTML file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core import formatting
from core.data import Array
from core.errors import shown
from core.families.family import spoken
from core.io.atomic import replacing_text
from core.io.charts import column_ticks, count_ticks, height_ticks, left_of, trace_range
from core.io.page import Markup, element, icon, json_block, number_or_none, page
from core.io.reader import Progress
from core.io.views import View, top_of, views
from core.mixture import Mixture
from core.ticks import ticks
from core.units import unit_of

if TYPE_CHECKING:
    from core.fit import Fit
    from core.history import History

FRAMES = 2000
"""Iterations that a page holds at most."""
POINTS = 200
"""Places at which curves that the page cannot calculate are kept."""
MOST_HEIGHTS = 1_500_000
"""Heights of such curves in a page: of more components there are fewer frames. About 6 MB."""
UNIT, HIGHEST = 10_000, 4.0
"""What such heights are counted in, of the fullest bin, and where they are cut off."""
TOUCHING = 1e-9
"""Part of the log-likelihood (or of the rows) by which a lower bound that touches it may differ."""
STYLES = ("pages/page.css", "pages/replay.css")
SCRIPT = "pages/replay.js"
SPEEDS = (0.5, 1.0, 2.0, 4.0, 10.0, 30.0, 100.0)
"""Steps a second that a person can choose."""


def write_replay(path: Path, fit: Fit, history: History, progress: Progress, unit: str = "") -> None:
    """Writes the page. unit: of the values, where it is known. Raises OutputError; the old file is whole then."""
    text = replay_text(fit, history, progress, unit)
    with replacing_text(path) as file:
        file.write(text)
    progress(1.0)


def replay_text(fit: Fit, history: History, progress: Progress, unit: str = "") -> str:
    """The page as HTML; progress is told the fraction done, and may raise Cancelled."""
    tape = tape_of(fit, history, progress, unit)
    title = f"{shown(', '.join(fit.data.columns))}: how EM found it"
    body = [
        element("h1", title),
        element("p", _lead(fit, tape), class_="lead"),
        element("noscript", element("p", "To play, this page needs JavaScript, which is off here.", class_="warning")),
        element("section", id="columns", aria_label="The rows and the components"),
        element("section", id="trace", aria_label="The log-likelihood"),
        _controls(),
        element("output", id="said", aria_live="polite"),
        element("div", element("table", id="parameters", aria_label="Parameters"), class_="scroll"),
        element("p", "Space plays and pauses, ← and → go a step, Home and End to the ends.", class_="note"),
        json_block(tape, "tape"),
    ]
    return page(title, STYLES, element("main", *body), script=SCRIPT)


def tape_of(fit: Fit, history: History, progress: Progress, unit: str = "") -> dict[str, Any]:
    """What the page plays, as plain numbers, lists and texts.

    numbers: the iterations (F) that are its frames. values: for each frame and parameter a number for each component,
    None where it has none. halves: whether half-steps are known; tinted: whether bars say who holds them. Heights along
    the columns count from 0 to 1 for the fullest bin, places from 0 to 1.
    """
    again = partial(_again, fit)
    start = history.parameters(0).plain
    seen = list(views(fit.data, start, unit))
    computed = start.family.name == "gaussian"
    most = FRAMES if computed or not seen else max(50, MOST_HEIGHTS // (POINTS * start.n_components * len(seen)))
    numbers = frames_of(history, min(FRAMES, most))
    mixtures = []
    for place, number in enumerate(numbers):
        progress(0.6 * place / len(numbers))
        mixtures.append(history.parameters(int(number), again).plain)
    log_likelihoods = history.scalar("log_likelihood")[numbers]
    columns = [_column(view, mixtures, computed) for view in seen]
    trace = _trace(log_likelihoods, numbers)
    return {
        "left": max(left_of(part["up"]) for part in (*columns, trace)),
        "components": [] if start.family.shared else list(start.ids),
        "columns": columns,
        "parameters": [{"name": label, "unit": measured} for label, measured in _names(seen, start, unit)],
        "numbers": numbers.tolist(),
        "values": [_values(seen, mixture) for mixture in mixtures],
        "lines": [] if computed else [_lines(view, mixtures, progress) for view in seen],
        "log_likelihood": _plain(log_likelihoods),
        "bound_after_m": _plain(history.scalar("bound_after_m")[numbers]),
        "halves": bool(seen) and _touches(fit, history, numbers),
        "tinted": _follows_from_values(fit),
        "trace": trace,
        "notes": {int(number): note for number, note in history.notes.items() if number in numbers},
        "ending": fit.outcome.message if fit.number == numbers[-1] else "",
    }


def frames_of(history: History, most: int) -> NDArray[np.int64]:
    """The iterations to show, (F,): all, or the first ones and evenly fewer of the rest, the last among them.

    Of a tape that has been thinned those whose parameters it has kept.
    """
    last = len(history) - 1
    if last < most:
        wanted = np.arange(last + 1)
    else:
        first = most // 10
        wanted = np.unique(np.concatenate([np.arange(first), np.linspace(first, last, most - first).round()]))
    kept = []
    for number in wanted.astype(int).tolist():
        while not history.is_kept(number):
            number -= 1
        kept.append(number)
    return np.unique(np.array(kept, dtype=np.int64))


# ---- parts of the tape


def _again(fit: Fit, mixture: Mixture, steps: int) -> Mixture:
    from core.em import replay

    return replay(fit.data, fit.options, mixture, steps)


def _names(seen: list[View], mixture: Mixture, unit: str) -> list[tuple[str, str]]:
    """What each parameter is called, and its unit."""
    family = mixture.family
    if family.shared:
        return [(spoken(name), "") for name in family.shared]
    if family.n_features == 1:
        return [(spoken(name), unit_of(name, family, shown(unit))) for name in ("weight", *mixture.parameters)]
    return [("weight", ""), *((f"{word} of {shown(view.name)}", "") for view in seen for word in ("mean", "sd"))]


def _values(seen: list[View], mixture: Mixture) -> list[list[float | None]]:
    """The parameters, each with a number for every component."""
    if mixture.family.shared:
        return [[float(mixture.parameters[name][0])] for name in mixture.family.shared]
    along = [view.along(mixture) for view in seen]
    parameters = [array for one in along for array in one.parameters.values()]
    return [_plain(array) for array in (mixture.weights, *parameters)]


def _column(view: View, mixtures: list[Mixture], computed: bool) -> dict[str, Any]:
    """A column: its bars and axes, and how its curves are come by."""
    shown_at = {0, len(mixtures) // 2, len(mixtures) - 1}
    top = max(top_of(view.heights(one, view.grid(one))) for one in (view.along(mixtures[at]) for at in shown_at))
    column: dict[str, Any] = {
        "place": view.place,
        "title": f"Histogram of {formatting.count(view.n)} rows of {shown(view.name)} with the components.",
        "caption": view.caption if view.cells is not None else f"Rows per {_width(view)}",
        "axis": shown(view.axis),
        "edges": view.scale.to_view(view.bars.edges).tolist(),
        "bars": (view.bars.heights / view.peak).tolist(),
        "top": top,
        "across": column_ticks(view),
        "up": count_ticks(view, top),
    }
    if computed:
        # Densities are per length of the axis, which is 2 half.
        width = float(view.bars.width / 2 / view.scale.half)
        place = 1 + 2 * view.place
        return {
            **column,
            "kind": "normal",
            "origin": view.scale.origin,
            "half": view.scale.half,
            "factors": [view.rows(view.along(one)) * width / view.peak for one in mixtures],
            "mean": place,
            "sd": place + 1,
        }
    grid = _grid(view, mixtures[0])
    places, _ = view.drawn(grid, np.empty((1, len(grid) - (view.cells is not None))))
    return {**column, "kind": "lines", "x": places.tolist()}


def _width(view: View) -> str:
    return f"{formatting.short(float(f'{view.bars.width:.3g}'))} {shown(view.unit)}".rstrip()


def _grid(view: View, mixture: Mixture) -> Array:
    return view.grid(mixture, POINTS, 0)


def _lines(view: View, mixtures: list[Mixture], progress: Progress) -> list[list[list[int]]]:
    """Heights of the components' curves at each frame, whole numbers of UNIT to the fullest bin."""
    grid, lines = _grid(view, mixtures[0]), []
    for place, mixture in enumerate(mixtures):
        progress(0.6 + 0.3 * place / len(mixtures))
        one = view.along(mixture)
        _, heights = view.drawn(grid, view.heights(one, grid))
        lines.append((np.minimum(heights, HIGHEST) * UNIT).round().astype(int).tolist())
    return lines


def _trace(log_likelihoods: Array, numbers: NDArray[np.int64]) -> dict[str, Any]:
    """The axes of the log-likelihood, heights less the last one: a tail that gains millionths would drown in digits."""
    finite = log_likelihoods[np.isfinite(log_likelihoods)]
    origin = float(finite[-1]) if len(finite) else 0.0
    low, high = trace_range(log_likelihoods - origin, origin)
    end = max(1.0, float(numbers[-1]))
    across = [(value / end, f"{value:,.0f}") for value in ticks(0.0, end, 7, whole=True)[0]]
    return {"origin": origin, "low": low, "high": high, "across": across, "up": height_ticks(low, high, origin)}


def _touches(fit: Fit, history: History, numbers: NDArray[np.int64]) -> bool:
    """Whether each E step takes the posterior, so that who holds which rows follows from the parameters."""
    heights, bounds = (history.scalar(name)[numbers] for name in ("log_likelihood", "bound_after_e"))
    known = np.isfinite(heights)
    apart = np.abs(heights - bounds)[known]
    limit = TOUCHING * np.maximum(np.abs(heights[known]), max(1.0, fit.data.n_samples))
    return bool(np.isfinite(bounds[known]).all() and (apart <= limit).all())


def _follows_from_values(fit: Fit) -> bool:
    """Whether a row's value in one column alone says who holds it, so that bars can be coloured by it."""
    form = fit.data.form
    return fit.data.n_features == 1 and not (form.labels or form.errors or form.groups)


def _plain(values: Array) -> list[float | None]:
    return [number_or_none(float(value)) for value in values]


# ---- parts of the page


def _lead(fit: Fit, tape: dict[str, Any]) -> str:
    data, family = fit.data, fit.mixture.family
    source = f" of {shown(data.source)}" if data.source else ""
    k = fit.mixture.n_components
    model = f"{family.title} model" if family.shared else f"{k} {family.title} component{'s' * (k > 1)}"
    frames, last = len(tape["numbers"]), tape["numbers"][-1]
    which = f"; {frames:,} of {last + 1:,} iterations are kept" if frames <= last else ""
    return f"{formatting.count(data.n_samples)} rows{source}, {model}{which}."


def _controls() -> Markup:
    keys = (
        ("to-start", "to_start"),
        ("back", "step_back"),
        ("play", ""),
        ("forward", "step_forward"),
        ("to-end", "to_end"),
    )
    words = {"to-start": "To the start", "back": "A step back", "forward": "A step on", "to-end": "To the end"}
    buttons = [
        element(
            "button", icon(drawn) if drawn else "Play", type="button", id=one,
            aria_label=words.get(one), title=words.get(one),
        )
        for one, drawn in keys
    ]  # fmt: skip
    slider = element("input", type="range", id="slider", min="0", max="0", value="0", aria_label="Step")
    speeds = [
        element("option", f"{formatting.short(speed)} {'steps' if speed > 1 else 'step'}/s", value=f"{speed:g}")
        for speed in SPEEDS
    ]
    speed = element("label", "Speed ", element("select", *speeds, id="speed"))
    halves = element("label", element("input", type="checkbox", id="halves"), "E and M steps", id="half-steps")
    return element("div", *buttons, slider, speed, halves, class_="controls", role="group", aria_label="Player")
