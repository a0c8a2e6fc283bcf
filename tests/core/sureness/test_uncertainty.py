"""Standard errors and intervals, compared with certified ones."""

import json

import numpy as np
import pytest
from cases import SAMPLES, column, mixture

from core import Data, FitOptions, Problem, fit
from core.cli import main
from core.constraints import Constraints, parse
from core.em import start_of
from core.fit import with_uncertainty
from core.models import MODELS
from core.roles import Form, Roles
from core.sureness.uncertainty import BOUND, END, HELD, LIMIT, stacked, uncertainty, why_none
from core.thresholds.crossings import crossings, standard_error

TIGHT = {"tolerance": 1e-10, "algorithm": "fast", "max_iterations": 300}


def linkage_data():
    return MODELS["linkage"]()


def linkage_start():
    options = FitOptions(family="linkage", n_components=5, start="given")
    return start_of(linkage_data(), options, np.random.default_rng(0))


def of_fit(data, **options):
    found, _ = fit(data, FitOptions(**{**TIGHT, **options}))
    return found, uncertainty(Problem(data, found.options.constraints), found.mixture)


@pytest.mark.parametrize(
    ("form", "means", "sds", "weight"),
    [
        ("values", [0.6996749794165689, 0.5045947139973508], [0.5373223821960937, 0.40096150393882835], 0.0311647546),
        ("censored", [0.7576347350269735, 0.6112046864102711], [0.5730363623042197, 0.9161688751038191], 0.0328217831),
        ("truncated", [2.223842261011187, 0.5043661938391137], [2.1724893268628436, 0.4919274647641176], 0.0738712556),
    ],
)
def test_they_are_the_certified_ones(form, means, sds, weight):
    waits = column("faithful.csv", "waiting")
    if form == "censored":
        values = np.minimum(waits, 80.0)
        ends = np.stack([values, np.where(waits >= 80, np.inf, values)], axis=1)
        data = Data(values, ("waiting",), seen=ends, form=Form(intervals=True))
    elif form == "truncated":
        data = Data(waits[(waits > 50) & (waits < 90)], ("waiting",), form=Form(truncate=(50.0, 90.0)))
    else:
        data = Data(waits, ("waiting",))
    _, sure = of_fit(data)
    assert sure.standard_errors["mean"] == pytest.approx(means, rel=1e-6)
    assert sure.standard_errors["sd"] == pytest.approx(sds, rel=1e-6)
    assert sure.standard_errors["weight"] == pytest.approx([weight, weight], rel=1e-6)


def test_one_normal_component_has_the_errors_of_the_textbook():
    x = column("faithful.csv", "waiting")
    found, sure = of_fit(Data(x, ("x",)), n_components=1)
    sd, n = float(found.mixture.parameters["sd"][0]), len(x)
    assert sure.standard_errors["mean"][0] == pytest.approx(sd / np.sqrt(n), rel=1e-8)
    assert sure.standard_errors["sd"][0] == pytest.approx(sd / np.sqrt(2 * n), rel=1e-8)
    assert np.isnan(sure.standard_errors["weight"]).all()
    mean = float(found.mixture.parameters["mean"][0])
    assert sure.intervals["mean"][0] == pytest.approx([mean - 1.959964 * sd / n**0.5, mean + 1.959964 * sd / n**0.5])


def test_intervals_stay_within_what_a_parameter_can_be():
    x = column("faithful.csv", "waiting")
    _, sure = of_fit(Data(x, ("x",)))
    assert (sure.intervals["sd"] > 0).all()
    assert ((sure.intervals["weight"] > 0) & (sure.intervals["weight"] < 1)).all()
    found, _ = fit(Data(x, ("x",)), FitOptions())
    for name in ("mean", "sd"):
        ends, values = sure.intervals[name], found.mixture.parameters[name]
        assert ((ends[:, 0] < values) & (values < ends[:, 1])).all()


def test_what_is_held_has_none_and_what_is_tied_has_one():
    data = Data(column("faithful.csv", "waiting"), ("x",))
    _, held = of_fit(data, constraints=Constraints((parse("fix", "mean[1]=55"),)))
    assert np.isnan(held.standard_errors["mean"][0])
    assert np.isfinite(held.standard_errors["mean"][1])
    _, tied = of_fit(data, covariance="tied")
    assert tied.standard_errors["sd"][0] == pytest.approx(tied.standard_errors["sd"][1], rel=1e-9)


def test_the_covariance_holds_their_squares_and_leads_to_the_error_of_a_threshold():
    data = Data(column("faithful.csv", "waiting"), ("x",))
    found, sure = of_fit(data, constraints=Constraints((parse("fix", "mean[1]=55"),)))
    errors = np.concatenate([sure.standard_errors[name] for name in ("weight", "mean", "sd")])
    assert np.sqrt(np.diag(sure.covariance)) == pytest.approx(np.nan_to_num(errors), rel=1e-9)
    assert stacked(found.mixture)[2] == 55.0
    assert (sure.covariance[2] == 0.0).all()
    assert sure.covariance[0, 1] == pytest.approx(-(errors[0] ** 2))
    (threshold,) = (one for one in crossings(found.mixture, 1, 2) if 60 < one.value < 75)
    assert standard_error(found.mixture, threshold, sure.covariance) == pytest.approx(0.66, abs=0.1)


