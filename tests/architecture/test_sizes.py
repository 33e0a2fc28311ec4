"""The ratchets of CONTRIBUTING rule 4: no function, module or folder outgrows its gate."""

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.architecture.source import tree

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    p for p in (ROOT / "src/longtail").rglob("*.py") if "migrations" not in p.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BANNED_NAMES = {"utils", "helpers", "common", "manager", "data", "info", "misc"}


def code_lines(function: ast.FunctionDef) -> int:
    """Count a function's lines without its docstring."""
    first = function.body[0]
    is_documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = first.end_lineno - first.lineno + 1 if is_documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def functions():
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                yield path, node


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_function_outgrows_its_gate():
    assert [f"{p}:{f.lineno} {f.name}" for p, f in functions() if code_lines(f) > 60] == []


def test_functions_stay_small():
    sizes = [code_lines(f) for _, f in functions()]
    assert median(sizes) <= 9
    assert quantiles(sizes, n=10)[-1] <= 30


def test_no_function_takes_too_much():
    too_many = [
        f"{p}:{f.lineno} {f.name}"
        for p, f in functions()
        if len([a for a in f.args.args + f.args.kwonlyargs if a.arg not in {"self", "cls"}])
        > 7
        and "typer" not in p.read_text()
    ]
    assert set(too_many) == set()


@pytest.mark.parametrize(("paths", "gate"), [(SOURCES, 400), (TESTS, 600)])
def test_no_module_outgrows_its_gate(paths, gate):
    assert [f"{p} {lines(p)}" for p in paths if lines(p) > gate] == []


def test_modules_stay_small():
    assert median(n for n in map(lines, SOURCES) if n > 5) <= 120


def test_no_folder_holds_too_many_modules():
    folders = {p.parent for p in SOURCES}
    crowded = [d for d in folders if len([*d.glob("*.py")]) > 16]
    assert crowded == []


def test_no_module_has_a_name_that_says_nothing():
    assert [p for p in SOURCES + TESTS if p.stem in BANNED_NAMES] == []
