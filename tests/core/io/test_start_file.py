"""A start from a file: what is accepted, and a sentence for everything that can be wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InputError
from core.io.result import read_start

TWO = [{"weight": 0.75, "mean": 80.0, "sd": 6.0}, {"weight": 0.25, "mean": 50, "sd": 5}]


def written(folder: Path, content: Any) -> Path:
    path = folder / "start.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def one(**change: Any) -> dict[str, Any]:
    return {
        "components": [{key: value for key, value in {**TWO[0], "weight": 1, **change}.items() if value is not ...}]
    }


def test_components_alone_are_a_start_numbered_by_their_means(tmp_path: Path) -> None:
    start = read_start(written(tmp_path, {"components": TWO}))
    assert start.ids == (1, 2)
    assert start.parameters["mean"].tolist() == [50.0, 80.0]
    assert start.weights.tolist() == [0.25, 0.75]
    assert (start.family.name, start.family.covariance) == ("gaussian", "full")


def test_components_have_the_numbers_that_the_file_gives_them(tmp_path: Path) -> None:
    content = {"components": [{**TWO[1], "id": 2}, {**TWO[0], "id": 1}]}
    start = read_start(written(tmp_path, content))
    assert start.ids == (1, 2)
    assert start.parameters["mean"].tolist() == [80.0, 50.0]
    assert start.weights.tolist() == [0.75, 0.25]


@pytest.mark.parametrize("ids", [(1, 1), (0, 1), (2, None), (True, 2), ("2", "1"), (2.0, 1.0), ([2], 1)])
def test_without_a_number_for_each_component_they_are_numbered_by_their_means(tmp_path: Path, ids: Any) -> None:
    entries = [{**one, **({} if number is None else {"id": number})} for one, number in zip(TWO, ids, strict=True)]
    assert read_start(written(tmp_path, {"components": entries})).parameters["mean"].tolist() == [50.0, 80.0]


def test_numbers_with_gaps_keep_their_order_and_are_closed(tmp_path: Path) -> None:
    content = {"components": [{**TWO[1], "id": 3}, {**TWO[0], "id": 7}]}
    start = read_start(written(tmp_path, content))
    assert start.ids == (1, 2)
    assert start.parameters["mean"].tolist() == [TWO[1]["mean"], TWO[0]["mean"]]


def test_numbers_take_families_with_them(tmp_path: Path) -> None:
    entries = [
        {"id": 2, "weight": 0.5, "family": "gamma", "shape": 2.0, "scale": 1.0},
        {"id": 1, "weight": 0.5, "family": "gaussian", "mean": 9.0, "sd": 1.0},
    ]
    start = read_start(written(tmp_path, {"components": entries, "model": {"family": "gamma+gaussian"}}))
    assert start.family.of_components == ("gaussian", "gamma")
    assert start.parameters["mean"][0] == 9.0


@pytest.mark.parametrize("columns", [("sd", "mean"), ("mean", "sd")])
def test_means_and_covariances_go_with_their_columns(tmp_path: Path, columns: tuple[str, ...]) -> None:
    component = {"weight": 1, "mean": [1.0, 2.0], "covariance": [[3.0, 0.5], [0.5, 4.0]]}
    content = {"components": [component], "data": {"columns": ["mean", "sd"]}}
    start = read_start(written(tmp_path, content), columns=columns)
    turned = columns[0] == "sd"
    assert start.parameters["mean"].tolist() == [[2.0, 1.0] if turned else [1.0, 2.0]]
    assert start.parameters["covariance"].tolist() == [
        [[4.0, 0.5], [0.5, 3.0]] if turned else [[3.0, 0.5], [0.5, 4.0]],
    ]


@pytest.mark.parametrize("named", [["a", "c"], ["a", "a"], ["a"], "ab", [["a"], "b"], [1, 2]])
def test_other_columns_are_refused_in_a_sentence(tmp_path: Path, named: Any) -> None:
    component = {"weight": 1, "mean": [1.0, 2.0], "covariance": [[3.0, 0.5], [0.5, 4.0]]}
    content = {"components": [component], "data": {"columns": named}}
    with pytest.raises(InputError, match=r"is no start: its columns are .*, not b, a\.$"):
        read_start(written(tmp_path, content), columns=("b", "a"))


def test_one_column_may_have_another_name(tmp_path: Path) -> None:
    content = {"components": TWO, "data": {"columns": ["height"]}}
    assert read_start(written(tmp_path, content), columns=("width",)).n_components == 2


@pytest.mark.parametrize(
    ("of_file", "asked", "covariance"),
    [
        (None, None, "full"),
        (None, "tied", "tied"),
        ("tied", None, "tied"),
        ("tied", "full", "full"),
        ("diag", None, "full"),
        ("spherical", None, "full"),
    ],
)
def test_what_is_asked_for_stands_above_what_the_file_says(
    tmp_path: Path, of_file: str | None, asked: str | None, covariance: str
) -> None:
    content: dict[str, Any] = one()
    if of_file:
        content["model"] = {"family": "gaussian", "covariance": of_file}
    assert read_start(written(tmp_path, content), covariance=asked).family.covariance == covariance


def test_weights_of_few_digits_are_made_to_add_up(tmp_path: Path) -> None:
    thirds = [{"weight": 0.3333333, "mean": mean, "sd": 1} for mean in (1, 2, 3)]
    assert read_start(written(tmp_path, {"components": thirds})).weights.sum() == pytest.approx(1.0, abs=1e-15)


def test_weights_that_add_up_are_not_touched(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(7))
    content = {"components": [{"weight": w, "mean": k, "sd": 1} for k, w in enumerate(weights.tolist())]}
    assert read_start(written(tmp_path, content)).weights.tolist() == weights.tolist()


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read_start(written(tmp_path, b"\xef\xbb\xbf" + json.dumps(one()).encode())).n_components == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not JSON: line 1, column 1"),
        (b'{"components": [', "not JSON: line 1"),
        (b"x,y\n1,2\n", "not JSON"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"components": [{"weight": 1, "mean": NaN, "sd": 1}]}', "NaN is no number"),
        (b'{"components": [{"weight": 1, "mean": -Infinity, "sd": 1}]}', "-Infinity is no number"),
        (b'{"components": [{"weight": 1, "mean": 1e999, "sd": 1}]}', "mean of component 1 is too large"),
        (b'{"components": [{"weight": 1, "mean": ' + b"9" * 6000 + b', "sd": 1}]}', "mean of component 1 is too large"),
        (b'{"components": [{"weight": 1, "mean": 0, "mean": 1, "sd": 1}]}', "“mean” occurs twice"),
        (b'{"components": [], "components": []}', "“components” occurs twice"),
        ([], "no list of “components”"),
        (TWO, "no list of “components”"),
        (3, "no list of “components”"),
        ({}, "no list of “components”"),
        ({"components": {}}, "no list of “components”"),
        ({"components": []}, "has 0 components"),
        ({"components": [{"weight": 1 / 51, "mean": k, "sd": 1} for k in range(51)]}, "has 51 components"),
        ({"components": [1.0]}, "component 1 is not an object"),
        (one(sd=...), "component 1 has no “sd”"),
        (one(mean=...), "component 1 has no “mean”"),
        (one(weight=...), "component 1 has no “weight”"),
        (one(variance=4), "“variance”; known ones are weight, mean, sd"),
        (one(mean="5"), "mean of component 1 is not a number"),
        (one(mean=True), "mean of component 1 is not a number"),
        (one(mean=None), "mean of component 1 is not a number"),
        (one(mean=[1.0]), "mean of component 1 is not a number"),
        (one(sd=0), "sd of component 1 must be greater than 0"),
        (one(sd=-2.5), "sd of component 1 must be greater than 0"),
        (one(weight=0.9), "add up to 1; they add up to 0.9"),
        (one(weight=1e308), "add up to 1"),
        ({"components": [{**TWO[0], "weight": 1e308}, {**TWO[1], "weight": 1e308}]}, "add up to 1"),
        ({"components": [{**TWO[0], "weight": 1.5}, {**TWO[1], "weight": -0.5}]}, "component 2 is negative"),
        ({"components": [{**TWO[0], "weight": 1.0}, {**TWO[1], "weight": 0.0}]}, "component 2 is 0"),
        ({"components": TWO, "model": {"covariance": "tied"}}, "must have the same sd"),
        ({"components": TWO, "model": {"covariance": "round"}}, "covariance .* not one that emgui knows"),
        ({"components": TWO, "model": {"family": "gama"}}, "family of component 1 is not one that emgui knows: gauss"),
        ({"components": TWO, "model": {"family": ["gaussian"]}}, "not a name"),
        ({"components": TWO, "model": {"n_components": 3}}, "another number"),
        ({"components": TWO, "model": None}, "“model” .* is not an object"),
        (one(family="poisson"), "“mean”; known ones are weight, rate"),
        (one(family="gama"), "family of component 1 is not one that emgui knows"),
        ({"components": TWO, "format": "emgui-session"}, "not a result of a fit"),
        ({"components": TWO, "format": "emgui-fit", "version": 2}, "version of the result format"),
        ({"components": TWO, "format": "emgui-fit"}, "version of the result format"),
    ],
)
def test_everything_that_can_be_wrong_gets_one_sentence_that_names_the_file(
    tmp_path: Path, content: Any, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_start(written(tmp_path, content))
    assert "start.json" in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.json cannot be opened"):
        read_start(tmp_path / "missing.json")


def test_a_file_far_too_large_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.io.start_file.LARGEST_FILE", 10)
    with pytest.raises(InputError, match="too large to be a start"):
        read_start(written(tmp_path, one()))