def test_the_linkage_example_has_the_error_that_its_information_says():
    data = linkage_data()
    found, _ = fit(data, FitOptions(family="linkage", n_components=5, start="given", tolerance=1e-12), linkage_start())
    sure = uncertainty(Problem(data), found.mixture)
    at = found.mixture.parameters["pi"][0]
    # Minus the second derivative of 125 ln(2 + π) + 38 ln(1 − π) + 34 ln π.
    information = 125 / (2 + at) ** 2 + 38 / (1 - at) ** 2 + 34 / at**2
    assert sure.standard_errors["pi"] == pytest.approx(np.full(5, information**-0.5), rel=1e-6)


def test_where_everything_is_held_nothing_is_unsure():
    data = Data(column("faithful.csv", "waiting"), ("x",))
    held = [parse("fix", one) for one in ("mean[1]=55", "mean[2]=80", "sd=6", "weight[1]=0.36")]
    _, sure = of_fit(data, constraints=Constraints(tuple(held)))
    assert not sure.covariance.any()
    assert all(np.isnan(of).all() for of in sure.standard_errors.values())


def test_weights_of_one_have_nearly_the_errors_of_plain_rows_and_their_scale_changes_nothing():
    x = column("faithful.csv", "waiting")
    plain = Data(x, ("x",))
    ones = Data(x, ("x",), counts=np.ones(len(x)), roles=Roles(("x",), weights="w"))
    (_, by_information), (_, sandwich) = of_fit(plain), of_fit(ones)
    assert sandwich.is_sandwich
    assert sandwich.standard_errors["mean"] == pytest.approx(by_information.standard_errors["mean"], rel=0.25)


def test_where_the_log_likelihood_does_not_bend_down_there_are_none():
    data = Data(column("faithful.csv", "waiting"), ("x",))
    saddle = mixture([0.5, 0.5], [70.8971, 70.8971], [13.57, 13.57])
    assert uncertainty(Problem(data), saddle) is None


def test_the_command_line_tells_them_in_the_order_of_the_components(capsys):
    path = str(SAMPLES / "faithful.csv")
    assert main(["fit", path, "--column", "waiting", "--standard-errors", "--fix", "sd[1]=6"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [sorted(one) for one in result["standard_errors"]] == [["mean", "sd", "weight"]] * 2
    assert result["standard_errors"][0]["sd"] is None
    assert result["intervals"][0]["sd"] is None
    low, high = result["intervals"][1]["mean"]
    assert low < result["components"][1]["mean"] < high


def test_it_is_said_where_there_are_none(capsys):
    path = str(SAMPLES / "faithful.csv")
    assert main(["fit", path, "--column", "waiting", "--standard-errors", "--prior", "weight=2"]) == 0
    out, err = capsys.readouterr()
    assert "standard_errors" not in json.loads(out)
    assert "There are no standard errors" in err


def test_a_result_with_them_is_as_the_schema_says():
    import jsonschema

    from core.fit import with_uncertainty
    from core.io.result import result_dict

    schema = json.loads((SAMPLES.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
    for values in (column("faithful.csv", "waiting"), np.random.default_rng(1).normal(size=(60, 2))):
        columns = ("x",) if values.ndim == 1 else ("x", "y")
        found, _ = fit(Data(values, columns), FitOptions(n_components=2 if values.ndim == 1 else 1))
        document = result_dict(with_uncertainty(found))
        assert len(document["standard_errors"]) == len(document["components"])
        jsonschema.Draft202012Validator(schema).validate(document)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    truth = mixture([0.4, 0.6], [0.0, 4.0], [1.0, 1.2])
    rng, covered, sets = np.random.default_rng(12), 0, 100
    for _ in range(sets):
        data = Data(truth.sample(300, rng)[0], ("x",))
        found, _ = fit(data, FitOptions(algorithm="fast"), truth)
        sure = uncertainty(Problem(data), found.mixture)
        values = {"weight": truth.weights, **truth.parameters}
        for name, of in values.items():
            ends = sure.intervals[name]
            covered += int(((ends[:, 0] <= of) & (of <= ends[:, 1])).sum())
    # 95 % of 600, the two weights being one: four standard errors of so many draws are 4 %.
    assert 0.91 < covered / (6 * sets) < 0.99


def test_a_number_at_a_bound_or_an_end_has_none_and_why_is_known():
    bound = Constraints((parse("bound", "sd[1]=0.1:5"), parse("fix", "mean[2]=80")))
    one = fit(Data(column("faithful.csv", "waiting"), ("x",)), FitOptions(constraints=bound))[0]
    sure = with_uncertainty(one).uncertainty
    assert np.isnan(sure.standard_errors["sd"]).tolist() == [True, False]
    assert np.isnan(sure.intervals["sd"][0]).all()
    why = why_none(bound, one.mixture)
    assert why["sd"].tolist() == [BOUND, ""]
    assert why["mean"].tolist() == ["", HELD]
    values = np.random.default_rng(1).uniform(size=60)
    flat = fit(Data(values, ("x",)), FitOptions(n_components=1, family="uniform"))[0]
    assert np.isnan(with_uncertainty(flat).uncertainty.standard_errors["low"]).all()
    assert why_none(Constraints(), flat.mixture)["low"].tolist() == [END]
    normal = Data(np.random.default_rng(2).normal(size=200), ("x",))
    tails = fit(normal, FitOptions(n_components=1, family="student_t"))[0]
    assert np.isnan(with_uncertainty(tails).uncertainty.standard_errors["degrees_of_freedom"]).all()
    assert why_none(Constraints(), tails.mixture)["degrees_of_freedom"].tolist() == [LIMIT]
