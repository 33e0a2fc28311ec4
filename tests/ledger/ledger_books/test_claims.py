"""What clients are owed is published, and each finds their own line in it offline."""

import json
import random
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.django import TestCase

from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.books import claims, proofs, queries, services
from longtail.ledger.books.models import ClaimsPart, ClaimsRoot
from longtail.ledger.books.rules import BooksDisagree, NoSuchClaim
from tests.ledger.books import ANN, BANK, BO, CAI, WALLETS, deposit, open_books, pay
from tests.ledger.ledger_books.scripts import histories, new_history

SCRIPT = Path(__file__).parents[3] / "docs/check_claim.py"
ON, AT = date(2026, 3, 2), datetime(2026, 3, 3, tzinfo=UTC)
SECRET = "not to be known outside"


def publish(on=ON, secret=SECRET):
    return services.publish_claims(on=on, at=AT, secret=secret)


def proof_of(account, on=ON, secret=SECRET):
    return proofs.claim_proof(account_code=account, on=on, secret=secret)


def check(tmp_path, proof, root, total, *options):
    file = tmp_path / "proof.json"
    file.write_text(proof if isinstance(proof, str) else json.dumps(proof))
    # Isolated, so that nothing but the standard library can be imported.
    return subprocess.run(
        [sys.executable, "-I", "-S", *options, SCRIPT, file, root, str(total)],
        capture_output=True,
        text=True,
    )


class TestTotals(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories)
    def test_the_total_is_the_custodians_cash_and_every_claim_is_proved(self, commands):
        history = new_history()
        history.play(commands)
        (root,) = publish()
        assert root.total_minor == ledger.custodian_minor("USD")
        assert root.total_minor == ledger.claims_minor("USD")
        owed = {code: ledger.balance(code).posted_minor for code in WALLETS}
        assert root.leaf_count == sum(minor > 0 for minor in owed.values())
        for code, minor in owed.items():
            if minor:
                proof = proof_of(code)
                assert proof["amount_minor"] == minor
                assert (proof["root"], proof["total_minor"]) == (
                    root.root,
                    root.total_minor,
                )
            else:
                with pytest.raises(NoSuchClaim, match="Nothing was owed"):
                    proof_of(code)


@pytest.fixture
def rich(db):  # noqa: ARG001
    """Books with a claim of every kind, and enough of them for several parts."""
    open_books()
    others = [chart.wallet(f"P{n}", "USD") for n in range(40)]
    kinds = [chart.book("DEM-1", "USD"), chart.collection("AGR-1", "USD")]
    kinds.append(chart.suspense("USD"))
    posting.open_accounts([*others, *kinds])
    codes = [spec.code for spec in (*others, *kinds)]
    posting.post_many([deposit(code, 100 + n) for n, code in enumerate([ANN, BO, *codes])])
    posting.post(pay(ANN, BO, 60, pending=True))
    return [ANN, BO, *codes]


def test_every_kind_of_claim_is_in_it_whatever_the_size_of_a_part(rich, monkeypatch):
    for day, size in ((1, 1_024), (2, 16), (3, 1)):
        monkeypatch.setattr(claims, "PART_LEAVES", size)
        monkeypatch.setattr(proofs, "PART_LEAVES", size)
        (root,) = publish(date(2026, 3, day))
        assert root.leaf_count == len(rich) == 45
        assert ClaimsPart.objects.filter(root=root).count() == -(-45 // size)
        assert sum(proof_of(x, date(2026, 3, day))["amount_minor"] for x in rich) == (
            root.total_minor
        )


def test_a_root_is_published_once_and_stays(rich):
    first = publish()
    posting.post(deposit(CAI, 5))
    assert publish() == first
    assert publish(date(2026, 3, 3))[0].total_minor == first[0].total_minor + 5
    assert ClaimsRoot.objects.count() == 2
    # What was owed then is still proved, though more is owed now.
    posting.post(deposit(rich[0], 7))
    assert proof_of(rich[0])["amount_minor"] == 100
    assert [r.on_date.day for r in queries.claims_roots(currency="USD")] == [3, 2]
    assert queries.latest_claims_roots()[0].on_date.day == 3
    assert queries.claims_roots(currency="EUR") == []


def test_a_proof_shows_nobody_elses_name_and_no_secret_that_serves_for_another(rich):
    publish()
    said = json.dumps({k: v for k, v in proof_of(ANN).items() if k != "account"})
    assert not any(code in said for code in rich)
    numbers = {
        claims.nonce(secret, on=on, account_code=code)
        for secret in (SECRET, "another")
        for on in (ON, date(2026, 3, 3))
        for code in (ANN, BO)
    }
    assert len(numbers) == 8


def test_no_proof_is_given_out_that_would_not_check(rich):
    publish()
    with pytest.raises(NoSuchClaim, match=r"another secret|Nothing was owed"):
        proof_of(rich[0], secret="a new one")
    with pytest.raises(NoSuchClaim, match="No root"):
        proof_of(rich[0], on=date(2026, 3, 9))
    with pytest.raises(NoSuchClaim, match="Nothing was owed on the wallet"):
        proof_of(CAI)
    with pytest.raises(posting.UnknownAccount):
        proof_of("wallet:NOBODY:USD")


def test_the_script_is_short_and_needs_only_the_standard_library():
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 60
    imports = [x for x in text.splitlines() if x.startswith(("import", "from"))]
    assert imports == ["import hashlib", "import json", "import re", "import sys"]


def test_the_script_says_ok_to_a_good_proof(rich, tmp_path):
    (root,) = publish()
    for account in (ANN, rich[-1]):
        proof = proof_of(account)
        done = check(tmp_path, proof, root.root, root.total_minor)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"OK: {account} is owed {proof['amount_minor']}")


