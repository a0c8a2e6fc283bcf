"""Components that fall onto a point are named, never called converged, and the iterate before stands."""

import numpy as np
import pytest
from cases import column, data, drawn, mixture

from core import Data, FitOptions, InputError, Mixture, Problem, fit
from core.collapse import collapsed, improper, nearest, rounding_unit
from core.constraints import Constraints, parse
from core.em import check
from core.expectation import State, expect
from core.families import make_family
from core.families.family import Setting
from core.models import MODELS, N_COMPONENTS
from core.roles import Roles


def state(rows, made):
    return State(made, expect(Problem(rows), made))


def fault(rows, made):
    return collapsed(Problem(rows), state(rows, made))


def degenerate(rows, start, **options):
    result, history = fit(rows, FitOptions(n_components=start.n_components, **options), start)
    assert result.outcome.status == "degenerate"
    assert (result.aic, result.bic, result.icl, result.expected_gain) == (None, None, None, None)
    if len(history) > 1:
        assert result.number == len(history) - 2, "the last iterate before the collapse"
        assert fault(rows, result.mixture) is None
    assert np.isfinite(result.log_likelihood)
    assert result.log_likelihood == history.scalar("log_likelihood")[result.number]
    assert "Use another start" in result.outcome.message
    return result.outcome.message


def test_a_component_on_a_single_row_is_named_with_its_value():
    rows = data(np.r_[drawn(100), 1000000054.3])
    message = degenerate(rows, mixture([0.9, 0.1], [0.0, 1000000054.0], [2.0, 10.0]))
    assert message.startswith("Component 2 has collapsed onto the value 1000000054.3 (a single row).")
    assert "no upper bound" in message


def test_a_component_on_equal_rows_is_named_with_their_number():
    rows = data(np.r_[drawn(500), np.full(40, 12.5)])
    message = degenerate(rows, mixture([0.9, 0.1], [1.0, 12.5], [2.0, 0.3]))
    assert message.startswith("Component 2 has collapsed onto the value 12.5 (40 equal rows).")


def test_counts_are_rows():
    rows = data([0.0, 1.0, 2.0, 3.0, 12.5], [10, 20, 20, 10, 1400])
    message = degenerate(rows, mixture([0.1, 0.9], [1.0, 12.5], [1.0, 0.3]))
    assert "12.5 (1,400 equal rows)" in message


def test_an_sd_below_1e_minus_9_of_the_datas_is_a_collapse_though_rows_differ():
    rows = data(np.r_[drawn(500), 5.0 + 1e-11 * np.arange(5)])
    made = mixture([0.9, 0.1], [1.0, 5.0], [2.0, 1e-11])
    assert "collapsed: sd" in fault(rows, made)
    assert "below 1e-9 of the data's" in fault(rows, made)


def test_a_component_without_rows_is_said_to_have_none_and_nothing_else():
    message = degenerate(data(drawn(100)), mixture([0.5, 0.5], [0.0, 1e6], [1.0, 1.0]))
    assert message.startswith("Component 2 has collapsed: no row belongs to it any more.")
    assert "upper bound" not in message


def test_tied_components_on_single_values_are_no_collapse_but_all_of_them_are():
    rows = data(np.r_[drawn(100), 50.0])
    result, _ = fit(rows, FitOptions(covariance="tied"), mixture([0.9, 0.1], [0, 50], [2, 2], "tied"))
    assert result.outcome.status == "converged"
    two_values = data([1.0, 1.0, 1.0, 2.0, 2.0])
    message = degenerate(two_values, mixture([0.5, 0.5], [1, 2], [0.2, 0.2], "tied"), covariance="tied")
    assert message.startswith("All components have collapsed")
    assert "tied" not in message, "what is tied already is no remedy"


def of_family(name, weights, **parameters):
    made = make_family(name, Setting())
    return Mixture(made, np.array(weights), {key: np.array(value) for key, value in parameters.items()})


def held(kind, text):
    return Constraints((parse(kind, text),))


@pytest.mark.parametrize(
    ("start", "remedy"),
    [
        (mixture([0.9, 0.1], [1.0, 12.5], [2.0, 0.3]), "fewer components, tied sds or a floor under the sd."),
        (of_family("gamma", [0.9, 0.1], shape=[4.0, 1e4], scale=[1.0, 12.5e-4]), "or a floor under the scale."),
        (of_family("weibull", [0.9, 0.1], shape=[2.0, 99.0], scale=[4.0, 12.5]), "or an upper bound of the shape."),
        (of_family("lognormal", [0.9, 0.1], log_mean=[1.0, 2.526], log_sd=[0.5, 0.01]), "a floor under the log sd."),
    ],
)
def test_what_helps_is_named_for_each_family(start, remedy):
    rows = data(np.r_[np.abs(drawn(300)) + 0.1, np.full(60, 12.5)])
    result, _ = fit(rows, FitOptions(family=start.family.name), start)
    assert result.outcome.status == "degenerate"
    assert result.outcome.message.startswith("Component 2 has collapsed")
    assert result.outcome.message.endswith(remedy)


