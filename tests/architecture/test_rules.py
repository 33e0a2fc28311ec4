"""House rules that no off-the-shelf linter knows; each names what it protects."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import tree

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/longtail"
BELOW_INTERFACES = [
    p
    for p in sorted(SOURCE.rglob("*.py"))
    if "migrations" not in p.parts
    and p.relative_to(SOURCE).parts[0] not in {"interfaces", "config"}
]
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("date", "today"),
    ("timezone", "now"),
    ("time", "time"),
}


def calls(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node


def where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_import_contracts_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_nothing_below_the_interfaces_reads_the_clock():
    found = [
        where(path, call)
        for path in BELOW_INTERFACES
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and (call.func.value.id, call.func.attr) in CLOCKS
    ]
    assert found == []


def test_every_row_lock_leaves_foreign_keys_free():
    found = [
        where(path, call)
        for path in BELOW_INTERFACES
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "select_for_update"
        and not any(k.arg == "no_key" for k in call.keywords)
    ]
    assert found == []


def test_no_signals_and_no_save_overrides():
    found = []
    for path in BELOW_INTERFACES:
        module = tree(path)
        classes = [node for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
        methods = {id(item) for node in classes for item in node.body}
        for node in ast.walk(module):
            is_save = id(node) in methods and getattr(node, "name", "") == "save"
            is_signal = isinstance(node, ast.ImportFrom) and "signals" in (
                node.module or ""
            )
            if is_save or is_signal:
                found.append(where(path, node))
    assert found == []


def test_requests_never_name_columns():
    """``filter(**request_data)`` lets a caller choose the column (CVE-2025-64459)."""
    found = [
        where(path, call)
        for path in (SOURCE / "interfaces").rglob("*.py")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"filter", "exclude", "get", "order_by", "extra", "raw"}
        and any(k.arg is None for k in call.keywords)
    ]
    assert found == []


def test_no_raw_sql_in_request_code():
    """Thirteen of Apache Fineract's twenty-one CVEs are SQL injection."""
    pattern = re.compile(r"\.(raw|extra|execute|executemany)\(|RawSQL")
    found = [
        str(path)
        for path in (SOURCE / "interfaces").rglob("*.py")
        if "cli" not in path.parts and pattern.search(path.read_text())
    ]
    assert found == []


def test_every_model_stays_in_its_room():
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        room = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in [node.module, *names]:
                match = re.fullmatch(r"longtail\.(\w+)(?:\.\w+)*\.models", name)
                if match and match[1] != room:
                    found.append(where(path, node))
    assert found == []


def test_no_committed_file_names_a_registry():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|--index-url", re.I)
    found = [
        name
        for name in tracked
        if (ROOT / name).is_file()
        and name != "tests/architecture/test_rules.py"
        and (ROOT / name).stat().st_size < 2_000_000
        and hosts.search((ROOT / name).read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []
