"""The books from the command line."""

import pytest
import typer
from typer.testing import CliRunner

from longtail.interfaces import clock
from longtail.interfaces.cli import books, staffing
from longtail.ledger import chart, posting
from longtail.ledger.books.models import PeriodClose
from longtail.values.money import Money
from tests.ledger.books import NOW

PASSWORD = "a long walk at low tide"


@pytest.fixture
def run(db, monkeypatch):  # noqa: ARG001
    """Run a command against a ledger with one deposit, as in production but in-process."""
    app = typer.Typer()
    books.register(app, prepare=lambda: None)
    bank, wallet = chart.custodian_cash("USD"), chart.wallet("FND-AAAA", "USD")
    posting.open_accounts([bank, wallet])
    moved = posting.Move(debit=bank.code, credit=wallet.code, amount=Money(12_345, "USD"))
    posting.post(posting.Entry(key="k", kind="t", effective_at=NOW, moves=(moved,)))
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(month=3))
    return lambda *words, **options: CliRunner().invoke(app, words, **options)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "beancount"])
def test_the_journal_is_exported_by_the_files_suffix(run, tmp_path, suffix):
    file = tmp_path / f"journal.{suffix}"
    done = run("export-journal", str(file))
    assert (done.exit_code, done.output) == (0, f"1 transfers in {file}\n")
    assert file.stat().st_size > 0


def test_an_unknown_suffix_is_refused(run, tmp_path):
    assert run("export-journal", str(tmp_path / "journal.pdf")).exit_code == 2


def test_the_trial_balance_is_printed_by_kind_or_by_account(run):
    lines = run("trial-balance").output.splitlines()
    assert [line.split()[0] for line in lines] == ["custodian", "wallet", "all"]
    assert lines[-1].split()[1:] == ["USD", "123.45", "USD", "123.45", "USD", "0.00"]
    assert "wallet:FND-AAAA:USD" in run("trial-balance", "--accounts").output
    assert run("trial-balance", "--at", "2001-01-01").output == ""
    assert run("trial-balance", "--on", "2026-01-04").output == ""


def test_two_people_close_a_period_with_their_passwords(run, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    operator = staffing.open_operator(legal_name="City Finance Office", country="DE")
    for name in ("ada", "bob"):
        staffing.register(
            username=name,
            full_name=name.title(),
            password=f"{PASSWORD} {name}",
            party_code=operator,
            role="maker",
        )
    said = ("close-period", "2026-01-31", "--by", "ada", "--seconded-by")
    first, second = f"{PASSWORD} ada\n", f"{PASSWORD} bob\n"
    assert run(*said, "bob", input=first + "a guess\n").exit_code == 2
    assert run(*said, "ada", input=first + first).exit_code == 2
    assert run(*said, "eve", input=first + first).exit_code == 2
    assert not PeriodClose.objects.exists()
    done = run(*said, "bob", input=first + second)
    assert done.exit_code == 0, done.output
    assert PeriodClose.objects.get().digest in done.output
    assert run(*said, "bob", input=first + second).exit_code == 2
