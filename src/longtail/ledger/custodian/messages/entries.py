"""Entries of a trust account, as camt.053 and camt.054 both carry them.

Source:
    ISO 20022 Bank-to-Customer Cash Management, message definition report of 2019:
    ReportEntry10, which both messages share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby
from typing import Any

from longtail.ledger.custodian.messages import fields
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    Direction,
    MessageRefused,
)
from longtail.ledger.custodian.messages.fields import BIC, IDENTIFIER, NAME
from longtail.ledger.custodian.messages.orders import IBAN
from longtail.values.money import Money

BOOKED = "BOOK"
FAMILY = {Direction.CREDIT: "RCDT", Direction.DEBIT: "ICDT"}
RETURNED = "RRTN"
# The type of the proprietary reference by which a bank names the entry taken back.
ORIGINAL = "ORGNL"
REASON_CODE = 4


def write(lines: Iterable[CashLine]) -> str:
    """Return entries as XML; neighbours of one batch become one collective entry.

    Raises:
        ValueError: If a text cannot be written in XML.
    """
    groups = groupby(enumerate(lines), key=lambda x: x[1].batch or x[0])
    return "".join(_entry([line for _, line in group]) for _, group in groups)


def _entry(lines: list[CashLine]) -> str:
    first = lines[0]
    signed = sum(line.signed_minor for line in lines)
    total = Money(abs(signed), first.amount.currency)
    sign = Direction.CREDIT if signed > 0 else Direction.DEBIT
    count = f"<Btch><NbOfTxs>{len(lines)}</NbOfTxs></Btch>" if first.batch else ""
    family = RETURNED if first.return_reason else "ESCT"
    return (
        f"<Ntry>{_amount(total)}<CdtDbtInd>{sign.value}</CdtDbtInd>"
        f"<Sts><Cd>{BOOKED}</Cd></Sts>"
        f"<BookgDt><Dt>{first.booking_date}</Dt></BookgDt>"
        f"<ValDt><Dt>{first.value_date}</Dt></ValDt>"
        f"{_tag('AcctSvcrRef', first.batch or first.entry_reference)}"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{FAMILY[sign]}</Cd>"
        f"<SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls>{count}{''.join(_details(line) for line in lines)}</NtryDtls></Ntry>"
    )


def _details(line: CashLine) -> str:
    refs = _tag("AcctSvcrRef", line.entry_reference) if line.batch else ""
    refs += _tag("EndToEndId", line.end_to_end_id)
    if line.original_reference:
        original = _tag("Tp", ORIGINAL) + _tag("Ref", line.original_reference)
        refs += f"<Prtry>{original}</Prtry>"
    amount = ""
    if line.batch:
        amount = f"{_amount(line.amount)}<CdtDbtInd>{line.direction.value}</CdtDbtInd>"
    party = f"<Pty>{_tag('Nm', line.counterparty or 'Unknown')}</Pty>"
    is_credit = line.direction is Direction.CREDIT
    parties = f"<Dbtr>{party}</Dbtr>" if is_credit else f"<Cdtr>{party}</Cdtr>"
    if line.payer_account:
        kind = IBAN.fullmatch(line.payer_account)
        number = _tag("IBAN" if kind else "Id", line.payer_account)
        number = number if kind else f"<Othr>{number}</Othr>"
        parties += f"<DbtrAcct><Id>{number}</Id></DbtrAcct>"
    agents = ""
    if line.payer_bic:
        bank = f"<FinInstnId>{_tag('BICFI', line.payer_bic)}</FinInstnId>"
        agents = f"<RltdAgts><DbtrAgt>{bank}</DbtrAgt></RltdAgts>"
    quoted = ""
    if line.reference:
        quoted = _tag("Ref", line.reference)
        quoted = f"<RmtInf><Strd><CdtrRefInf>{quoted}</CdtrRefInf></Strd></RmtInf>"
    why, _, words = line.return_reason.partition(" ")
    returned = _tag("AddtlInf", words)
    if why:
        returned = f"<RtrInf><Rsn>{_tag('Cd', why)}</Rsn>{returned}</RtrInf>"
    return (
        f"<TxDtls><Refs>{refs}</Refs>{amount}<RltdPties>{parties}</RltdPties>{agents}"
        f"{quoted}{returned}</TxDtls>"
    )


def _amount(amount: Money) -> str:
    return f'<Amt Ccy="{amount.currency}">{amount.decimal:f}</Amt>'


def _tag(name: str, text: str) -> str:
    if not text:
        return ""
    if not fields.PRINTABLE.fullmatch(text):
        raise ValueError(f"{text!r} cannot be written in XML")
    return f"<{name}>{escape(text, quote=False)}</{name}>"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an entry, or of one of its transactions, by path."""

    nodes: Sequence[Any]
    places: Mapping[str, tuple[int, ...]]

    def text(self, *paths: str) -> str:
        """Return what the first of these fields that is there says, or nothing."""
        for path in paths:
            if path in self.places:
                return (self.nodes[self.places[path][0]].text or "").strip()
        return ""

    def all(self, path: str) -> list[str]:
        """Return what every field of this path says."""
        return [self.nodes[at].text or "" for at in self.places.get(path, ())]

    def amount(self) -> Money | None:
        """Return the amount, if there is one."""
        if "Amt" not in self.places:
            return None
        node = self.nodes[self.places["Amt"][0]]
        return fields.amount((node.text or "").strip(), node.get("Ccy") or "")

    def day(self, name: str) -> date | None:
        """Return a date, if there is one."""
        said = self.text(f"{name}/Dt", f"{name}/DtTm")
        return fields.day(said) if said else None


