"""The XML gate, and the same words on both sides of it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longtail.ledger.custodian.messages import cash, envelope, orders
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    CreditTransfer,
    Direction,
    MessageRefused,
    Notification,
    Payee,
    PaymentOrder,
    StatementMessage,
    Status,
    StatusReport,
    TransferStatus,
)
from longtail.ledger.custodian.messages.reading import KINDS, read
from longtail.values.money import Money

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ALL = KINDS

words = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=("C", "Z")),
    min_size=1,
    max_size=35,
)
moneys = st.builds(
    Money, st.integers(1, 10**15), st.sampled_from(["USD", "JPY", "BHD", "CNY"])
)
dates = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def line(n=1, **changes):
    known = {
        "entry_reference": f"E{n}",
        "direction": Direction.CREDIT,
        "amount": Money(100 + n, "USD"),
        "booking_date": date(2026, 3, 2),
        "value_date": date(2026, 3, 2),
        "counterparty": "Ann Ltd",
    }
    return CashLine(**known | changes)


lines = st.builds(
    CashLine,
    entry_reference=words,
    direction=st.sampled_from(Direction),
    amount=moneys,
    booking_date=dates,
    value_date=dates,
    end_to_end_id=st.just("") | words,
    counterparty=words,
    reference=st.just("") | words,
)


def notification(*found):
    return Notification(message_id="N1", created_at=NOW, account="TRUST-USD", lines=found)


XML = cash.write_notification(notification(line(1), line(2)))


@settings(max_examples=40, deadline=None)
@given(st.lists(lines, max_size=4, unique_by=lambda x: x.entry_reference))
def test_a_notification_comes_back_as_it_was_said(found):
    said = notification(*found)
    assert read(cash.write_notification(said), "camt.054") == ("camt.054", said)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(words, words, moneys), min_size=1, max_size=4))
def test_an_order_comes_back_as_it_was_said(found):
    transfers = [
        CreditTransfer(
            end_to_end_id=f"PAY-{n}",
            amount=amount,
            payee=Payee(name=name, account="GB82WEST12345698765432", bic="NWBKGB2L"),
            remittance=remittance,
        )
        for n, (name, remittance, amount) in enumerate(found)
    ]
    said = PaymentOrder(message_id="O1", created_at=NOW, transfers=tuple(transfers))
    _, heard = read(orders.write_order(said), "pain.001")
    assert sorted(heard.transfers, key=lambda t: t.end_to_end_id) == transfers
    assert (heard.message_id, heard.created_at) == ("O1", NOW)


def test_a_report_and_a_statement_come_back_as_they_were_said():
    report = StatusReport(
        message_id="R1",
        created_at=NOW,
        original_message_id="O1",
        statuses=(
            TransferStatus(end_to_end_id="PAY-1", status=Status.ACCEPTED),
            TransferStatus(
                end_to_end_id="PAY-2",
                status=Status.REJECTED,
                reason_code="AC01",
                reason="Incorrect account number",
            ),
        ),
    )
    assert read(orders.write_report(report), "pain.002") == ("pain.002", report)
    statement = StatementMessage(
        message_id="S1",
        created_at=NOW,
        account="TRUST-USD",
        currency="USD",
        number=7,
        from_date=date(2026, 3, 1),
        to_date=date(2026, 3, 2),
        opening_minor=-50,
        closing_minor=51,
        lines=(line(1),),
    )
    assert read(cash.write_statement(statement), "camt.053") == ("camt.053", statement)


BILLION_LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><Document>&j;</Document>"
)
BAD = {
    "billion laughs": (BILLION_LAUGHS, "document type or entities"),
    "external entity": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document>&a;</Document>',
        "document type or entities",
    ),
    "document type": (b"<!DOCTYPE Document><Document/>", "document type or entities"),
    "too large": (b" " * (envelope.MAX_BYTES + 1), "larger than"),
    "too deep": (b"<a>" * 40 + b"</a>" * 40, "deeper than"),
    "cut short": (XML[: len(XML) // 2], "not well-formed"),
    "empty": (b"", "not well-formed"),
    "not XML": (b"%PDF-1.7", "not well-formed"),
    "NUL bytes": (XML.replace(b"Ann", b"A\0n"), "not well-formed"),
    "another encoding": (XML.replace(b"UTF-8", b"UTF-7"), "encoded in UTF-8"),
    "not UTF-8": (XML.replace(b"Ann", b"A\xff\xfe"), "not well-formed"),
    "another schema": (XML.replace(b"camt.054.001.08", b"camt.054.001.02"), "understood"),
    "no schema": (b"<html/>", "understood"),
    "foreign element": (XML.replace(b"<Ntfctn>", b"<Ntfctn><Evil/>"), "does not fit"),
    "a missing part": (XML.replace(b"<MsgId>N1</MsgId>", b""), "does not fit"),
    # By the schema where this arrangement of elements is new, else as it is read.
    "no number": (XML.replace(b"1.01", b"1,01"), "no decimal number|not a valid .Decimal"),
    "not a number": (XML.replace(b"1.01", b"NaN"), "no decimal number"),
    "negative": (XML.replace(b"1.01", b"-1.01"), "must be positive"),
    "zero": (XML.replace(b"1.01", b"0.00"), "must be positive"),
    "too precise": (XML.replace(b"1.01", b"1.00000000000000000001"), "decimals"),
    "too much": (XML.replace(b"1.01", b"1" * 19), "larger"),
    "an exponent": (XML.replace(b"1.01", b"1e3"), "no decimal number"),
    "no currency": (XML.replace(b'"USD"', b'"usd"'), "ISO 4217"),
    "no reference": (XML.replace(b">E1<", b"><"), "required text"),
    "a long reference": (XML.replace(b">E1<", b">" + b"E" * 36 + b"<"), "longer than"),
    "the same twice": (XML.replace(b">E2<", b">E1<"), "same reference"),
    "no date": (XML.replace(b"<Dt>2026-03-02</Dt>", b""), "date is missing"),
    "an impossible date": (XML.replace(b"2026-03-02<", b"2026-02-30<"), "no date"),
    "a year too far": (XML.replace(b"2026-03-02<", b"12026-03-02<"), "no date"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_unsafe_or_broken_is_refused(name):
    xml, reason = BAD[name]
    with pytest.raises(MessageRefused, match=reason):
        read(xml, *ALL)


def test_a_good_message_in_the_wrong_place_is_refused():
    with pytest.raises(MessageRefused, match=r"camt\.054 was received where pain\.001"):
        read(XML, "pain.001")


def test_sums_that_do_not_add_up_are_refused():
    order = orders.write_order(
        PaymentOrder(
            message_id="O1",
            created_at=NOW,
            transfers=(
                CreditTransfer(
                    end_to_end_id="PAY-1",
                    amount=Money(500, "USD"),
                    payee=Payee(name="Bo", account="123-45"),
                    remittance="",
                ),
            ),
        )
    )
    for wrong, reason in (
        (order.replace(b"<NbOfTxs>1<", b"<NbOfTxs>2<"), "announces 2"),
        (order.replace(b">5.00</InstdAmt", b">6.00</InstdAmt"), "control sum"),
        (order.replace(b"TRUST-USD", b"TRUST-EUR"), "not to be paid from"),
    ):
        with pytest.raises(MessageRefused, match=reason):
            read(wrong, "pain.001")
    statement = StatementMessage(
        message_id="S1",
        created_at=NOW,
        account="TRUST-USD",
        currency="USD",
        number=7,
        from_date=date(2026, 3, 1),
        to_date=date(2026, 3, 2),
        opening_minor=0,
        closing_minor=102,
        lines=(line(1),),
    )
    with pytest.raises(MessageRefused, match="closing balance"):
        read(cash.write_statement(statement), "camt.053")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_mutation_gets_past_the_gate_in_another_way_than_refusal(data):
    xml = bytearray(XML)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(xml) - 1))
        length = data.draw(st.integers(0, 12))
        xml[start : start + length] = data.draw(st.binary(max_size=12))
    try:
        kind, heard = read(bytes(xml), *ALL)
    except MessageRefused:
        return
    assert kind == "camt.054"
    assert all(x.amount.minor > 0 for x in heard.lines)