def test_components_of_counts_do_not_collapse_onto_a_value():
    rows = data(np.r_[np.random.default_rng(0).poisson(3.0, 300), np.zeros(200)])
    assert fault(rows, of_family("poisson", [0.4, 0.6], rate=[1e-300, 3.0])) is None


def test_a_spread_that_is_held_up_is_neither_collapsed_nor_improper():
    rows = data(np.r_[drawn(500), np.full(40, 12.5)])
    narrow = state(rows, mixture([0.93, 0.07], [1.0, 12.5], [2.0, 1e-3]))
    assert "onto the value 12.5" in collapsed(Problem(rows), narrow)
    assert "spike" in improper(Problem(rows), narrow, 0.0)
    for kind, text in (("floor", "sd=0.001"), ("fix", "sd[2]=0.001"), ("bound", "sd=1e-9:"), ("prior", "sd=1")):
        problem = Problem(rows, held(kind, text))
        assert collapsed(problem, narrow) is None
        assert improper(problem, narrow, 0.0) is None
    for kind, text in (("fix", "mean[2]=12.5"), ("bound", "sd=:9"), ("floor", "sd[1]=1"), ("order", "mean")):
        assert "onto the value 12.5" in collapsed(Problem(rows, held(kind, text)), narrow)


def test_components_whose_sds_are_tied_collapse_together_only():
    values = data(np.r_[np.full(50, 1.0), np.full(50, 2.0), drawn(200, 3, (1.0,), (30.0,), (3.0,))])
    start = mixture([0.2, 0.2, 0.6], [1.0, 2.0, 30.0], [0.1, 0.1, 3.0])
    two = FitOptions(n_components=3, constraints=held("tie", "sd[1,2]"))
    assert fit(values, two, start)[0].outcome.message.startswith("Components 1 and 2 have collapsed")
    other = FitOptions(n_components=3, constraints=held("tie", "sd[1,3]"))
    assert fit(values, other, start)[0].outcome.message.startswith("Component 2 has collapsed onto the value 2 ")


@pytest.mark.parametrize("offset", [0.0, 1e9])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_collapse_is_one_in_any_unit(offset, scale):
    rows = data((np.r_[np.round(drawn(60), 3), 64.0] + offset) * scale)
    degenerate(rows, mixture([0.9, 0.1], (np.array([0.0, 64.0]) + offset) * scale, np.array([2.0, 1.0]) * scale))


def test_a_narrow_component_of_many_rows_is_no_collapse():
    rng = np.random.default_rng(0)
    rows = data(np.r_[rng.normal(0, 0.001, 500), rng.normal(5, 2, 500)])
    result, _ = fit(rows, FitOptions(), mixture([0.5, 0.5], [0.0, 5.0], [0.01, 2.0]))
    assert result.outcome.status == "converged"


def test_a_degenerate_start_stands_itself_as_the_result():
    result, history = fit(data(drawn(50)), FitOptions(), mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1e-12]))
    assert result.outcome.status == "degenerate"
    assert result.number == 0
    assert len(history) == 1


def test_improper_optima_are_told_by_rows_rounding_and_spikes():
    rows = data(np.round(drawn(400), 1))
    problem, unit = Problem(rows), rounding_unit(rows)
    assert unit == 0.1
    few = state(rows, mixture([0.999, 0.001], [1.0, 4.9], [2.0, 0.1]))
    assert "holds only" in improper(problem, few, unit)
    narrow = state(rows, mixture([0.5, 0.5], [1.0, 1.0], [2.0, 0.04]))
    assert "below half of the data's rounding unit 0.1" in improper(problem, narrow, unit)
    spike = state(rows, mixture([0.99, 0.01], [1.0, 1.0], [2.0, 0.09]))
    assert "is a spike" in improper(problem, spike, unit)
    assert improper(problem, state(rows, mixture([0.5, 0.5], [-1.0, 2.0], [1.0, 1.0])), unit) is None