def mutants(proof):
    """Return changed proofs by what was changed in each."""
    draw = random.Random(7)
    found = {}
    for name, value in proof.items():
        if name in ("root", "total_minor"):
            continue  # The script does not look at them: they are the proof's own word.
        found[f"without {name}"] = {k: v for k, v in proof.items() if k != name}
        found[f"{name} null"] = proof | {name: None}
        if isinstance(value, int):
            for other in (value + 1, -value - 1, value + 2**63, float(value), str(value)):
                found[f"{name} {other!r}"] = proof | {name: other}
        elif isinstance(value, str):
            found[f"{name} cut"] = proof | {name: value[:-1]}
            found[f"{name} longer"] = proof | {name: value + "0"}
            found[f"{name} other"] = proof | {
                name: ("0" if value[0] != "0" else "1") + value[1:]
            }
    path = proof["path"]
    for step, node in enumerate(path):
        for change in (
            {"sum_minor": node["sum_minor"] + 1},
            {"sum_minor": -node["sum_minor"] - 1},
            {"sum_minor": 2**63 - 1},
            {"sum_minor": True},
            {"hash": node["hash"][::-1]},
            {"hash": node["hash"].upper() + "z"},
        ):
            new = [*path[:step], node | change, *path[step + 1 :]]
            found[f"path {step} {change}"] = proof | {"path": new}
        found[f"path without {step}"] = proof | {"path": path[:step] + path[step + 1 :]}
        # A cent moved from the neighbour to oneself: the sum at the top is the same.
        moved = node | {"sum_minor": node["sum_minor"] - 1}
        found[f"a cent from {step}"] = proof | {
            "amount_minor": proof["amount_minor"] + 1,
            "path": [*path[:step], moved, *path[step + 1 :]],
        }
    found["path longer"] = proof | {"path": [*path, path[0]]}
    found["path turned"] = proof | {"path": path[::-1]}
    found["path no list"] = proof | {"path": 5}
    found["a list"] = [proof]
    text = json.dumps(proof)
    for n in range(5):
        at = draw.randrange(len(text) // 2)
        found[f"torn {n}"] = text[:at]
    return found


def test_the_script_refuses_every_changed_proof(rich, tmp_path):
    (root,) = publish()
    proof = proof_of(rich[7])
    changed = mutants(proof)
    assert len(changed) >= 50
    passed = []
    for what, mutant in changed.items():
        done = check(tmp_path, mutant, root.root, root.total_minor)
        if done.returncode == 0 or not done.stderr.startswith("WRONG:"):
            passed.append((what, done.stdout, done.stderr[:300]))
    assert passed == []
    # Checks are no asserts, which Python leaves out when it is told to optimise.
    assert check(tmp_path, proof, "0" * 64, root.total_minor, "-O").returncode == 1
    for other, total in (
        (root.root[::-1], root.total_minor),
        (root.root, root.total_minor + 1),
        ("", root.total_minor),
        (root.root, "much"),
    ):
        assert check(tmp_path, proof, other, total).returncode == 1


def test_a_statement_of_the_day_is_compared(rich):  # noqa: ARG001
    assert [root.is_backed for root in publish()] == [None]
    made = publish()[0]
    for custodian, since, backed in ((made.total_minor, 0, True), (1, 0, False)):
        made.custodian_minor, made.booked_since_minor = custodian, since
        assert made.is_backed is backed
    made.custodian_minor, made.booked_since_minor = made.total_minor - 5, 5
    assert made.is_backed is True


def test_nothing_is_published_on_books_that_contradict_themselves(rich):
    with connection.cursor() as cursor:
        cursor.execute(
            "update ledger_account set credits_posted = credits_posted + 1 where code = %s",
            [rich[0]],
        )
    with pytest.raises(BooksDisagree, match="nothing is published"):
        publish()
    assert not ClaimsRoot.objects.exists()


def test_claims_without_any_money_have_a_root_too(db):  # noqa: ARG001
    open_books()
    (root,) = publish()
    assert (root.leaf_count, root.total_minor) == (0, 0)
    with pytest.raises(NoSuchClaim):
        proof_of(ANN)
    assert BANK not in WALLETS
