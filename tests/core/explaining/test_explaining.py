"""What is said of a half-step is true: each number in it is worked out here once more, from the rows."""

import re

import numpy as np
import pytest

from core import em
from core.data import Data, Levels
from core.explaining.equations import equations, family_of, numbers_of
from core.explaining.half_step import HalfStep
from core.explaining.sentences import explain
from core.explaining.worked import Fraction, described, nearest_row, power_of_e, worked
from core.families import FAMILIES
from core.options import FitOptions
from core.roles import Form
from emgui.halves import half_step
from emgui.run import Run

WAITING = np.concatenate([np.random.default_rng(5).normal(54, 6, 100), np.random.default_rng(6).normal(80, 6, 172)])


def run_of(values, n_iterations=6, **options):
    """A run of so many iterations, and its data."""
    data = Data(np.asarray(values, dtype=float), ("waiting",))
    run = Run(data, FitOptions(**{"n_components": 2, "start": "random", "seed": 4, **options}), "")
    for part in run.iterations():
        run.append(part)
        if run.last_number >= n_iterations or run.outcome is not None:
            break
    return run


def posterior(run, number):
    joint = run.mixture(number).joint(run.data.column)
    shares = np.exp(joint - joint.max(axis=0))
    return shares / shares.sum(axis=0)


def text_of(run, position):
    return explain(half_step(run, position)).text


def numbers_in(text):
    return [float(one.replace("−", "-").replace(",", "")) for one in re.findall(r"[−+]?\d[\d,]*(?:\.\d+)?", text)]


# ---- the E step


def test_the_e_step_counts_the_rows_that_changed_their_most_likely_component():
    run = run_of(WAITING)
    before, after = posterior(run, 0), posterior(run, 1)
    changed = int((before.argmax(axis=0) != after.argmax(axis=0)).sum())
    assert changed > 1
    text = text_of(run, 3)
    assert text.startswith("Iteration 1, E step. 272 rows were shared out among 2 components")
    assert f"{changed} rows changed their most likely component" in text


def test_the_e_step_says_how_much_went_over_and_who_gained():
    run = run_of(WAITING)
    before, after = posterior(run, 0), posterior(run, 1)
    change = half_step(run, 3).change
    assert change.moved == pytest.approx(np.abs(after - before).sum() / 2, rel=1e-12)
    assert change.after == pytest.approx(after.sum(axis=1), rel=1e-12)
    most = int(np.argmax(change.after - change.before))
    assert f"Component {most + 1} now holds {after[most].sum():,.2f} rows in all" in text_of(run, 3)


def test_the_gap_that_the_m_step_leaves_is_the_one_that_the_e_step_closes():
    run = run_of(WAITING)
    m, e = text_of(run, 4), text_of(run, 5)
    gap = run.history.scalar("log_likelihood")[2] - run.history.scalar("bound_after_m")[2]
    told = f"{float(f'{gap:.3g}'):g}"
    assert f"{told} above it: that gap is for the E step to close" in m
    assert f"the lower bound rose by {told} and touches it: the gap is closed" in e


def test_counts_weigh_in_what_is_told():
    values, counts = np.unique(np.rint(WAITING), return_counts=True)
    pressed = Data(values, ("waiting",), counts=counts.astype(float))
    start = run_of(np.rint(WAITING)).mixture(0)
    texts = []
    for data in (Data(np.rint(WAITING), ("waiting",)), pressed):
        run = Run(data, FitOptions(start="given"), "", given=start)
        for part in run.iterations():
            run.append(part)
            if run.last_number == 3:
                break
        texts.append([text_of(run, position) for position in range(1, 7)])
    assert texts[0] == texts[1]


# ---- the M step


@pytest.mark.parametrize(
    ("family", "seen"),
    [("gaussian", np.asarray), ("poisson", np.asarray), ("lognormal", np.log), ("gamma", np.asarray)],
)
def test_the_rows_that_pulled_a_component_moved_it_by_what_their_responsibilities_changed(family, seen):
    """A mean of g(x) moves by Σ Δr (g(x) − old) / N: this sum over the rows that are named, and over all."""
    run = run_of(np.rint(WAITING), family=family)
    x, found = run.data.column, 0
    for number in range(2, min(5, run.last_number + 1)):
        step = half_step(run, 2 * number)
        for place in range(2):
            pull = step.pull(place)
            if pull is None:
                continue
            found += 1
            now, then = posterior(run, number - 1)[place], posterior(run, number - 2)[place]
            old = then @ seen(x) / then.sum()
            inside = (x >= pull.low) & (x < pull.high)
            terms = (now - then) * (seen(x) - old) / now.sum()
            assert pull.rows == inside.sum()
            assert pull.more == pytest.approx((now - then)[inside].sum(), rel=1e-9)
            assert pull.effect == pytest.approx(terms[inside].sum(), rel=1e-6)
            assert pull.move == pytest.approx(terms.sum(), rel=1e-6)
    assert found


