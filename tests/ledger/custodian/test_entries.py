"""Every field of a booked entry, as banks write it and as we write it ourselves; pure."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.ledger.custodian.messages import cash, reading
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    Direction,
    MessageRefused,
    Notification,
)
from longtail.ledger.custodian.messages.shapes import Shapes
from longtail.values.money import Money

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
CREDIT, DEBIT = Direction.CREDIT, Direction.DEBIT
LINE = CashLine(
    entry_reference="E1",
    direction=CREDIT,
    amount=Money(101_50, "USD"),
    booking_date=DAY,
    value_date=NEXT,
    counterparty="Ann Ltd",
)
FULL = {
    "end_to_end_id": "PAY-1",
    "reference": "RF18",
    "payer_account": "GB33BUKB20201555555555",
    "payer_bic": "BUKBGB22",
    "return_reason": "AC04 Account closed",
    "original_reference": "E0",
}


@pytest.fixture(autouse=True)
def _nothing_seen_before(monkeypatch):
    """Let every arrangement of elements be new, so that it is planned in this test."""
    monkeypatch.setattr(reading, "SHAPES", {kind: Shapes() for kind in reading.HOLDERS})


def fresh():
    reading.SHAPES.update({kind: Shapes() for kind in reading.HOLDERS})


def written(*lines):
    said = Notification(message_id="N1", created_at=NOW, account="TRUST", lines=lines)
    return cash.write_notification(said).decode()


def lines_of(xml):
    fresh()
    _, found = reading.read(xml.encode(), "camt.054")
    # Once more, by the places that were remembered.
    assert reading.read(xml.encode(), "camt.054")[1] == found
    return found.lines


@given(st.lists(st.sampled_from(sorted(FULL)), unique=True), st.sampled_from(Direction))
def test_every_field_comes_back(names, direction):
    line = replace(LINE, direction=direction, **{name: FULL[name] for name in names})
    other = replace(LINE, entry_reference="E2", counterparty="Bo", value_date=DAY)
    assert lines_of(written(line, other)) == (line, other)


@pytest.mark.parametrize(
    "change",
    [
        {"payer_account": "12345"},
        {"return_reason": "AC04"},
        {"return_reason": "MS03 <closed> & gone"},
        {"counterparty": "Ä & <B>"},
    ],
)
def test_what_is_unusual_comes_back_too(change):
    line = replace(LINE, **change)
    (found,) = lines_of(written(line))
    assert replace(found, return_reason=found.return_reason.strip()) == line


def test_a_collective_entry_is_one_line_for_each_of_its_transactions():
    parts = (
        replace(LINE, batch="B1", **FULL),
        replace(LINE, entry_reference="E2", batch="B1", amount=Money(50, "USD")),
        replace(LINE, entry_reference="E3", batch="B1", direction=DEBIT),
        replace(LINE, entry_reference="E4"),
    )
    xml = written(*parts)
    assert xml.count("<Ntry>") == 2
    assert "<NbOfTxs>3</NbOfTxs>" in xml
    assert '<Ntry><Amt Ccy="USD">0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>' in xml
    assert lines_of(xml) == parts
    more = xml.replace('<Amt Ccy="USD">0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>', "@", 1)
    more = more.replace("@", '<Amt Ccy="USD">0.51</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>')
    with pytest.raises(MessageRefused, match="collective entry B1 do not add up"):
        lines_of(more)


def test_one_transaction_of_its_own_name_is_a_part():
    part = replace(LINE, batch="B1")
    assert lines_of(written(part)) == (part,)
    (whole,) = lines_of(written(part).replace(">E1<", ">B1<"))
    assert whole == replace(LINE, entry_reference="B1")


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        # Without details the entry is the line; without a value date it counts at once.
        ("<NtryDtls>*</NtryDtls>", "", {"counterparty": ""}),
        ("<ValDt>*</ValDt>", "", {"value_date": DAY}),
        (
            "</RltdPties>",
            "</RltdPties><RmtInf><Ustrd>Inv 1</Ustrd><Ustrd>and 2</Ustrd></RmtInf>",
            {"reference": "Inv 1 and 2"},
        ),
        (
            "</RltdPties>",
            "</RltdPties><RtrInf><Rsn><Prtry>X1</Prtry></Rsn><AddtlInf>a</AddtlInf>"
            "<AddtlInf>b</AddtlInf></RtrInf>",
            {"return_reason": "X1 a b"},
        ),
        (
            "</RltdPties>",
            "</RltdPties><RtrInf><AddtlInf>no code</AddtlInf></RtrInf>",
            {"return_reason": "NARR no code"},
        ),
        (
            "<Refs></Refs>",
            "<Refs><Prtry><Tp>OTHER</Tp><Ref>X</Ref></Prtry></Refs>",
            {"original_reference": ""},
        ),
        (
            "<Refs></Refs>",
            "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>",
            {"end_to_end_id": "NOTPROVIDED"},
        ),
        ("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", None),
    ],
)
def test_another_bank_may_write_it_otherwise(old, new, change):
    xml = written(LINE)
    before, star, after = old.partition("*")
    start = xml.index(before)
    end = xml.index(after, start) + len(after) if star else start + len(before)
    found = lines_of(xml[:start] + new + xml[end:])
    assert found == (() if change is None else (replace(LINE, **change),))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<AcctSvcrRef>E1</AcctSvcrRef>", ""),
        ("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", ""),
        (">CRDT<", ">BOTH<"),
        ('<Amt Ccy="USD">101.50</Amt>', '<Amt Ccy="USD">0</Amt>'),
        ('<Amt Ccy="USD">101.50</Amt>', '<Amt Ccy="USD">101.505</Amt>'),
        ("Ann Ltd", "A" * 141),
    ],
)
def test_an_entry_that_cannot_be_is_refused(old, new):
    xml = written(LINE)
    assert old in xml
    with pytest.raises(MessageRefused):
        lines_of(xml.replace(old, new))
