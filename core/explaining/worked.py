"""The formulas of a half-step with the numbers of one row put in: what it gives to each component, and adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from typing import NamedTuple

import numpy as np

from core import formatting
from core.data import Array
from core.explaining.amounts import capital, figure, finer, power_of_e, total
from core.explaining.equations import REMARKS, Equation, equations, family_of, numbers_of
from core.explaining.half_step import AGREEING, START, E, HalfStep
from core.explaining.moves import unseen

FEW, MOST_LINES, LEAST = 4, 8, 1e-4
"""Components of which all are written out; of more, at most so many, of those that have this share of the row."""
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
AT_ONCE = 1 << 18
"""Rows among which the nearest is looked for before it is seen whether it is near enough."""
TIMES = " × "
ELSEWHERE = (
    "Where → stands the step led elsewhere: it is held to something, or goes no farther than the E step’s sums reach."
)


class Fraction(NamedTuple):
    """One thing over another."""

    over: str
    under: str

    def __str__(self) -> str:
        return f"({self.over}) / ({self.under})"


@dataclass(frozen=True)
class Formula:
    """One line of formulas, in the colour of a component (0 for none): texts and fractions side by side."""

    identity: int
    pieces: tuple[str | Fraction, ...]

    def __str__(self) -> str:
        return " ".join(str(piece) for piece in self.pieces if str(piece))


@dataclass(frozen=True)
class Block:
    """Lines whose pieces stand under each other, with a heading and a remark."""

    title: str
    formulas: tuple[Formula, ...]
    remark: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.title, *map(str, self.formulas), self.remark)))


def worked(step: HalfStep, row: int) -> tuple[Block, ...]:
    """What the half-step makes of the row at a position among the data; () before the first E step."""
    if step.phase == START or step.held is None:
        return ()
    shares = _shares(step, row)
    if step.phase == E:
        return (_shared(step, row, shares),)
    if step.mixture.family.shared:
        return (_counted_cells(step, row, shares),)
    if not step.is_seen:
        held = ", ".join(f"{figure(share)} of component {k}" for k, share in zip(step.mixture.ids, shares, strict=True))
        return (Block("What the row counts for", (), f"It counts with {held}. {unseen(step)}"),)
    return (_weights(step, row, shares), *_parameters(step, row, shares))


def described(step: HalfStep, row: int) -> str:
    """The row in words: its number in the file, its value, and how often it counts."""
    data = step.data
    words = f"Row {data.row_number(row):,}"
    if data.form.is_plain:
        words += f": {_value(float(data.values[row, 0]))}"
    elif data.seen is not None and data.form.intervals:
        low, high = (float(end) for end in data.seen[row, :2])
        words += f": {_value(low)}" if low == high else f": from {_value(low)} to {_value(high)}"
    else:
        words += f": {_value(float(data.values[row, 0]))}"
    if data.counts is not None:
        words += f", counted {figure(float(data.counts[row]))} times"
    return words


def nearest_row(values: Array, value: float, near: float = 0.0) -> int:
    """The position of the row whose value, (n,), is nearest to one; of many, of the first ones that are so near."""
    best, least = 0, np.inf
    for first in range(0, len(values), AT_ONCE):
        away = np.abs(values[first : first + AT_ONCE] - value)
        at = int(away.argmin())
        if away[at] < least:
            best, least = first + at, float(away[at])
        if least <= near:
            break
    return best


# ---- the E step


def _shares(step: HalfStep, row: int) -> Array:
    assert step.held is not None
    with np.errstate(all="ignore"):
        joint = step.held.mixture.joint(step.data.observations(slice(row, row + 1)))
        return np.nan_to_num(step.held.of(joint)[:, 0])


def _shared(step: HalfStep, row: int, shares: Array) -> Block:
    """r = w f / Σ w f, for each component."""
    assert step.held is not None
    mixture, temperature = step.held.mixture, step.held.temperature
    with np.errstate(all="ignore"):
        joint = mixture.joint(step.data.observations(slice(row, row + 1)))[:, 0]
        densities = joint - np.log(mixture.weights)
        blurred = joint / temperature if temperature > 0.0 else joint
        top = blurred.max()
        total = float(top + np.log(np.exp(blurred - top).sum())) if isfinite(top) else -np.inf
    formulas = []
    for place in _shown(shares):
        k, product = under(mixture.ids[place]), _product(float(mixture.weights[place]), float(densities[place]))
        result = f"= {figure(float(shares[place]))}"
        if temperature == 0.0:
            is_won = "the largest" if shares[place] > 0.0 else "not the largest"
            pieces: tuple[str | Fraction, ...] = (
                f"w{k} f{k}(x) =", product, f"= {power_of_e(float(joint[place]))},", f"{is_won}: r{k} {result}"
            )  # fmt: skip
        elif temperature == 1.0:
            pieces = (
                f"r{k} =", Fraction(f"w{k} f{k}(x)", "Σ w f(x)"), "=", Fraction(product, power_of_e(total)), result
            )  # fmt: skip
        else:
            root = f"^(1/{temperature:.3g})"
            over = f"({product}){root}"
            pieces = (
                f"r{k} =", Fraction(f"(w{k} f{k}(x)){root}", f"Σ (w f(x)){root}"), "=",
                Fraction(over, power_of_e(total)), result,
            )  # fmt: skip
        formulas.append(Formula(mixture.ids[place], pieces))
    what = "probability" if mixture.plain.family.discrete else "density"
    remark = f"w is a component’s weight, f(x) its {what} at this row."
    if not step.held.is_exact:
        remark += " This is the posterior; what the variant itself gave the row differs from it."
    return Block("What the row gives to each component", tuple(formulas), remark + _left_out(shares))


def _product(weight: float, log_density: float) -> str:
    return f"{figure(weight)}{TIMES}{power_of_e(log_density)}"


# ---- the M step


def _weights(step: HalfStep, row: int, shares: Array) -> Block:
    counts = 1.0 if step.data.counts is None else float(step.data.counts[row])
    held, n, equal = step.now @ step.looked.counts, step.data.n_samples, _equal(step)
    plain, formulas = step.mixture.plain, []
    for place in _shown(shares):
        k, share = under(step.mixture.ids[place]), float(shares[place]) * counts
        found, value = float(held[place]) / n, float(plain.weights[place])
        pieces = (
            f"w{k} =", Fraction(f"N{k}", "n"), equal, Fraction(total(float(held[place])), total(n)),
            _led_to(step, found, value, 1.0), "this row", Fraction(figure(share), total(n)), f"= {figure(share / n)}",
        )  # fmt: skip
        formulas.append(Formula(step.mixture.ids[place], pieces))
    return Block(
        "Weights: the share of the rows", tuple(formulas), "N is the sum of the responsibilities." + _left_out(shares)
    )


def _parameters(step: HalfStep, row: int, shares: Array) -> list[Block]:
    plain = step.mixture.plain
    blocks: dict[tuple[str, str], list[Formula]] = {}
    remarks: dict[str, None] = {}
    for place in _shown(shares):
        family = family_of(plain, place)
        if family.name in REMARKS:
            remarks[REMARKS[family.name]] = None
        for equation in equations(family):
            key = equation.parameter, family.name
            if equation.pooled and blocks.get(key):
                continue
            blocks.setdefault(key, []).append(_line(step, equation, place, row, shares))
    made = [Block(capital(parameter.replace("_", " ")), tuple(lines)) for (parameter, _), lines in blocks.items()]
    differs = any(str(piece).startswith("→") for block in made for line in block.formulas for piece in line.pieces)
    if differs:
        remarks[ELSEWHERE] = None
    return [*made, Block("", (), " ".join(remarks))] if remarks else made


def _line(step: HalfStep, equation: Equation, place: int, row: int, shares: Array) -> Formula:
    assert step.before is not None
    plain, before, k = step.mixture.plain, step.before, under(step.mixture.ids[place])
    places = range(step.mixture.n_components) if equation.pooled else (place,)
    over, below = sum(step.sums(equation, one, step.now, step.mixture, before).sum(axis=1) for one in places)
    numbers = numbers_of(plain, place)
    value, found = equation.value(numbers), float(over / below) if below else float("nan")
    spread = float(plain.family.spread(plain.parameters)[place])
    counts = 1.0 if step.data.counts is None else float(step.data.counts[row])
    x = step.data.values[row : row + 1, 0]
    with np.errstate(all="ignore"):
        own = np.array([
            [float(part[0]) for part in equation.parts(numbers_of(plain, one), numbers_of(before.plain, one), x)]
            for one in places
        ])  # fmt: skip
    given = np.where(shares[list(places)] > 0.0, shares[list(places)] * counts, 0.0)
    adds = [float(given @ np.nan_to_num(own[:, side])) for side in (0, 1)]
    result = _led_to(step, found, value, min(abs(value), spread))
    if equation.root and value > 0.0:
        result += f" = {figure(sqrt(value))}²"
    identity = 0 if equation.pooled else step.mixture.ids[place]
    pieces: tuple[str | Fraction, ...] = (
        f"{equation.left.format(k=k)} =", Fraction(equation.over.format(k=k), equation.under.format(k=k)),
        _equal(step), Fraction(total(over), total(below)), result, "this row",
    )  # fmt: skip
    if equation.under in ("N{k}", "n"):
        text = (
            figure(adds[0]) if equation.pooled else f"{figure(float(given[0]))}{TIMES}{finer(float(own[0, 0]), spread)}"
        )
        return Formula(identity, (*pieces, Fraction(text, total(below)), f"= {figure(adds[0] / below)}"))
    return Formula(identity, (*pieces, Fraction(figure(adds[0]), figure(adds[1])), "of both sums"))


def _led_to(step: HalfStep, found: float, value: float, size: float) -> str:
    """The ratio, and the parameter where that is another."""
    if abs(found - value) <= AGREEING * max(size, 1e-300) or not step.looked.is_whole:
        return f"= {finer(value, size)}"
    return f"→ {finer(value, size)}"


def _equal(step: HalfStep) -> str:
    return "=" if step.looked.is_whole else "≈"


def _counted_cells(step: HalfStep, row: int, shares: Array) -> Block:
    """The linkage model: π from the counts of its hidden cells."""
    held = [total(float(one)) for one in step.now @ step.looked.counts]
    value = float(step.mixture.plain.parameters[step.mixture.family.shared[0]][0])
    formula = Formula(
        0,
        ("π =", Fraction("N₂ + N₅", "N₂ + N₃ + N₄ + N₅"), "=",
         Fraction(f"{held[1]} + {held[4]}", f"{held[1]} + {held[2]} + {held[3]} + {held[4]}"), f"= {figure(value)}"),
    )  # fmt: skip
    counts = 1.0 if step.data.counts is None else float(step.data.counts[row])
    cells = zip(step.mixture.ids, (shares * counts).tolist(), strict=True)
    given = ", ".join(f"{total(share)} to cell {identity}" for identity, share in cells if share > 0.0)
    return Block("π: of the cells that hang on it, those that grow with it", (formula,), f"This class gives {given}.")


def under(identity: int) -> str:
    """A component's number as an index."""
    return str(identity).translate(SUBSCRIPTS)


def _value(value: float) -> str:
    return formatting.short(float(f"{value:.10g}")) if isfinite(value) else ("−∞" if value < 0 else "∞")


def _shown(shares: Array) -> list[int]:
    """The components that are written out, in their order."""
    most = np.argsort(-shares, kind="stable")[:MOST_LINES]
    return sorted(place for place in most.tolist() if len(shares) <= FEW or shares[place] >= LEAST)


def _left_out(shares: Array) -> str:
    left = len(shares) - len(_shown(shares))
    one = left == 1
    return f" The other {'one has' if one else f'{left} components have'} less of the row." if left > 0 else ""