def test_the_first_m_step_tells_of_the_mean_of_the_rows_only():
    run = run_of(WAITING)
    step = half_step(run, 2)
    assert step.pull(0) is None
    text = explain(step).text
    moved = int(re.search(r"Component (\d) moved the most", text).group(1)) - 1
    mean = posterior(run, 0)[moved] @ WAITING / posterior(run, 0)[moved].sum()
    told = re.search(
        r"Its mean is ([\d.]+) because that is the mean of its rows, each counted by its responsibility\.", text
    )
    assert float(told.group(1)) == pytest.approx(mean, abs=0.06)


def test_nothing_is_given_for_a_reason_where_a_parameter_is_held():
    from core.constraints.parsing import parse
    from emgui.holding import held_to

    base = FitOptions(n_components=2, start="random", seed=4)
    run = run_of(WAITING, constraints=held_to(base, (parse("bound", "mean=60:70"),)).constraints)
    step = half_step(run, 8)
    places = [place for place in range(2) if not step.agrees(step.equation(place), place)]
    assert places
    for place in places:
        assert step.pull(place) is None
    assert "The parameters were held to: " in explain(step).text


@pytest.mark.parametrize("algorithm", list(em.ALGORITHMS))
def test_every_variant_has_words_for_both_halves(algorithm):
    run = run_of(WAITING, algorithm=algorithm)
    texts = [text_of(run, position) for position in range(run.last_position + 1)]
    assert all(text.endswith(".") and "nan" not in text and "inf" not in text for text in texts)
    assert texts[0].startswith("Start.")


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        ("hard", "went wholly to the component"),
        ("stochastic", "was drawn for one component by chance"),
        ("incremental", "in 20 blocks"),
        ("sparse", "only components that had at least 0.001 of a row"),
        ("annealed", "at temperature 3.2"),
    ],
)
def test_a_variant_says_how_it_shares_rows_out(algorithm, words):
    run = run_of(WAITING, algorithm=algorithm, start="kmeans" if algorithm == "sparse" else "random")
    assert words in text_of(run, 3 if algorithm == "annealed" else 5)


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        ("hard", "fitted to the rows it was given, and to no others"),
        ("stochastic", "fitted to the rows as they were drawn"),
        ("incremental", "20 M steps"),
        ("online", "before each batch"),
        ("squarem", "Two steps of EM said how far a third may go"),
        ("annealed", "shaken a little"),
    ],
)
def test_a_variant_says_how_it_came_by_its_parameters(algorithm, words):
    assert words in text_of(run_of(WAITING, algorithm=algorithm), 2)


def test_the_gradient_says_that_there_was_no_m_step():
    run = run_of(WAITING, 14, algorithm="gradient")
    assert "There was no M step" in text_of(run, 24)


def test_a_finish_is_not_told_as_a_step_of_em():
    run = run_of(WAITING)
    run.finished_from = 3
    assert half_step(run, 6).algorithm.name == "fast"
    assert half_step(run, 4).algorithm.name == "em"


def test_the_linkage_model_is_told_by_its_cells():
    from core.models import linkage

    run = Run(linkage(), FitOptions(n_components=5, family="linkage"), "")
    for part in run.iterations():
        run.append(part)
        if run.last_number == 2:
            break
    # Dempster, Laird and Rubin (1977), section 1: from 0.5 the first step leads to (25 + 34)/(25 + 34 + 18 + 20).
    assert "π moved from 0.500 to 0.608" in text_of(run, 2)
    assert "hold 25 + 34 rows, those that shrink with it 18 + 20" in text_of(run, 2)
    (block,) = worked(half_step(run, 2), 0)
    assert str(block.formulas[0]).endswith("(25 + 34) / (25 + 18 + 20 + 34) = 0.6082")


def test_of_many_rows_evenly_spread_ones_are_looked_at_and_the_words_say_about():
    values = np.random.default_rng(0).normal([0.0, 4.0], 1.0, (100_000, 2)).ravel()
    run = run_of(values, 3)
    step = half_step(run, 5)
    assert not step.looked.is_whole
    assert len(step.looked.values) <= 60_001
    assert step.looked.counts.sum() == pytest.approx(200_000)
    exact = int((posterior(run, 1).argmax(axis=0) != posterior(run, 2).argmax(axis=0)).sum())
    assert step.change.rows == pytest.approx(exact, abs=4 * np.sqrt(4 * exact) + 10)
    assert "About" in explain(step).text
    assert "200,000 rows were shared out" in explain(step).text


