"""Mutate a room's code in a copy of the tree, and say what no test notices.

Usage: ``python tests/mutate.py ROOM [--sample N] [--seed S] [--tests TEST ...]``.

``ROOM`` is a name of ``ROOMS`` below, or a folder or module under ``src/longtail``. Mutants
of pure code take the tests that need no database, in a fork each. Those of the rooms in
``TABLES`` take their module's test files, in a process each and a test database of their
own: draw a sample. What was decided for unchanged code is kept in ``var/mutants`` between
runs; survivors are tried again, since tests may have been added.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parents[1]
TESTS_CONFTEST = '''"""Tests of mutants: no database, few examples, no shrinking."""

from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    max_examples=25,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutants")


def needs_database(item):
    cls = getattr(item, "cls", None)
    return (
        item.get_closest_marker("django_db")
        or {"db", "transactional_db"} & set(item.fixturenames)
        or (cls is not None and issubclass(cls, TestCase))
    )


def pytest_collection_modifyitems(config, items):
    items[:] = [item for item in items if not needs_database(item)]
'''
SERVICING = (
    "servicing/step.py",
    "servicing/state.py",
    "servicing/events/*",
    "servicing/effects/*",
    "servicing/dues.py",
    "servicing/waterfall.py",
    "servicing/claims.py",
    "servicing/plan.py",
    "servicing/orders.py",
    "servicing/readings/*",
    "servicing/rules.py",
    "servicing/codec.py",
    "servicing/closed_form.py",
    "servicing/on_schedule.py",
    "servicing/portfolio.py",
    "kernels/servicing/*",
)
LEDGER = (
    "ledger/entries.py",
    "ledger/judging.py",
    "ledger/batches.py",
    "ledger/sealing.py",
    "ledger/chart.py",
    "ledger/wire.py",
    "ledger/custodian/breaks.py",
    "ledger/custodian/rules.py",
    "ledger/custodian/outlook.py",
    "ledger/custodian/messages/*",
    "ledger/log/chain.py",
    "ledger/log/heads.py",
    "ledger/books/rules.py",
    "ledger/books/exports/names.py",
    "kernels/merkle.py",
    "kernels/merkle_sum.py",
)
# Room: what is mutated under src/longtail, and the tests that may notice.
ROOMS = {
    "kernels/cashflows": (("kernels/cashflows/*",), ("tests/kernels/cashflows",)),
    "servicing": (SERVICING, ("tests/servicing", "tests/kernels/servicing")),
    "ledger": (
        LEDGER,
        (
            "tests/ledger",
            "tests/kernels/test_merkle.py",
            "tests/kernels/test_merkle_sum.py",
        ),
    ),
}
POSTING = (
    "test_posting",
    "test_batches",
    "test_batcher",
    "test_invariants",
    "test_sealing",
)
# Rooms that live in the database: by folder or module, the tests of a mutant.
TABLES = {
    "ledger/tables": {
        **{
            f"ledger/{name}.py": tuple(f"tests/ledger/{test}.py" for test in POSTING)
            for name in ("posting", "exact", "locking", "queries", "batcher", "periods")
        },
        "ledger/custodian": ("tests/ledger/custodian",),
        "ledger/log": ("tests/ledger/log", "tests/sabotage"),
        "ledger/books": ("tests/ledger/ledger_books",),
    },
    "servicing/tables": {
        "servicing/services": ("tests/servicing",),
        "servicing/queries": ("tests/servicing",),
        "servicing/eod": (
            "tests/servicing/test_eod.py",
            "tests/servicing/test_eod_broken.py",
        ),
    },
}
GENERATE = """
from pathlib import Path
from mutmut import __main__ as made
made.set_mutant_under_test("mutant_generation")
Path("mutants").mkdir(exist_ok=True)
made.copy_src_dir()
made.copy_also_copy_files()
made.setup_source_paths()
made.create_mutants(1)
"""
KILLED, SURVIVED, NO_TESTS, TIMEOUT = "killed", "survived", "no tests", "timeout"
LIMIT_SECONDS = 600


def patterns_of(room):
    """Return the modules of a room, and the tests that may notice its mutants."""
    if room in TABLES:
        modules = [m if m.endswith(".py") else f"{m}/*" for m in TABLES[room]]
        return modules, sorted({test for tests in TABLES[room].values() for test in tests})
    alone = room if room.endswith(".py") else f"{room}/*"
    return ROOMS.get(room, ((alone,), (f"tests/{room.removesuffix('.py')}",)))


def copied(room, modules, tests, folder):
    """Bring the tree into the folder and point mutmut's configuration at the modules."""
    for name in ("src/longtail", "tests", "docs"):
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(HERE / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    config = (HERE / "pyproject.toml").read_text()
    selection = "pytest_add_cli_args_test_selection"
    for name, value in (
        ("only_mutate", [f"src/longtail/{module}" for module in modules]),
        (selection, list(tests)),
        ("do_not_mutate", PURE_IN_TABLES if room in TABLES else []),
    ):
        line = f"{name} = {value!r}"
        config, n = re.subn(rf"(?m)^{name} = .*$", line, config)
        if not n:
            config = config.replace("[tool.mutmut]", f"[tool.mutmut]\n{line}")
    (folder / "pyproject.toml").write_text(config)
    if room not in TABLES:
        (folder / "tests/conftest.py").write_text(TESTS_CONFTEST)
    for path in (folder / "tests").rglob("test_*.py"):
        path.write_text(re.sub(r"max_examples=\d+", "max_examples=25", path.read_text()))


PURE_IN_TABLES = [f"src/longtail/{module}" for module in (*LEDGER, *SERVICING)] + [
    "*/models.py",
    "*/apps.py",
    "*/migrations/*",
    "*/sandbox/*",
]


def environment(**more):
    """Return the environment of the tests: the site's keys, and a database of our own."""
    ours = {"LONGTAIL_VAR": str(HERE / "var"), "LONGTAIL_TEST_SUFFIX": "_mut"}
    return ours | os.environ | more


def verdicts(folder):
    """Return what became of each mutant, by name; None where nothing was decided."""
    found = {}
    for path in sorted((folder / "mutants/src").rglob("*.meta")):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def forget_survivors(folder):
    """Let the tests try again to notice what they did not."""
    for path in (folder / "mutants").rglob("*.meta"):
        data = json.loads(path.read_text())
        codes = data["exit_code_by_key"]
        data["exit_code_by_key"] = {k: 1 if v == 1 else None for k, v in codes.items()}
        path.write_text(json.dumps(data))


def told(code):
    """Return in words how the tests of a mutant ended."""
    if code in (1, 3):
        return KILLED
    return {0: SURVIVED, 5: NO_TESTS, 33: NO_TESTS}.get(code, TIMEOUT)


def run_pure(folder, names):
    """Let mutmut try mutants (all, or those named) against the tests of the copy."""
    mutmut = Path(sys.executable).parent / "mutmut"
    subprocess.run(
        [mutmut, "run", "--max-children", "1", *names],
        cwd=folder,
        env=environment(),
        check=True,
    )


def run_tables(folder, names, tests_of):
    """Try each mutant in a process of its own; the tests must pass without any."""
    for tests in {tests_of(name) for name in names}:
        code = tried(folder, "", tests)
        assert code == 0, f"{tests} do not pass on code that was not mutated: {code}"
        assert tried(folder, "fail", tests) == 1, f"{tests} do not reach mutated code"
    found = {}
    for name in names:
        found[name] = told(tried(folder, name, tests_of(name)))
        sys.stdout.write(f"{found[name]:>9}  {name}\n")
        sys.stdout.flush()
    return found


def tried(folder, mutant, tests):
    """Return how the tests end while a mutant is in force."""
    options = ("-x", "-q", "-n", "0", "--reuse-db", "-p", "no:cacheprovider")
    try:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=folder / "mutants",
            env=environment(MUTANT_UNDER_TEST=mutant, CI="true"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def tests_of_table(room, chosen):
    """Return which tests a mutant of the room takes: those named, or its module's."""

    def tests_of(mutant):
        path = mutant.removeprefix("longtail.").replace(".", "/")
        found = [
            t for m, t in TABLES[room].items() if path.startswith(m.removesuffix(".py"))
        ]
        return tuple(chosen) or found[0]

    return tests_of


def interval(killed, total):
    """Return the 95 % confidence interval of a share (Wilson, 1927)."""
    z, share = 1.96, killed / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    spread = (share * (1 - share) / total + z * z / (4 * total**2)) ** 0.5
    spread *= z / (1 + z * z / total)
    return middle - spread, middle + spread


def report(room, outcome, n_mutants):
    """Print the survivors and the share killed, with its error where it is a sample's."""
    counts = Counter(outcome.values())
    for name, how in sorted(outcome.items()):
        if how in (SURVIVED, NO_TESTS):
            sys.stdout.write(f"{how}: {name}\n")
    killed, total = counts[KILLED] + counts[TIMEOUT], len(outcome)
    sys.stdout.write(
        f"{room}: {killed} of {total} mutants killed ({counts[TIMEOUT]} by time-out, "
        f"{counts[NO_TESTS]} met no test): {killed / total:.1%}\n"
    )
    if total < n_mutants:
        low, high = interval(killed, total)
        sys.stdout.write(
            f"a sample of {n_mutants} mutants; 95 % confidence: {low:.1%} to {high:.1%}\n"
        )


def main(room, *, sample, seed, tests):
    """Mutate a room in the copy, try its mutants or a sample, and print what is left."""
    modules, own_tests = patterns_of(room)
    folder = HERE / "var/mutants" / room.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    copied(room, modules, tests or own_tests, folder)
    generate = [sys.executable, "-c", GENERATE]
    subprocess.run(generate, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    forget_survivors(folder)
    every = sorted(verdicts(folder))
    names = every
    if sample and sample < len(every):
        names = sorted(random.Random(seed).sample(every, sample))
    if room in TABLES:
        outcome = run_tables(folder, names, tests_of_table(room, tests))
    else:
        before = verdicts(folder)
        left = [name for name in names if before[name] is None]
        if left:
            run_pure(folder, left if len(names) < len(every) else ())
        outcome = {name: told(code) for name, code in verdicts(folder).items()}
        outcome = {name: outcome[name] for name in names}
    report(room, outcome, len(every))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="*", default=[])
    main(**vars(parser.parse_args()))
