"""Fuzzes a reader, guided by what of our code an input reaches: `python -m tests.fuzzing READER [seconds]`.

Needs atheris (`pip install "emgui[fuzz]"`). Inputs that reach something new are kept in build/fuzzing/READER, those
that found something in build/fuzzing/findings. What ends the run: an exception that is no sentence, 10 s or 1 GB.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.fuzzing.seeds import SEEDS, WRAPPED

SECONDS = 600
MOST_BYTES = 1 << 16
KEPT = Path("build/fuzzing")
OURS = ["core.io", "core.table", "core.prepare", "json", "zipfile", "csv", "gzip", "tests.fuzzing.checking"]


def fuzz(reader: str, seconds: int) -> None:
    """Never returns: the fuzzer ends the process, with status 0 where nothing was found."""
    import atheris

    with atheris.instrument_imports(include=OURS):
        from tests.fuzzing.checking import check, is_read_by

    wrap, inner = WRAPPED.get(reader, (None, list))
    corpus, findings = KEPT / reader, KEPT / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = [b"\0" + seed for seed in SEEDS[reader]()] + [b"\1" + seed for seed in inner()]
    for i, seed in enumerate(seeds):
        (corpus / f"seed-{i}").write_bytes(seed)
    words = {word for seed in seeds for word in re.findall(rb"[$\w]{2,20}", seed)}
    dictionary, path = KEPT / f"{reader}.words", KEPT / f"{reader}.input"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in sorted(words)), encoding="ascii")

    def one(content: bytes) -> int:
        """Says -1 where an input is not worth keeping."""
        file = wrap(content[1:]) if wrap is not None and content[:1] > b"\0" else content[1:]
        if not file or not is_read_by(reader, file):
            return -1
        path.write_bytes(file)
        check(path)
        return 0

    atheris.Setup(
        [
            *(
                sys.argv[0],
                str(corpus),
                f"-max_total_time={seconds}",
                f"-max_len={MOST_BYTES}",
                "-timeout=10",
                "-len_control=0",
            ),
            *(
                "-rss_limit_mb=1024",
                f"-dict={dictionary}",
                f"-artifact_prefix={findings}/{reader}-",
                "-print_final_stats=1",
            ),
        ],
        one,
    )
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in SEEDS:
        sys.exit(f"python -m tests.fuzzing READER [seconds], where READER is one of: {', '.join(SEEDS)}")
    fuzz(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else SECONDS)
