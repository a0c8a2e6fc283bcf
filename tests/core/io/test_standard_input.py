"""Standard input: whatever can be read from a file can be piped in."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest

from core.cli import DONE, main
from core.io import READERS
from tests.core.io.test_readers import SAMPLES


@pytest.mark.parametrize("name", READERS)
def test_every_format_can_be_piped_in(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(SAMPLES[name])))
    assert main(["fit", "-", "--components", "1"]) == DONE
    result = json.loads(capsys.readouterr().out)
    assert result["data"]["source"] == "standard input"
    assert result["data"]["n_samples"] == 3
