"""Sessions that earlier versions wrote open for ever, with the numbers they had; tests/golden/write.py wrote them."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from core import em
from core.history import History
from core.session import open_session

FILES = sorted((Path(__file__).parents[1] / "golden").glob("session-*.emgui"))


def test_there_is_one_of_the_first_version():
    assert "session-0.1.0.emgui" in [file.name for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_session_of_an_earlier_version_opens_with_its_numbers_and_goes_on(file):
    expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    session = open_session(file)
    assert session.damage == ""
    assert session.data is not None
    assert session.desk.unit == "min"
    assert len(session.data) == 272
    assert len(session.runs) == len(expected)
    for run, told in zip(session.runs, expected, strict=True):
        history = History.of(run.tape)
        assert (run.options.algorithm, run.options.family) == (told["algorithm"], told["family"])
        assert history.scalar("log_likelihood").tolist() == told["log_likelihood"]
        last = history.last
        assert last is not None
        assert last.mixture.weights.tolist() == told["weights"]
        for name, numbers in told["parameters"].items():
            assert np.array_equal(last.mixture.parameters[name], numbers, equal_nan=True)
        further = [
            one.log_likelihood for one in islice(em.resume(session.data, run.options, last), len(told["further"]))
        ]
        # A variant may come to go on by a better way; plain EM has one only.
        assert np.isfinite(further).all()
        assert len(further) == len(told["further"])
        if run.options.algorithm == "em":
            assert further == pytest.approx(told["further"], rel=1e-12)
