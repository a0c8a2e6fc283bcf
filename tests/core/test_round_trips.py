"""A result used as a start, with no iteration made, has the log-likelihood it says."""

import json

import numpy as np
import pytest

from core.cli import main

OPTIONS = {
    "values": ["--column", "x"],
    "intervals": ["--lower", "low", "--upper", "high"],
    "bins": ["--lower", "low", "--upper", "high", "--counts", "n"],
    "censored": ["--column", "x", "--observed", "seen"],
    "truncated": ["--column", "x", "--truncate=0.5:"],
    "errors": ["--column", "x", "--errors", "error"],
    "labels": ["--column", "x", "--labels", "kind"],
    "groups": ["--column", "x", "--group", "site", "--share", "components"],
    "logarithms": ["--column", "x", "--transform", "log"],
    "filtered": ["--column", "x", "--where", "site = 'a' or x > 2"],
    "all of it": [
        *["--column", "x", "--observed", "seen", "--truncate=0.5:99", "--labels", "kind", "--group", "site"],
        *["--share", "components", "--transform", "log10", "--weights", "error"],
    ],
}


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(3)
    path = tmp_path / "rows.csv"
    lines = ["x,seen,error,kind,site,low,high,n"]
    for row in range(120):
        low = row % 2
        x = rng.normal(3.0, 0.7) if low else rng.normal(8.0, 1.0)
        kind = ("one" if low else "two") if row % 5 == 0 else ""
        at = float(np.floor(x))
        site = "a" if rng.random() < 0.3 + 0.4 * low else "b"
        lines.append(f"{max(x, 0.6)!r},{int(row % 7 > 0)},{0.1 + 0.01 * row!r},{kind},{site},{at},{at + 1},1")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", OPTIONS)
def test_a_result_as_a_start_has_its_own_log_likelihood(name, file, tmp_path):
    if name == "bins":  # the bins of a histogram do not overlap
        rows = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
        counts = {}
        for row in rows:
            counts[row[5], row[6]] = counts.get((row[5], row[6]), 0) + 1
        lines = [f"{low},{high},{n}" for (low, high), n in counts.items()]
        file.write_text("\n".join(["low,high,n", *lines]), encoding="utf-8")
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert main(["fit", str(file), *OPTIONS[name], "--output", str(first)]) == 0
    again = ["--start", str(first), "--max-iterations", "0", "--output", str(second)]
    assert main(["fit", str(file), *OPTIONS[name], *again]) == 0
    one, other = (json.loads(path.read_text(encoding="utf-8")) for path in (first, second))
    assert other["log_likelihood"] == pytest.approx(one["log_likelihood"], rel=1e-12)
    assert other.get("bic") == pytest.approx(one["bic"], rel=1e-12)
