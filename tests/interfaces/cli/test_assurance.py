"""``longtail verify`` and ``longtail head``, on a life that went through every room."""

import pytest
import typer
from django.db import connection
from joserfc.jwk import OKPKey
from typer.testing import CliRunner

from longtail.interfaces import assurance
from longtail.interfaces.cli import assurance as commands
from longtail.ledger.log.verifying import Tally
from tests.servicing import world

KEY = OKPKey.generate_key("Ed25519")


@pytest.fixture(autouse=True)
def _site(db, settings):  # noqa: ARG001
    settings.LOG_KEY = KEY.as_pem(private=True).decode()
    settings.LOG_EARLIER_KEYS = ""
    world.drawn()


def longtail(*arguments):
    app = typer.Typer()
    commands.register(app, prepare=lambda: None)
    return CliRunner().invoke(app, list(map(str, arguments)))


def tamper(statement):
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("set local session_replication_role = origin")


def test_what_nobody_touched_verifies(tmp_path):
    held = tmp_path / "head.jws"
    assert longtail("head", "--out", held).exit_code == 0
    done = longtail("verify", "--head", held)
    assert done.exit_code == 0, done.output
    assert "all is as it was recorded" in done.output
    tally = Tally()
    assert list(assurance.verify(outside=[held.read_text()], tally=tally)) == []
    for name in ("rows of record", "journals", "transfers", "accounts", "leaves", "heads"):
        assert f"{name}: {tally[name]:,}" in done.output
        assert tally[name] > 0


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update ledger_transfer set amount_minor = amount_minor + 1", "ledger_batch"),
        (
            "update ledger_account set credits_posted = credits_posted + 1"
            " where code like 'wallet:%'",
            "ledger_account",
        ),
        (
            "update servicing_agreementevent set by = ''",
            "servicing_agreementevent",
        ),
        ("update deals_agreement set rate_bps = 1", "deals_agreement"),
        ("delete from funding_holding", "funding_holding"),
        ("update servicing_snapshot set outstanding_minor = 1", "servicing_snapshot"),
    ],
)
def test_what_was_touched_is_named_first(statement, named):
    assert longtail("verify").exit_code == 0
    tamper(statement)
    done = longtail("verify", "--limit", 1)
    assert done.exit_code == 1
    (first,) = [line for line in done.output.splitlines() if line.startswith("FIRST ")]
    assert first.startswith(f"FIRST {named}")
    assert " findings, in " in done.output


def test_an_older_head_still_counts_and_a_foreign_one_is_refused(tmp_path):
    held = tmp_path / "head.jws"
    held.write_text(longtail("head").output)
    world.drawn()
    assert longtail("verify", "--head", held).exit_code == 0
    held.write_text("nothing")
    done = longtail("verify", "--head", held)
    assert done.exit_code == 2
    assert "This is no head of the log" in done.output


def test_after_a_change_of_keys_earlier_heads_still_verify(settings, tmp_path):
    held = tmp_path / "head.jws"
    held.write_text(longtail("head").output)
    public = longtail("head", "--key").output
    settings.LOG_KEY = OKPKey.generate_key("Ed25519").as_pem(private=True).decode()
    assert longtail("verify", "--head", held).exit_code == 2
    settings.LOG_EARLIER_KEYS = public
    assert longtail("verify", "--head", held).exit_code == 0