def test_with_tied_sds_a_component_of_one_row_is_proper():
    rows = data(np.r_[drawn(100), 50.0])
    tied = state(rows, mixture([0.99, 0.01], [1.0, 50.0], [2.0, 2.0], "tied"))
    full = state(rows, mixture([0.99, 0.01], [1.0, 50.0], [2.0, 2.0]))
    assert improper(Problem(rows), tied, 0.0) is None
    assert "holds only" in improper(Problem(rows), full, 0.0)


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (np.arange(20.0), 1.0),
        (np.arange(20) * 10.0, 10.0),
        (np.round(drawn(200), 2), 0.01),
        (np.round(drawn(200), 2) + 1e9, 0.01),
        (drawn(200), 0.0),
        (np.arange(20) * 1e30, 1e30),
        (np.arange(20) * 1e-200, 1e-200),
        (column("faithful.csv", "waiting"), 1.0),
    ],
)
def test_the_unit_to_which_values_are_rounded_is_seen(values, unit):
    assert rounding_unit(data(values)) == pytest.approx(unit)


def test_the_nearest_value_and_how_many_rows_have_it():
    rows = data([1.0, 3.0, 3.0, 7.0], [1, 2, 5, 1])
    assert nearest(rows, 2.9) == (3.0, 7.0)
    assert nearest(rows, -5.0) == (1.0, 1.0)


def test_a_constant_column_is_refused_in_words():
    with pytest.raises(InputError, match=r"All 20 values of “x” are 1000000054\.3: with no variation"):
        check(data(np.full(20, 1000000054.3)), FitOptions())
    with pytest.raises(InputError, match="The only value of “x” is 3:"):
        check(data([3.0]), FitOptions(n_components=1))
    with pytest.raises(InputError, match="All 5 values of “x” are 3:"):
        check(data([3.0, 4.0], [5, 0]), FitOptions())


def test_fewer_rows_than_parameters_are_refused_in_words():
    with pytest.raises(InputError, match="4 usable rows, fewer than the 5 parameters of 2 components"):
        check(data([1.0, 2.0, 3.0, 4.0]), FitOptions())
    check(data([1.0, 2.0, 3.0, 4.0]), FitOptions(covariance="tied"))
    check(data([1.0, 2.0], [3, 2]), FitOptions())


def test_rows_are_counted_against_what_is_free_only():
    rows = data([1.0, 2.0, 5.0, 6.5])
    held = Constraints((parse("fix", "sd=1"), parse("fix", "weight=0.5")))
    result, _ = fit(rows, FitOptions(constraints=held))
    assert result.outcome.status == "converged"
    assert held.n_free(result.mixture.family, (1, 2)) == held.n_parameters(result.mixture) == 2
    with pytest.raises(InputError, match="fewer than the 5 free parameters of 3 components"):
        check(rows, FitOptions(n_components=3, constraints=Constraints((parse("fix", "sd=1"),))))


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308, 0.0], [0.0, 5e-324, 1e-323], [1e-300, 2e-300, 4e-300]])
def test_values_beyond_what_float64_can_calculate_with_are_refused_in_words(values):
    with pytest.raises(InputError, match="larger or a smaller unit"):
        check(data(values), FitOptions(n_components=1))


def test_weights_are_not_called_rows():
    values, weights = np.r_[drawn(199), 12.5], np.r_[np.ones(199), 1e12]
    rows = Data(values, ("x",), counts=weights * 200 / weights.sum(), roles=Roles(weights="w"))
    message = fit(rows, FitOptions(), mixture([0.1, 0.9], [1.0, 12.5], [2.0, 0.3]))[0].outcome.message
    assert "has collapsed onto the value 12.5. The likelihood" in message


@pytest.mark.parametrize("sd", [1e150, 1e300])
def test_a_component_too_wide_to_calculate_with_is_not_called_narrow(sd):
    result, _ = fit(data(drawn(200)), FitOptions(), mixture([0.5, 0.5], [0.0, 1.0], [sd, 1.0]))
    assert result.outcome.status == "degenerate"
    assert result.outcome.message == (
        f"Component 1 is too wide for float64 to calculate with: sd 1e{round(np.log10(sd))}. Use another start."
    )


def test_of_spheres_no_direction_is_named():
    family = make_family("gaussian", Setting("spherical", None, 2))
    rows = Data(np.r_[np.random.default_rng(0).normal(size=(100, 2)), np.full((5, 2), 6.0)], ("x", "y"))
    parameters = {"mean": np.array([[0.0, 0.0], [6.0, 6.0]]), "covariance": np.array([np.eye(2), 0.1 * np.eye(2)])}
    result, _ = fit(rows, FitOptions(covariance="spherical"), Mixture(family, np.array([0.95, 0.05]), parameters))
    assert "Component 2 has collapsed: the sd is below 1e-6 of the data's. " in result.outcome.message


def test_a_model_with_a_start_of_its_own_is_told_no_remedies():
    options = FitOptions(family="linkage", n_components=N_COMPONENTS["linkage"], algorithm="hard")
    message = fit(MODELS["linkage"](), options)[0].outcome.message
    assert message == "Component 2 has collapsed: no row belongs to it any more."
