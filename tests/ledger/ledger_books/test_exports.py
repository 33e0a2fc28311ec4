"""A journal that was exported and read back adds up to the ledger, to the minor unit."""

import csv
import shutil
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger import chart, posting
from longtail.ledger import queries as ledger
from longtail.ledger.books import closing
from longtail.ledger.books.exports import UnknownFormat, export_journal, rows
from longtail.ledger.books.exports.names import account_code, account_name
from longtail.ledger.books.exports.tables import ACTIVE, inert, original
from longtail.values.money import Money, decimals
from tests.ledger.books import ANN, BANK, BO, CAI, deposit, entry, open_books, usd

CHECK = shutil.which("bean-check", path=str(Path(sys.executable).parent))
NOW = datetime(2026, 3, 5, 15, 30, 1, 250_000, tzinfo=UTC)
# Keys as nobody should write them.
ODD = [
    '=cmd|" /C calc"!A0',
    "+1",
    "-1",
    "@x",
    "\tx",
    "'quoted",
    'say "hi"\\',
    "two\nlines",
    "中文,;",
]


@pytest.fixture
def history(db):  # noqa: ARG001
    """Three currencies, holds of every end, a closed month, and keys of all sorts."""
    open_books()
    for currency, minor in (("JPY", 7), ("KWD", 1_234_567)):
        bank, wallet = chart.custodian_cash(currency), chart.wallet("ANN", currency)
        posting.open_accounts([bank, wallet])
        amount = Money(minor, currency)
        moved = posting.Move(debit=bank.code, credit=wallet.code, amount=amount)
        posting.post(entry(moved))
    posting.post(deposit(ANN, 100_05))
    holds = posting.post(
        entry(*(move(ANN, BO, 10_01, pending=True) for _ in range(4)), move(ANN, CAI, 5))
    )
    posting.post(entry(posting.Resolve(holds[0], post=True)))
    close = date(2026, 1, 31)
    closing.close_period(to_date=close, by="ann", seconded_by="bo", at=NOW)
    posting.post(entry(posting.Resolve(holds[1], post=True, amount_minor=3), at=NOW))
    posting.post(entry(posting.Resolve(holds[2], post=False), at=NOW))
    posting.post(entry(move(CAI, BANK, 1), at=NOW))
    posting.post_many([entry(move(BANK, CAI, 2), key=key, at=NOW) for key in ODD])
    return ledger.balances()


def move(debit, credit, minor, **options):
    return posting.Move(debit=debit, credit=credit, amount=usd(minor), **options)


def recomputed(found):
    """Return every account's totals from exported rows alone."""
    totals = defaultdict(lambda: [0, 0, 0, 0])
    for row in found:
        amount, phase = row["amount_minor"], row["phase"]
        pending = {"PENDING": amount, "SINGLE": 0}.get(phase)
        if pending is None:
            pending = -row["held_minor"]
        posted = amount if phase in ("SINGLE", "POST") else 0
        for side, account in enumerate((row["debit_account"], row["credit_account"])):
            totals[account][2 * side] += pending
            totals[account][2 * side + 1] += posted
    return {code: tuple(found) for code, found in totals.items()}