def test_what_is_looked_at_does_not_follow_the_order_of_the_file():
    """A file that goes round its groups: each is met as often as it is there."""
    values = np.tile(np.arange(5.0), 40_000)
    data = Data(values + np.random.default_rng(0).normal(0, 0.1, len(values)), ("x",))
    run = Run(data, FitOptions(n_components=2), "")
    run.append(next(run.iterations()))
    looked = half_step(run, 1).looked
    met = np.bincount(np.rint(looked.values).astype(int), looked.counts, 5)
    assert met == pytest.approx(40_000, rel=0.1)


def test_the_nearest_row_of_many_is_found_wherever_it_is():
    values = np.zeros(600_000)
    values[500_001] = 9.0
    assert nearest_row(values, 8.0) == 500_001
    assert nearest_row(values, 8.0, near=0.5) == 500_001
    assert nearest_row(values, 0.1, near=0.5) == 0


# ---- equations and formulas


@pytest.mark.parametrize(
    "family", ["gaussian", "student_t", "lognormal", "gamma", "exponential", "poisson", "binomial"]
)
def test_the_equations_of_a_family_are_what_its_m_step_solves(family):
    values = np.rint(WAITING) if family in ("poisson", "binomial") else WAITING
    run = run_of(values, 4, family=family, trials=200 if family == "binomial" else None)
    for number in range(1, run.last_number + 1):
        shares = posterior(run, number - 1)
        mixtures = run.mixture(number).plain, run.mixture(number - 1).plain
        for place in range(2):
            new, old = (numbers_of(mixture, place) for mixture in mixtures)
            found = equations(family_of(mixtures[0], place))
            assert found
            for equation in found:
                over, under = equation.parts(new, old, run.data.column)
                assert (shares[place] @ over) / (shares[place] @ under) == pytest.approx(equation.value(new), rel=1e-7)


def last_number(formula):
    return float(str(formula.pieces[-1]).lstrip("= ").replace("−", "-"))


def test_the_e_step_of_a_row_is_written_out_with_its_numbers():
    run = run_of(WAITING)
    row = nearest_row(WAITING, 66.0)
    (block,) = worked(half_step(run, 7), row)
    mixture = run.mixture(3)
    with np.errstate(all="ignore"):
        joint = np.exp(mixture.joint(WAITING[row : row + 1])[:, 0])
    for place, formula in enumerate(block.formulas):
        assert formula.identity == mixture.ids[place]
        fractions = [piece for piece in formula.pieces if isinstance(piece, Fraction)]
        weight, density = (float(part.replace("−", "-")) for part in fractions[1].over.split(" × "))
        assert weight * density == pytest.approx(joint[place], rel=1e-3)
        assert float(fractions[1].under.replace("−", "-")) == pytest.approx(joint.sum(), rel=1e-3)
        assert last_number(formula) == pytest.approx(joint[place] / joint.sum(), rel=1e-3)


def test_the_m_step_of_a_row_says_what_it_adds_to_each_mean():
    run = run_of(WAITING)
    row = nearest_row(WAITING, 66.0)
    blocks = worked(half_step(run, 6), row)
    shares = posterior(run, 2)
    means = next(block for block in blocks if block.title == "Mean")
    for place, formula in enumerate(means.formulas):
        assert last_number(formula) == pytest.approx(shares[place, row] * WAITING[row] / shares[place].sum(), rel=2e-3)
        assert f"= {run.mixture(3).parameters['mean'][place]:.4g}" in str(formula)


def test_what_all_rows_add_to_a_mean_makes_the_mean():
    values = WAITING[::16]
    run = run_of(values, 3, start="kmeans")
    step = half_step(run, 2)
    added = sum(
        last_number(next(block for block in worked(step, row) if block.title == "Mean").formulas[0])
        for row in range(len(values))
    )
    assert added == pytest.approx(run.mixture(1).parameters["mean"][0], rel=1e-3)


def test_a_parameter_that_is_held_is_shown_beside_what_the_rows_would_make_of_it():
    from core.constraints.parsing import parse
    from emgui.holding import held_to

    base = FitOptions(n_components=2, start="random", seed=4)
    run = run_of(WAITING, constraints=held_to(base, (parse("fix", "mean[1]=58"),)).constraints)
    text = "\n".join(map(str, worked(half_step(run, 4), 0)))
    assert "→ 58" in text
    assert "it is held to something" in text


def test_of_many_components_those_that_have_some_of_the_row_are_written_out():
    run = run_of(np.concatenate([WAITING + 100.0 * k for k in range(3)]), 2, n_components=6, start="quantiles")
    (block,) = worked(half_step(run, 3), 0)
    shares = posterior(run, 1)[:, 0]
    assert [formula.identity for formula in block.formulas] == [k + 1 for k in range(6) if shares[k] >= 1e-4]
    assert f"The other {6 - len(block.formulas)} components have less of the row." in block.remark


