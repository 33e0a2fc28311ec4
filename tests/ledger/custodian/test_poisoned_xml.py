"""T14, XML: two hundred poisoned documents are refused without harm."""

import resource
from datetime import date

import pytest

from longtail.ledger.custodian.messages import cash, envelope, orders
from longtail.ledger.custodian.messages.contents import (
    CreditTransfer,
    MessageRefused,
    Payee,
    PaymentOrder,
    StatementMessage,
)
from longtail.ledger.custodian.messages.reading import KINDS, read
from longtail.values.money import Money
from tests.ledger.custodian.test_messages import NOW, XML, line

DAY = date(2026, 3, 2)
STATEMENT = cash.write_statement(
    StatementMessage(
        message_id="S1",
        created_at=NOW,
        account="TRUST-USD",
        currency="USD",
        number=1,
        from_date=DAY,
        to_date=DAY,
        opening_minor=0,
        closing_minor=101,
        lines=(line(1),),
    )
)
ORDER = orders.write_order(
    PaymentOrder(
        message_id="O1",
        created_at=NOW,
        transfers=(
            CreditTransfer(
                end_to_end_id="PAY-1",
                amount=Money(100, "USD"),
                payee=Payee(name="Bo", account="GB82WEST12345698765432"),
                remittance="r",
                reference="AGR-1",
            ),
        ),
    )
)
GOOD = {"camt.054": XML, "camt.053": STATEMENT, "pain.001": ORDER}
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'


def laughs(depth, width):
    entities = b"".join(
        b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * width) for n in range(1, depth)
    )
    return b'<!DOCTYPE Document [<!ENTITY e0 "ha">' + entities + b"]>"


DOCTYPES = {
    "internal": b'<!DOCTYPE Document [<!ENTITY a "b">]>',
    "external": b'<!DOCTYPE Document SYSTEM "file:///etc/passwd">',
    "public": b'<!DOCTYPE Document PUBLIC "x" "http://127.0.0.1:1/x.dtd">',
    "file entity": b'<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "net entity": b'<!DOCTYPE Document [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]>',
    "parameter": b'<!DOCTYPE Document [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]>',
    "notation": b'<!DOCTYPE Document [<!NOTATION n SYSTEM "x">]>',
    "element": b"<!DOCTYPE Document [<!ELEMENT Document ANY>]>",
    "attribute": b'<!DOCTYPE Document [<!ATTLIST Document x CDATA "y">]>',
    "empty": b"<!DOCTYPE Document>",
    "quadratic": b'<!DOCTYPE Document [<!ENTITY a "' + b"A" * 50_000 + b'">]>',
    **{f"laughs {d}x{w}": laughs(d, w) for d in (3, 6, 10) for w in (2, 10, 50)},
}
# What surrounds a DTD to hide it.
COVERS = {
    "plain": lambda dtd: dtd,
    "after a comment": lambda dtd: b"<!-- <x> -->" + dtd,
    "after an instruction": lambda dtd: b"<?x <y> ?>" + dtd,
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("cover", COVERS)
@pytest.mark.parametrize("name", DOCTYPES)
def test_no_document_type_gets_in(kind, cover, name):
    body = GOOD[kind].partition(b"?>")[2]
    with pytest.raises(MessageRefused):
        read(HEAD + COVERS[cover](DOCTYPES[name]) + body, *KINDS)


OUTSIZE = {
    "deep": lambda xml: xml.replace(
        b"</Document>", b"<a>" * 60 + b"</a>" * 60 + b"</Document>"
    ),
    "very deep": lambda _: HEAD + b"<a>" * 100_000 + b"</a>" * 100_000,
    "wide": lambda xml: xml.replace(b"</Document>", b"<a/>" * 1_100_000 + b"</Document>"),
    "long": lambda xml: xml + b" " * envelope.MAX_BYTES,
    "a long text": lambda xml: xml.replace(b"<MsgId>", b"<MsgId>" + b"A" * 12_000_000),
    "a long name": lambda xml: xml.replace(b"MsgId", b"M" * 1_000_000),
    "many attributes": lambda xml: xml.replace(
        b"Amt Ccy", b"Amt " + b"".join(b'a%d="" ' % n for n in range(50_000)) + b"Ccy"
    ),
    "many namespaces": lambda xml: xml.replace(
        b"<Document ", b"<Document " + b"".join(b'xmlns:n%d="u" ' % n for n in range(9_000))
    ),
    "UTF-16": lambda xml: xml.decode().encode("utf-16"),
    "UTF-32": lambda xml: xml.decode().encode("utf-32"),
    "UTF-7 said": lambda xml: xml.replace(b"UTF-8", b"UTF-7"),
    "a second root": lambda xml: xml + b"<a/>",
    "a late DTD": lambda xml: xml + b"<!DOCTYPE a>",
    "an inner DTD": lambda xml: xml.replace(b"<MsgId>", b"<!DOCTYPE a><MsgId>"),
    "an unknown entity": lambda xml: xml.replace(b"<MsgId>", b"<MsgId>&a;"),
    "an include": lambda xml: xml.replace(
        b"<MsgId>",
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
        b"<MsgId>",
    ),
    "text between": lambda xml: xml.replace(b"<Ntry>", b"text<Ntry>").replace(
        b"<PmtInf>", b"text<PmtInf><x/>"
    ),
    "nothing": lambda _: b"",
    "zip": lambda _: b"PK\x03\x04" + b"\0" * 100,
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("name", OUTSIZE)
def test_nothing_outsize_or_odd_gets_in_nor_costs_much(kind, name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MessageRefused):
        read(OUTSIZE[name](GOOD[kind]), *KINDS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_there_are_two_hundred_of_them():
    n = len(GOOD) * (len(DOCTYPES) * len(COVERS) + len(OUTSIZE))
    assert n >= 200


def test_an_entry_is_read_by_place_as_it_is_read_by_schema():
    once = read(STATEMENT, "camt.053")
    for _ in range(3):
        assert read(STATEMENT, "camt.053") == once
    for old, new in (
        (b"<BkTxCd>", b"<Foreign/><BkTxCd>"),
        (b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>"),
        (b"<AcctSvcrRef>E1</AcctSvcrRef>", b""),
        (b"<Nm>Ann Ltd</Nm>", b"<Nm>Ann<b/>Ltd</Nm>"),
        (b"CRDT</CdtDbtInd><Sts>", b"CRED</CdtDbtInd><Sts>"),
    ):
        assert old in STATEMENT
        with pytest.raises(MessageRefused):
            read(STATEMENT.replace(old, new), *KINDS)
