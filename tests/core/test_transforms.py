"""Transforms: back and forth, the Jacobian, ends of intervals, and what a fit of transformed values says."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, inf, isinf, log
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from core import Data, Fit, FitOptions, Mixture, fit
from core.errors import InputError
from core.families import make_family
from core.families.family import Setting
from core.io import read_table
from core.io.result import read_start, result_dict, result_text
from core.original import in_original_unit
from core.prepare import prepared
from core.roles import Roles
from core.samples import FOLDER
from core.transforms import TRANSFORMS, Standardise, original_columns, transformed, transforms_of

RNG = np.random.default_rng(11)
VALUES = np.concatenate([RNG.lognormal(1.0, 0.3, 120), RNG.lognormal(2.5, 0.2, 80)])
DATA = Data(VALUES, ("mass",))
VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((FOLDER.parent / "emgui-fit.schema.json").read_text(encoding="utf-8"))
)
POSITIVE = hnp.arrays(
    np.float64, st.integers(1, 30), elements=st.floats(1e-100, 1e100, allow_nan=False, allow_subnormal=False)
)
ANY = hnp.arrays(np.float64, st.integers(2, 30), elements=st.floats(-1e100, 1e100, allow_subnormal=False))
THROUGH_0 = ["log", "log10", "sqrt", "reciprocal"]


def mixture(family: str, **parameters: list[float]) -> Mixture:
    arrays = {name: np.array(of) for name, of in parameters.items()}
    k = len(next(iter(arrays.values())))
    return Mixture(make_family(family, Setting()), np.linspace(1, 2, k) / np.linspace(1, 2, k).sum(), arrays)


def evaluated(data: Data, start: Mixture) -> Fit:
    options = FitOptions(
        family=start.family.name, n_components=start.n_components, start="given", max_iterations=0, restarts=1
    )
    return fit(data, options, start)[0]


# ---- one way and the other


@pytest.mark.parametrize("name", THROUGH_0)
@given(x=POSITIVE)
def test_the_way_back_leads_to_where_it_began(name: str, x: Any) -> None:
    transform = TRANSFORMS[name]
    assert transform.backward(transform.forward(x)) == pytest.approx(x, rel=1e-12, abs=0)


@given(x=POSITIVE)
def test_reciprocals_of_negative_numbers_come_back_too(x: Any) -> None:
    transform = TRANSFORMS["reciprocal"].fitted(-1.0, 1.0, -2.0)
    assert transform.backward(transform.forward(-x)) == pytest.approx(-x, rel=1e-12, abs=0)


@given(x=ANY)
def test_standardised_values_come_back_to_rounding_of_the_largest(x: Any) -> None:
    assume(Data(x, ("x",)).sd[0] > 1e-100)
    data = transformed(Data(x, ("x",)), "standardise")
    back = transforms_of(data)[0].backward(data.column)
    assert np.abs(back - x).max() <= 1e-12 * np.abs(x).max()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_jacobian_is_the_logarithm_of_the_slope(name: str) -> None:
    transform = TRANSFORMS[name].fitted(3.0, 2.0, 1.0)
    x = np.geomspace(0.01, 100.0, 50)
    step = 1e-5 * x
    slope = (transform.forward(x + step) - transform.forward(x - step)) / (2 * step)
    assert transform.log_jacobian(x) == pytest.approx(np.log(np.abs(slope)), abs=1e-8)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_intervals_hold_the_transforms_of_what_they_held(name: str) -> None:
    transform = TRANSFORMS[name].fitted(3.0, 2.0, 1.0)
    low, high = np.array([0.5, 1.0, -inf, 4.0]), np.array([1.0, 3.0, 2.0, inf])
    first, last = transform.ends(low, high)
    assert (first < last).all()
    for x in np.geomspace(0.01, 100.0, 200):
        y = transform.forward(np.array(x))
        assert (((low < x) & (x < high)) == ((first < y) & (y < last))).all()
    assert isinf(last[2] if transform.reverses else first[2])
    assert isinf(first[3] if transform.reverses else last[3])


def test_an_interval_from_0_up_is_open_below_in_logarithms_and_above_in_reciprocals() -> None:
    low, high = np.array([0.0, -5.0]), np.array([10.0, 10.0])
    assert [end.tolist() for end in TRANSFORMS["log10"].ends(low, high)] == [[-inf, -inf], [1.0, 1.0]]
    assert [end.tolist() for end in TRANSFORMS["reciprocal"].ends(low, high)] == [[0.1, 0.1], [inf, inf]]
    assert [end.tolist() for end in TRANSFORMS["sqrt"].ends(low[:1], np.array([9.0]))] == [[0.0], [3.0]]


# ---- data


def test_columns_are_called_by_what_was_done_to_them_and_know_their_own_names() -> None:
    titles = {name: transformed(DATA, name).columns[0] for name in TRANSFORMS}
    assert titles == {
        "log": "log(mass)",
        "log10": "log10(mass)",
        "sqrt": "sqrt(mass)",
        "reciprocal": "1/mass",
        "standardise": "standardised mass",
    }
    assert all(original_columns(transformed(DATA, name)) == ("mass",) for name in TRANSFORMS)
    assert original_columns(DATA) == ("mass",)
    assert transformed(DATA, "") is DATA
    with pytest.raises(ValueError, match="transformed already"):
        transformed(transformed(DATA, "sqrt"), "sqrt")


def test_every_column_is_transformed() -> None:
    data = transformed(Data(np.column_stack([VALUES, 10 * VALUES]), ("a", "b")), "log10")
    assert data.columns == ("log10(a)", "log10(b)")
    assert data.values[:, 1] == pytest.approx(data.values[:, 0] + 1.0)
    both = [transformed(Data(of * VALUES, ("x",)), "log10").jacobian for of in (1, 10)]
    assert data.jacobian == pytest.approx(sum(both), rel=1e-12)


def test_a_row_that_counts_three_times_has_three_jacobians() -> None:
    once = Data(np.repeat(VALUES, 3), ("x",))
    counted = Data(VALUES, ("x",), counts=np.full(len(VALUES), 3.0))
    assert transformed(counted, "sqrt").jacobian == pytest.approx(transformed(once, "sqrt").jacobian, rel=1e-12)


@given(x=POSITIVE, offset=st.floats(-1e6, 1e6), factor=st.floats(1e-3, 1e3))
def test_standardised_values_have_mean_0_and_sd_1(x: Any, offset: float, factor: float) -> None:
    y = offset + factor * np.arange(1.0, len(x) + 3)
    data = transformed(Data(y, ("x",)), "standardise")
    slack = 1e-12 * (1.0 + np.abs(y).max() / y.std())
    assert abs(data.mean[0]) < slack
    assert abs(data.sd[0] - 1.0) < slack


def test_a_scale_of_an_earlier_fit_can_be_used_again() -> None:
    data = transformed(DATA, "standardise", ((1.0, 2.0),))
    assert data.column == pytest.approx((VALUES - 1.0) / 2.0)
    assert data.scale == ((1.0, 2.0),)
    with pytest.raises(InputError, match="scale is of 1 columns"):
        transformed(Data(np.ones((3, 2)), ("a", "b")), "standardise", ((1.0, 2.0),))


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("log", [1, 0], r"log needs numbers above 0, but “x” is 0 in row 7; leave such rows out with a filter"),
        ("log10", [1, -3], r"log10 needs numbers above 0, but “x” is -3 in row 7"),
        ("sqrt", [0, -1], r"sqrt needs numbers from 0 up, but “x” is -1 in row 7"),
        ("reciprocal", [1, 0], r"reciprocal needs numbers that are all above 0, or all below, but “x” is 0 in row 7"),
        ("reciprocal", [-1, 2], r"“x” is 2 in row 7"),
        ("reciprocal", [1, 1e-310], r"reciprocal of “x” is too large a number in row 7, where it is 1e-310"),
        ("standardise", [2, 2], r"standardise needs numbers that are not all the same, but “x” is 2 in every row"),
        ("cube", [1, 2], r"--transform must be one of log, log10, sqrt, reciprocal, standardise; “cube” is none"),
    ],
)
def test_a_value_outside_the_domain_is_refused_with_its_row(name: str, values: list[float], sentence: str) -> None:
    data = Data(np.array(values, dtype=float), ("x",), rows=np.array([3, 7]))
    with pytest.raises(InputError, match=sentence):
        transformed(data, name)


def test_measurement_errors_go_with_another_unit_only(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("x,e\n1,0.1\n2,0.2\n4,0.1\n", encoding="utf-8")
    roles = Roles(("x",), errors="e", transform="log")
    with pytest.raises(InputError, match="--errors are in the unit of the column"):
        prepared(read_table(path), roles)
    data = prepared(read_table(path), replace(roles, transform="standardise"))
    assert data.seen is not None
    assert data.seen[:, 0] * data.scale[0][1] == pytest.approx([0.1, 0.2, 0.1])


# ---- fits


@settings(max_examples=40)
@given(means=st.lists(st.floats(0, 3), min_size=1, max_size=3), sd=st.floats(0.3, 3.0))
def test_normal_logarithms_have_the_log_likelihood_of_lognormal_values(means: list[float], sd: float) -> None:
    sds = [sd * (1 + k) for k in range(len(means))]
    lognormal = evaluated(DATA, mixture("lognormal", log_mean=means, log_sd=sds))
    for name, unit in (("log", 1.0), ("log10", log(10.0))):
        start = mixture("gaussian", mean=[m / unit for m in means], sd=[s / unit for s in sds])
        found = evaluated(transformed(DATA, name), start)
        assert found.log_likelihood_original == pytest.approx(lognormal.log_likelihood, rel=1e-9)
        assert found.bic == pytest.approx(lognormal.bic, rel=1e-9)


def test_a_fit_of_logarithms_is_a_fit_of_lognormal_components() -> None:
    exact = FitOptions(tolerance=1e-11)
    logs = fit(transformed(DATA, "log"), exact)[0]
    lognormal = fit(DATA, replace(exact, family="lognormal"))[0]
    assert logs.log_likelihood_original == pytest.approx(lognormal.log_likelihood, rel=1e-9)
    assert (logs.aic, logs.bic, logs.icl) == pytest.approx((lognormal.aic, lognormal.bic, lognormal.icl), rel=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e7])
def test_standardising_changes_nothing_but_the_unit(offset: float) -> None:
    data = Data(VALUES + offset, ("x",))
    plain, standardised = fit(data)[0], fit(transformed(data, "standardise"))[0]
    # An offset of 1e7 leaves ten digits of a value.
    assert standardised.log_likelihood_original == pytest.approx(plain.log_likelihood, rel=1e-9 if not offset else 1e-7)
    assert standardised.bic == pytest.approx(plain.bic, rel=1e-9 if not offset else 1e-7)


def test_only_rows_that_say_their_value_have_a_jacobian(tmp_path: Path) -> None:
    path = tmp_path / "bins.csv"
    path.write_text("low,high,n\n,1,3\n1,3,9\n3,3,4\n3,8,7\n8,,2\n", encoding="utf-8")
    table = read_table(path)
    data = prepared(table, Roles(lower="low", upper="high", counts="n", transform="log"))
    assert data.jacobian == pytest.approx(-4 * log(3.0))
    logs = evaluated(data, mixture("gaussian", mean=[0.5, 1.5], sd=[0.5, 0.7]))
    plain = prepared(table, Roles(lower="low", upper="high", counts="n"))
    lognormal = evaluated(plain, mixture("lognormal", log_mean=[0.5, 1.5], log_sd=[0.5, 0.7]))
    assert logs.log_likelihood_original == pytest.approx(lognormal.log_likelihood, rel=1e-9)


@pytest.mark.parametrize("name", ["log", "reciprocal"])
def test_censoring_and_truncation_go_with_the_values(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("x,seen\n2,1\n3,1\n5,0\n4,1\n7,0\n", encoding="utf-8")
    data = prepared(read_table(path), Roles(("x",), observed="seen", truncate=(1.0, inf), transform=name))
    found = evaluated(data, mixture("gaussian", mean=[1.2], sd=[0.6]))
    law = stats.norm(1.2, 0.6)
    if name == "log":
        recorded, values, slopes = law.sf(0.0), np.log([2, 3, 4]), -np.log([2, 3, 4])
        censored = law.sf(np.log([5, 7]))
    else:
        recorded, values, slopes = law.cdf(1.0), 1 / np.array([2, 3, 4]), -2 * np.log([2, 3, 4])
        censored = law.cdf([1 / 5, 1 / 7])
    expected = law.logpdf(values).sum() + np.log(censored).sum() - 5 * np.log(recorded)
    assert found.log_likelihood == pytest.approx(expected, rel=1e-9)
    assert found.log_likelihood_original == pytest.approx(expected + slopes.sum(), rel=1e-9)


def test_an_interval_outside_the_domain_is_refused_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "bins.csv"
    path.write_text("low,high\n1,3\n-3,-1\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2 reaches from -3 to -1, which lies outside"):
        prepared(read_table(path), Roles(lower="low", upper="high", transform="log"))
    path.write_text("low,high\n1,3\n0,\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2 reaches from 0 to inf, which is all of them"):
        prepared(read_table(path), Roles(lower="low", upper="high", transform="log"))


def test_a_0_under_the_square_root_has_no_log_likelihood_in_its_unit() -> None:
    data = transformed(Data(np.append(VALUES, 0.0), ("x",)), "sqrt")
    found = fit(data)[0]
    assert data.jacobian == inf
    assert found.log_likelihood_original is None
    assert found.bic == pytest.approx(-2 * found.log_likelihood + 5 * log(len(data)))


# ---- results


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("family", ["gaussian", "student_t", "uniform", "gaussian+student_t"])
def test_a_result_is_valid_and_a_start_of_the_same_fit(tmp_path: Path, name: str, family: str) -> None:
    data = transformed(DATA, name)
    found = fit(data, FitOptions(family=family, max_iterations=20))[0]
    VALIDATOR.validate(result_dict(found))
    path = tmp_path / "result.json"
    path.write_text(result_text(found), encoding="utf-8")
    again = evaluated(data, read_start(path, columns=("mass",), transform=name))
    assert again.log_likelihood == pytest.approx(found.log_likelihood, rel=1e-12)


def test_a_result_of_several_columns_names_them_as_the_file_does(tmp_path: Path) -> None:
    data = transformed(Data(np.column_stack([VALUES, VALUES[::-1]]), ("a", "b")), "log")
    found = fit(data, FitOptions(max_iterations=20))[0]
    told = result_dict(found)
    VALIDATOR.validate(told)
    assert told["data"]["columns"] == ["a", "b"]
    path = tmp_path / "result.json"
    path.write_text(result_text(found), encoding="utf-8")
    start = read_start(path, columns=("b", "a"), transform="log")
    assert pytest.approx(found.mixture.sorted().parameters["mean"].T[::-1], abs=0) == start.parameters["mean"].T


def test_a_result_says_by_what_values_were_standardised() -> None:
    told = result_dict(fit(transformed(DATA, "standardise"), FitOptions(max_iterations=3))[0])
    assert told["data"]["standardised"] == [{"mean": DATA.mean[0], "sd": DATA.sd[0]}]


@pytest.mark.parametrize(
    ("done", "asked", "sentence"),
    [
        ("log", "", "“result.json” is of log of the values: use --transform log"),
        ("log", "sqrt", "“result.json” is of log of the values, not of their sqrt: use --transform log"),
        ("", "log10", "“result.json” is of values as they are, not of their log10: leave --transform out"),
    ],
)
def test_a_start_of_another_transform_is_refused(tmp_path: Path, done: str, asked: str, sentence: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(result_text(fit(transformed(DATA, done), FitOptions(max_iterations=1))[0]), encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        read_start(path, columns=("mass",), transform=asked)
    assert read_start(path, columns=("mass",)).n_components == 2


# ---- what components mean


def test_normal_logarithms_are_told_as_lognormal_values() -> None:
    (told,) = in_original_unit(mixture("gaussian", mean=[1.5], sd=[0.4]), (TRANSFORMS["log"],))
    law = stats.lognorm(0.4, scale=exp(1.5))
    assert told == pytest.approx(
        {"median": law.median(), "factor_sd": exp(0.4), "mean": law.mean(), "sd": law.std()}, rel=1e-12
    )
    of_10 = mixture("gaussian", mean=[1.5 / log(10)], sd=[0.4 / log(10)])
    assert in_original_unit(of_10, (TRANSFORMS["log10"],))[0] == pytest.approx(told, rel=1e-12)


def test_standardised_components_are_told_exactly() -> None:
    transform = Standardise(10.0, 4.0)
    (told,) = in_original_unit(mixture("gaussian", mean=[1.5], sd=[0.5]), (transform,))
    assert told == {"mean": 16.0, "sd": 2.0}
    t = mixture("student_t", location=[1.5], scale=[0.5], degrees_of_freedom=[3.0])
    assert in_original_unit(t, (transform,)) == [{"location": 16.0, "scale": 2.0}]


def test_others_are_told_by_median_and_interval() -> None:
    gamma = mixture("gamma", shape=[9.0, 4.0], scale=[0.5, 2.0])
    for k, told in enumerate(in_original_unit(gamma, (TRANSFORMS["sqrt"],))):
        law = stats.gamma([9.0, 4.0][k], scale=[0.5, 2.0][k])
        assert told["median"] == pytest.approx(law.ppf(0.5) ** 2, rel=1e-9)
        assert told["interval"] == pytest.approx([law.ppf(0.16) ** 2, law.ppf(0.84) ** 2], rel=1e-9)


def test_where_there_is_no_number_none_is_told() -> None:
    (told,) = in_original_unit(mixture("gaussian", mean=[1.0], sd=[2.0]), (TRANSFORMS["reciprocal"],))
    high = 1.0 + 2.0 * stats.norm.ppf(0.84)
    assert told["median"] == 1.0
    assert told["interval"] == [pytest.approx(1.0 / high), None]
    (root,) = in_original_unit(mixture("gaussian", mean=[1.0], sd=[2.0]), (TRANSFORMS["sqrt"],))
    assert root["interval"] == [0.0, pytest.approx(high**2)]
