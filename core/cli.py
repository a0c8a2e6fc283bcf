"""The command line: verbs, what they print, and how they end."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from core.errors import InputError, OutputError, shown
from core.terminal import print_out, say

if TYPE_CHECKING:
    from core.data import Data
    from core.fit import Fit

    Figure = Callable[[Fit, Data, Path], None]

DONE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

HELP = """\
usage: emgui [FILE] [--column NAME]     the window
       emgui fit FILE [options]         fit a mixture without a window
       emgui select FILE [options]      fit many models and rank them
       emgui predict RESULT.json FILE   memberships of new rows under a saved result
       emgui algorithms                 the variants of EM
       emgui families                   the distributions a component may have
       emgui formats                    the files that can be read and written
       emgui --version | --help

emgui fits a mixture of components (Gaussian, gamma, Poisson, …) to columns of
numbers by Expectation-Maximization (EM) and its variants. The window shows
every step; `emgui fit` gives the same numbers as JSON.

examples:
  emgui faithful.csv --column waiting
  emgui fit faithful.csv --column waiting --components 2
  emgui fit faithful.csv --column waiting --memberships groups.csv --output result.json
  emgui select faithful.csv --column waiting --components 1-4 --covariance full,tied
  emgui predict result.json new.csv
  emgui fit --help

exit status:
  0    done; a warning on standard error says if a fit did not converge or
       rows were left out
  1    the output could not be written, or a fault of emgui's own
  2    the file or the options cannot be used; one sentence says why
  130  interrupted
"""


def main(arguments: list[str], figure: Figure | None = None) -> int:
    """Runs a command and returns its exit status: 0, 1, 2 or 130, as `HELP` says.

    arguments are those after the program's name. figure draws a fit to a file for `--figure`; without one that option
    is refused. Never raises: what goes wrong is said in one sentence on standard error.
    """
    with warnings.catch_warnings():
        warnings.showwarning = _note_down
        return _status(arguments, figure)


def _status(arguments: list[str], figure: Figure | None) -> int:
    try:
        print_out(run(arguments, figure))
    except InputError as error:
        return _ended(UNUSABLE, str(error))
    except BrokenPipeError:
        return FAILED  # whoever was reading has seen enough, and needs no telling
    except OutputError as error:
        return _ended(FAILED, str(error))
    except KeyboardInterrupt:
        return _ended(INTERRUPTED, "Interrupted.")
    except MemoryError:
        return _ended(FAILED, "There is not enough memory for this.")
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback reaches a person
        return _ended(FAILED, _fault(error))
    return DONE


def run(arguments: list[str], figure: Figure | None = None) -> str:
    """Does what the arguments say and returns what is to be printed. Raises InputError and OutputError."""
    verb, *rest = arguments or ["--help"]
    if verb == "fit":
        from core.command_fit import run_fit

        return run_fit(rest, figure)
    if verb == "select":
        from core.command_select import run_select

        return run_select(rest)
    if verb == "predict":
        from core.command_predict import run_predict

        return run_predict(rest)
    if verb in ("--help", "-h"):
        return HELP
    if rest and not set(rest) & {"--help", "-h"} and verb in LISTS:
        raise InputError(f"emgui {verb} takes no further arguments, such as “{shown(rest[0])}”.")
    if verb not in LISTS:
        raise InputError(f"“{shown(verb)}” is no command: see emgui --help.")
    return HELP if rest else LISTS[verb]()


def algorithms() -> str:
    """The variants of EM, each with its own options and their defaults."""
    from dataclasses import fields

    from core.algorithms import ALGORITHMS
    from core.choices import flag_of

    lines: list[tuple[str, str]] = []
    for name, algorithm in ALGORITHMS.items():
        lines.append((name, f"{algorithm.summary}; an iteration is {algorithm.iteration}"))
        for item in fields(algorithm):
            lines.append(("", f"  --option {flag_of(item)}={item.default}   {item.metadata['help']}"))
    return _table(lines)


def families() -> str:
    """The distributions a component may have, with the names of their parameters and what values they are of."""
    from core.families import FAMILIES
    from core.families.family import Setting

    made = {name: make(Setting()) for name, make in FAMILIES.items()}
    return _table(
        (name, f"{family.title}: {', '.join(family.parameter_names)}; of {family.support or 'any numbers'}")
        for name, family in made.items()
    )


def formats() -> str:
    """The files that can be read, and the exports that can be written."""
    from core.io import READERS
    from core.io.writers import WRITERS

    read = [(reader.name, f"{reader.description} ({' '.join(reader.extensions)})") for reader in READERS.values()]
    write = [(writer.name, f"{writer.description} ({' '.join(writer.extensions)})") for writer in WRITERS.values()]
    width = max(len(name) for name, _ in read + write)
    return f"Read, recognised by content:\n{_table(read, width)}\nWritten:\n{_table(write, width)}"


def version_line() -> str:
    """The version, as a line."""
    from core.version import version

    return f"emgui {version()}\n"


LISTS: dict[str, Callable[[], str]] = {
    "algorithms": algorithms,
    "families": families,
    "formats": formats,
    "--version": version_line,
}
"""Verbs that only tell something → what they tell."""

VERBS = ("fit", "select", "predict", *LISTS, "--help", "-h")
"""First arguments that are for the command line; any other opens the window."""


def _table(rows: Iterable[tuple[str, str]], width: int = 0) -> str:
    listed = list(rows)
    width = max(width, *(len(name) for name, _ in listed))
    return "".join(f"  {name:{width}}  {text}\n" for name, text in listed)


def _ended(status: int, sentence: str) -> int:
    say(sentence)
    return status


def _note_down(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning of a library is for the log: a person could do nothing with it."""
    from core.logs import log_fault

    log_fault(category(f"{message}\n  {filename}:{lineno}"))


def _fault(error: Exception) -> str:
    from core.logs import log_fault

    path = log_fault(error)
    where = f"details are in {path}" if path else f"{type(error).__name__}, and the log could not be written"
    return f"Something is wrong in emgui itself, which is not your fault: {where}."