def read(own: Fields, details: Sequence[Fields]) -> list[CashLine]:
    """Return what one entry says: one line, or one for each of its transactions.

    What is announced but not booked yet comes again when it is; it gives no line.

    Raises:
        MessageRefused: If a field is impossible, or the transactions of a collective
            entry do not add up to it.
    """
    if own.text("Sts/Cd") != BOOKED:
        return []
    reference = fields.text(own.text("AcctSvcrRef"), IDENTIFIER, is_required=True)
    total = own.amount()
    booked = own.day("BookgDt")
    if total is None or booked is None:
        raise MessageRefused(f"Entry {reference} lacks its amount or a date is missing.")
    direction = _direction(own.text("CdtDbtInd"))
    whole = CashLine(
        entry_reference=reference,
        direction=direction,
        amount=total,
        booking_date=booked,
        value_date=own.day("ValDt") or booked,
    )
    if len(details) == 1 and details[0].text("Refs/AcctSvcrRef") in ("", reference):
        return [_line(whole, details[0], reference=reference)]
    if not details:
        return [whole]
    return _parts(whole, details)


def _parts(whole: CashLine, details: Sequence[Fields]) -> list[CashLine]:
    lines = []
    for place, found in enumerate(details, start=1):
        named = found.text("Refs/AcctSvcrRef")
        reference = named or f"{whole.entry_reference}-{place}"
        lines.append(_line(whole, found, reference=reference, is_part=True))
    if sum(line.signed_minor for line in lines) != whole.signed_minor or any(
        line.amount.currency != whole.amount.currency for line in lines
    ):
        raise MessageRefused(
            f"The transactions of collective entry {whole.entry_reference} do not add up "
            "to it."
        )
    return lines


def _line(
    whole: CashLine, found: Fields, *, reference: str, is_part: bool = False
) -> CashLine:
    sign = found.text("CdtDbtInd")
    direction = _direction(sign) if is_part and sign else whole.direction
    amount = found.amount() if is_part else whole.amount
    if amount is None:
        raise MessageRefused(f"A transaction of {whole.entry_reference} has no amount.")
    side = "Dbtr" if direction is Direction.CREDIT else "Cdtr"
    party = found.text(f"RltdPties/{side}/Pty/Nm")
    payer = found.text("RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id")
    quoted = found.text("RmtInf/Strd/CdtrRefInf/Ref")
    return CashLine(
        entry_reference=fields.text(reference, IDENTIFIER, is_required=True),
        direction=direction,
        amount=amount,
        booking_date=whole.booking_date,
        value_date=whole.value_date,
        end_to_end_id=fields.text(found.text("Refs/EndToEndId"), IDENTIFIER),
        counterparty=fields.text(party, NAME),
        reference=fields.text(quoted, IDENTIFIER)
        if quoted
        else fields.text(" ".join(found.all("RmtInf/Ustrd")), NAME),
        payer_account=fields.text(payer, fields.ACCOUNT),
        payer_bic=fields.text(found.text("RltdAgts/DbtrAgt/FinInstnId/BICFI"), BIC),
        original_reference=_original(found),
        return_reason=_return_reason(found),
        batch=whole.entry_reference if is_part else "",
    )


def _original(found: Fields) -> str:
    kinds, references = found.all("Refs/Prtry/Tp"), found.all("Refs/Prtry/Ref")
    named = dict(zip(kinds, references, strict=False))
    return fields.text(named.get(ORIGINAL, ""), IDENTIFIER)


def _return_reason(found: Fields) -> str:
    if not any(path.startswith("RtrInf") for path in found.places):
        return ""
    code = fields.text(found.text("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"), IDENTIFIER)
    words = " ".join(found.all("RtrInf/AddtlInf"))
    return fields.text(f"{code or 'NARR'} {words}", NAME)


def _direction(said: str) -> Direction:
    if said not in set(Direction):
        raise MessageRefused(f"{said!r} is neither a credit nor a debit.")
    return Direction(said)
