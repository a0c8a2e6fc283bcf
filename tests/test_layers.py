"""Who may know whom: every import in the code is compared with the table below."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = (
    "duckdb",
    "numba",
    "scipy",
    "openpyxl",
    "pyarrow",
    "python_calamine",
    "xlsxwriter",
    "sklearn",
    "PIL",
    "h5py",
    "PySide6",
    "pyqtgraph",
)
WINDOW = ("PySide6", "pyqtgraph", "emgui")
DOORS = (
    "core.cli",
    *(
        f"core.command_{name}"
        for name in ("fit", "goodness", "options", "model", "predict", "reading", "select", "groups", "warnings")
    ),
    "core.terminal",
)

NEVER = {
    # The modules whose names begin so  →  never import what begins so.
    "core": WINDOW,
    "core.moments": ("core.families", "core.mixture", "core.em"),
    "core.data": ("core.families", "core.mixture", "core.em"),
    "core.engine": ("core.families", "core.mixture", "core.em"),
    "core.families": ("core.algorithms", "core.mixture", "core.em", "core.fit", "core.stopping", "core.start"),
    "core.algorithms": ("core.families", "core.em", "core.fit", "core.stopping", "core.start"),
    "core.mixture": ("core.algorithms", "core.em", "core.expectation"),
    "core.constraints": ("core.algorithms", "core.em", "core.expectation", "core.fit", "core.stopping", "core.start"),
    "core.stopping": ("core.em", "core.fit"),
    "core.saddle": ("core.em", "core.algorithms", "core.fit", "core.stopping"),
    "core.curvature": ("core.em", "core.algorithms", "core.stopping"),
    "core.em": ("core.fit", "core.restarts", "core.history"),
    "core.restarts": ("core.fit", "core.history"),
    "core.io": DOORS,
    "emgui.panels": (
        "emgui.runner",
        "emgui.worker",
        "emgui.transport",
        "emgui.jobs",
        "core.em",
        "core.fit",
        "core.restarts",
        "core.io",
    ),
    "emgui.sheets": ("emgui.runner", "emgui.worker", "emgui.transport", "emgui.window", "core.io"),
    "emgui.runner": ("core.em", "core.mixture", "core.families", "core.fit", "emgui.panels", "emgui.document"),
}
NUMERICS = (
    *(
        "algorithms",
        "binning",
        "choices",
        "collapse",
        "constraints",
        "criteria",
        "curvature",
        "data",
        "em",
        "engine",
        "expectation",
        "families",
    ),
    *("fit", "history", "mixture", "moments", "options", "restarts", "saddle", "start", "stopping", "wording"),
    *("seeing", "roles", "groups", "original", "transforms"),
    *("ascent", "distinct", "drawing", "grid", "kernels", "optima", "passes", "road", "scouting", "steering"),
    *("explaining", "goodness", "optima_map", "race", "selection", "simulation", "sureness", "thresholds"),
)
PANELS = ("figures", "histogram", "parameters", "posterior", "runs", "setup", "timeline", "welcome")
ARRANGED_BY = ("emgui.panels", "emgui.panels.centre", "emgui.panels.results")


def modules():
    """Name and file of every module of ours."""
    for package in ("core", "emgui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


class Imports(ast.NodeVisitor):
    """All that a module imports, and what of it when it is itself imported (not in a function, not for types only)."""

    def __init__(self, path):
        self.every, self.at_once, self.later = set(), set(), 0
        self.visit(ast.parse(path.read_text(encoding="utf-8")))

    def note(self, names):
        self.every |= names
        if not self.later:
            self.at_once |= names

    def visit_Import(self, node):
        self.note({alias.name for alias in node.names})

    def visit_ImportFrom(self, node):
        assert node.level == 0, f"line {node.lineno}: imports name the whole way, so that they can be searched for"
        self.note({node.module} | {f"{node.module}.{alias.name}" for alias in node.names})

    def visit_If(self, node):
        typing_only = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        self.later += typing_only
        self.generic_visit(node)
        self.later -= typing_only

    def visit_FunctionDef(self, node):
        self.later += 1
        self.generic_visit(node)
        self.later -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815
    visit_Lambda = visit_FunctionDef  # noqa: N815


IMPORTS = {name: Imports(path) for name, path in modules()}


def begins(name, prefix):
    return name == prefix or name.startswith(prefix + ".")


@pytest.mark.parametrize("layer", list(NEVER))
def test_no_layer_knows_what_stands_above_it(layer):
    wrong = {
        (name, imported)
        for name, imports in IMPORTS.items()
        if begins(name, layer)
        for imported in imports.every
        if any(begins(imported, forbidden) for forbidden in NEVER[layer])
    }
    assert not wrong


def test_the_table_speaks_of_modules_that_exist():
    for named in (*NEVER, *DOORS, *(f"core.{name}" for name in NUMERICS), *(f"emgui.panels.{name}" for name in PANELS)):
        assert named in IMPORTS, named


@pytest.mark.parametrize("part", NUMERICS)
def test_numerics_know_no_file_and_no_command_line(part):
    for name, imports in IMPORTS.items():
        if begins(name, f"core.{part}"):
            assert not [one for one in imports.every if any(begins(one, door) for door in ("core.io", *DOORS))]


def test_panels_do_not_know_each_other():
    for name, imports in IMPORTS.items():
        if begins(name, "emgui.panels") and name not in ARRANGED_BY:
            others = {f"emgui.panels.{panel}" for panel in PANELS} - {name}
            assert not others & imports.every, name


def test_duckdb_is_known_to_the_readers_only_and_loaded_when_one_needs_it():
    for name, imports in IMPORTS.items():
        if any(begins(one, "duckdb") for one in imports.every):
            assert begins(name, "core.io"), name
        assert not any(begins(one, "duckdb") for one in imports.at_once), name


def test_numba_is_known_to_the_kernels_only_and_these_are_loaded_when_they_are_needed():
    for name, imports in IMPORTS.items():
        if any(begins(one, package) for one in imports.every for package in ("numba", "llvmlite")):
            assert begins(name, "core.kernels"), name
        if not begins(name, "core.kernels"):
            kernels = {one for one in imports.at_once if begins(one, "core.kernels")}
            assert kernels <= {"core.kernels", "core.kernels.compiling"}, name


def test_families_do_not_know_each_other():
    family = {name for name in IMPORTS if begins(name, "core.families")} - {
        "core.families",
        "core.families.family",
        "core.families.domains",
        "core.families.covariances",
        "core.families.positive",
        "core.families.heavy_tails",
        "core.families.degrees_of_freedom",
        "core.families.lines",
        "core.families.intervals",
        "core.families.observed",
        "core.families.borrowing",
        "core.families.unseen",
    }
    for name in family:
        assert not (family - {name}) & IMPORTS[name].every, name


@pytest.mark.parametrize("module", ["core", "core.cli"])
def test_importing_loads_nothing_heavy(module):
    listing = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "numpy" in loaded
    assert not [name for name in loaded if name in HEAVY or begins(name, "emgui")]


def test_every_test_file_is_run_by_one_of_the_halves():
    from tests.side_by_side import HALVES

    paths = [path for half in HALVES for path in half]
    for file in (ROOT / "tests").rglob("test_*.py"):
        name = file.relative_to(ROOT).as_posix()
        assert sum(name == path or name.startswith(f"{path}/") for path in paths) == 1, name