def test_winner_takes_all_says_which_is_the_largest():
    run = run_of(WAITING, algorithm="hard")
    (block,) = worked(half_step(run, 5), 0)
    text = str(block)
    assert text.count("not the largest: r") == 1
    assert "the largest: r₁ = 1.000" in text


def test_rows_that_say_less_than_a_value_have_shares_but_no_sums():
    lower, upper = np.floor(WAITING), np.floor(WAITING) + 1.0
    seen = np.column_stack([lower, upper])
    data = Data(0.5 * (lower + upper), ("waiting",), seen=seen, form=Form(intervals=True, all_hidden=True))
    run = Run(data, FitOptions(n_components=2), "")
    for part in run.iterations():
        run.append(part)
        if run.last_number == 2:
            break
    step = half_step(run, 4)
    assert described(step, 0) == f"Row 1: from {lower[0]:g} to {upper[0]:g}"
    (block,) = worked(step, 0)
    assert not block.formulas
    assert "Rows that say less than a value" in explain(step).text
    assert len(worked(half_step(run, 3), 0)[0].formulas) == 2


def test_before_the_first_e_step_there_is_no_formula():
    run = run_of(WAITING)
    assert worked(half_step(run, 0), 0) == ()


def test_numbers_far_beyond_float64_are_told():
    assert power_of_e(-np.inf) == "0"
    assert power_of_e(-2000.0).endswith("e−869")
    assert float(power_of_e(-10.0).replace("−", "-")) == pytest.approx(np.exp(-10.0), rel=1e-3)


def test_any_offset_and_scale_changes_the_words_in_their_units_only():
    run = run_of(WAITING)
    moved = run_of(WAITING + 1e6)
    assert (
        text_of(run, 3).partition("The parameters stand still")[0]
        == (text_of(moved, 3).partition("The parameters stand still")[0])
    )
    assert isinstance(half_step(moved, 4), HalfStep)


# ---- whatever is fitted


@pytest.mark.parametrize("family", [*FAMILIES, "gaussian+uniform", "gamma+student_t"])
def test_every_family_has_words_and_formulas_for_every_half_step(family):
    values = np.rint(WAITING) if family in ("poisson", "binomial") else WAITING
    run = run_of(values, 3, family=family, trials=200 if family == "binomial" else None, start="kmeans")
    for position in range(run.last_position + 1):
        step = half_step(run, position)
        text = explain(step).text + "\n".join(map(str, worked(step, 7)))
        assert "nan" not in text
        assert "inf" not in text
        assert bool(worked(step, 7)) == (position > 0)


def test_rows_of_known_components_count_for_these_alone():
    """The sums are over responsibilities that the labels decide, and make the parameters all the same."""
    names, codes = ("short", "long"), np.where(np.arange(272) % 5 == 0, (WAITING > 67).astype(int), -1)
    data = Data(WAITING, ("waiting",), labels=Levels(names, codes.astype(np.int32)), form=Form(labels=names),
                seen=codes[:, np.newaxis].astype(float))  # fmt: skip
    run = Run(data, FitOptions(n_components=2), "")
    for part in run.iterations():
        run.append(part)
        if run.last_number == 2:
            break
    step = half_step(run, 4)
    known = int(np.argmax(codes == 1))
    assert step.now[:, known] == pytest.approx([0.0, 1.0])
    assert all(step.agrees(step.equation(place), place) for place in range(2))
    assert "→" not in "\n".join(map(str, worked(step, known)))


ENDS = np.column_stack([np.where(WAITING > 85, 85.0, WAITING), np.where(WAITING > 85, np.inf, WAITING)])
FORMS = {
    "censored": (np.minimum(WAITING, 85.0), ENDS, Form(intervals=True)),
    "truncated": (WAITING[WAITING < 90], None, Form(truncate=(20.0, 90.0))),
    "with errors": (WAITING, np.full((272, 1), 2.0), Form(errors=True)),
}


@pytest.mark.parametrize("name", FORMS)
def test_rows_of_every_form_are_explained(name):
    values, seen, form = FORMS[name]
    run = Run(Data(values, ("waiting",), seen=seen, form=form), FitOptions(n_components=2), "")
    for part in run.iterations():
        run.append(part)
        if run.last_number == 2:
            break
    for position in range(1, run.last_position + 1):
        step = half_step(run, position)
        row = int(np.argmax(values))
        text = explain(step).text + "\n".join(map(str, worked(step, row)))
        assert "nan" not in text
        told = "Rows that could not be recorded" if name == "truncated" else "Rows that say less"
        assert (told in text) == (position % 2 == 0)
    if name == "censored":
        assert described(step, row) == f"Row {row + 1}: from 85 to ∞"