def read_csv(file):
    with file.open(newline="", encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            found = {name: original(cell) for name, cell in row.items()}
            numbers = [n for n in found if n.endswith(("_id", "_minor"))]
            yield found | {n: int(found[n]) if found[n] else None for n in numbers}


def test_a_csv_read_back_adds_up_to_the_ledger(history, tmp_path):
    file = tmp_path / "journal.csv"
    count = export_journal(file)
    found = list(read_csv(file))
    assert len(found) == count
    assert recomputed(found) == {c: t for c, t in history.items() if any(t)}
    assert {row["key"] for row in found} >= set(ODD)


def test_no_cell_of_the_csv_is_a_formula(history, tmp_path):  # noqa: ARG001
    file = tmp_path / "journal.csv"
    export_journal(file)
    with file.open(newline="", encoding="utf-8") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert [cell for cell in cells if cell.startswith(ACTIVE[:-1])] == []


@given(st.text(max_size=8) | st.sampled_from(ACTIVE).map(lambda c: c + "x"))
def test_an_inert_cell_can_be_told_back(text):
    assert original(inert(text)) == text
    assert not inert(text).startswith(ACTIVE[:-1])


def test_a_parquet_file_read_back_adds_up_to_the_ledger(history, tmp_path):
    file = tmp_path / "journal.parquet"
    count = export_journal(file)
    with duckdb.connect() as engine:
        table = engine.read_parquet(str(file)).project(
            "* replace (epoch_us(effective_at) as effective_at, "
            "epoch_us(recorded_at) as recorded_at)"
        )
        found = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
    assert len(found) == count
    assert recomputed(found) == {c: t for c, t in history.items() if any(t)}
    assert {row["key"] for row in found} >= set(ODD)
    latest = NOW - datetime(1970, 1, 1, tzinfo=UTC)
    assert max(row["effective_at"] for row in found) == latest // timedelta(microseconds=1)
    assert sorted(x.name for x in tmp_path.iterdir()) == ["journal.parquet"]


def loaded(file):
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed")
    found, errors, _ = loader.load_file(str(file))
    assert errors == []
    return found


def beancount_rows(found):
    """Return the exported rows from what Beancount read."""
    from beancount.core import data

    made = []
    for item in found:
        if isinstance(item, data.Custom) and item.type.startswith("longtail-"):
            debit, credit, amount = (value.value for value in item.values)
            made.append((item.type[9:].upper(), item.meta, debit, credit, amount))
        if isinstance(item, data.Transaction):
            pairs = zip(item.postings[::2], item.postings[1::2], strict=True)
            for left, right in pairs:
                assert left.units.number == -right.units.number > 0
                phase = "POST" if "resolves" in left.meta else "SINGLE"
                meta = {**item.meta, **left.meta}
                made.append((phase, meta, left.account, right.account, left.units))
    rows_by_id = {
        int(meta["transfer"]): {
            "phase": phase,
            "key": meta["key"],
            "resolves_id": int(meta["resolves"]) if "resolves" in meta else None,
            "debit_account": account_code(debit),
            "credit_account": account_code(credit),
            "amount_minor": int(units.number.scaleb(decimals(units.currency))),
        }
        for phase, meta, debit, credit, units in made
    }
    for row in rows_by_id.values():
        hold = row["resolves_id"]
        row["held_minor"] = rows_by_id[hold]["amount_minor"] if hold else None
    return list(rows_by_id.values())


def test_beancount_accepts_the_plain_text_and_adds_up_to_the_ledger(history, tmp_path):
    file = tmp_path / "journal.beancount"
    count = export_journal(file)
    found = beancount_rows(loaded(file))
    assert len(found) == count
    assert recomputed(found) == {c: t for c, t in history.items() if any(t)}
    assert {row["key"] for row in found} >= set(ODD)


def bean_check(file):
    if CHECK is None:
        pytest.skip("bean-check is missing: pip install beancount (make setup-dev)")
    return subprocess.run([CHECK, "--no-cache", file], capture_output=True, text=True)


def test_bean_check_accepts_it_and_refuses_it_a_minor_unit_off(history, tmp_path):  # noqa: ARG001
    file = tmp_path / "journal.beancount"
    export_journal(file)
    done = bean_check(file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = file.read_text()
    closed = "2026-02-01 balance Liabilities:Wallet:ANN:USD  -89.99 ~ 0 USD"
    final = "2026-03-06 balance Liabilities:Wallet:ANN:USD  -89.96 ~ 0 USD"
    kuwait = "balance Assets:Custodian:KWD  1234.567 ~ 0 KWD"
    japan = "balance Assets:Custodian:JPY  7 ~ 0 JPY"
    for line, other in (
        (closed, closed.replace("-89.99", "-89.98")),
        (final, final.replace("-89.96", "-89.97")),
        (kuwait, kuwait.replace("567", "566")),
        (japan, japan.replace("7 ~", "8 ~")),
    ):
        assert text.count(line) >= 1, line
        file.write_text(text.replace(line, other))
        assert bean_check(file).returncode != 0


texts = st.text(
    st.characters(exclude_characters=":", exclude_categories=("Cs",)), max_size=6
)


@given(
    st.lists(
        texts | st.sampled_from(["wallet", "custodian", "U-", "ABC", "USD"]), min_size=1
    )
)
def test_account_names_can_be_told_back(parts):
    code = ":".join(parts)
    assert account_code(account_name(code)) == code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("custodian:USD", "Assets:Custodian:USD"),
        ("wallet:FND-7K3F9Q2A4X:USD", "Liabilities:Wallet:FND-7K3F9Q2A4X:USD"),
        ("wallet:u-x:USD", "Liabilities:Wallet:U-752D78:USD"),
    ],
)
def test_account_names_are_readable(code, name):
    assert account_name(code) == name


def test_a_name_that_stands_for_no_account_is_refused():
    with pytest.raises(ValueError, match="not the name"):
        account_code("Liabilities:Custodian:USD")


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(
    history,  # noqa: ARG001
    tmp_path,
    monkeypatch,
):
    for suffix in (".csv", ".parquet", ".beancount"):
        file = tmp_path / f"journal{suffix}"
        file.write_text("the old one")
        with monkeypatch.context() as patch, transaction.atomic():
            patch.setattr(
                rows, "READ", rows.READ.replace("order by", "where 1 / 0 > 0 order by")
            )
            patch.setattr(rows, "READ_AT_ONCE", 1)
            with pytest.raises(Exception, match="division"):
                export_journal(file)
        assert file.read_text() == "the old one"
    assert len(list(tmp_path.iterdir())) == 3


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(UnknownFormat, match=r"\.beancount"):
        export_journal(tmp_path / "journal.xlsx")
