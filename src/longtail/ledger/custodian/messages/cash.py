"""Money on the trust account: camt.054.001.08 and camt.053.001.08.

Both schemas describe an entry with classes of the same names in two modules, so an
entry is written and read with the module as an argument.

Source:
    ISO 20022 Bank-to-Customer Cash Management, message definition report of 2019.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from pyiso20022.camt import camt_053_001_08 as camt053
from pyiso20022.camt import camt_054_001_08 as camt054

from longtail.ledger.custodian.messages import envelope, fields
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    Direction,
    MessageRefused,
    Notification,
    StatementMessage,
)
from longtail.ledger.custodian.messages.fields import IDENTIFIER, NAME
from longtail.values.money import Money

OPENING, CLOSING = "OPBD", "CLBD"
BOOKED = "BOOK"
FAMILY = {Direction.CREDIT: "RCDT", Direction.DEBIT: "ICDT"}


def write_notification(found: Notification) -> bytes:
    """Return a camt.054 for entries on one account."""
    made = fields.xml_moment(found.created_at)
    notification = camt054.AccountNotification17(
        id=found.message_id,
        cre_dt_tm=made,
        acct=_account(camt054, found.account),
        ntry=[_entry(camt054, line) for line in found.lines],
    )
    return envelope.write(
        camt054.Document(
            bk_to_cstmr_dbt_cdt_ntfctn=camt054.BankToCustomerDebitCreditNotificationV08(
                grp_hdr=camt054.GroupHeader81(msg_id=found.message_id, cre_dt_tm=made),
                ntfctn=[notification],
            )
        )
    )


def write_statement(found: StatementMessage) -> bytes:
    """Return a camt.053 of one account."""
    made = fields.xml_moment(found.created_at)
    statement = camt053.AccountStatement9(
        id=found.message_id,
        elctrnc_seq_nb=found.number,
        cre_dt_tm=made,
        fr_to_dt=camt053.DateTimePeriod1(
            fr_dt_tm=fields.xml_moment(datetime.combine(found.from_date, time.min, UTC)),
            to_dt_tm=fields.xml_moment(datetime.combine(found.to_date, time.max, UTC)),
        ),
        acct=_account(camt053, found.account, found.currency),
        bal=[
            _balance(OPENING, Money(found.opening_minor, found.currency), found.from_date),
            _balance(CLOSING, Money(found.closing_minor, found.currency), found.to_date),
        ],
        ntry=[_entry(camt053, line) for line in found.lines],
    )
    return envelope.write(
        camt053.Document(
            bk_to_cstmr_stmt=camt053.BankToCustomerStatementV08(
                grp_hdr=camt053.GroupHeader81(msg_id=found.message_id, cre_dt_tm=made),
                stmt=[statement],
            )
        )
    )


def _account(schema: Any, number: str, currency: str | None = None) -> Any:
    other = schema.GenericAccountIdentification1(id=number)
    return schema.CashAccount39(
        id=schema.AccountIdentification4Choice(othr=other), ccy=currency
    )


def _balance(kind: str, amount: Money, on: Any) -> camt053.CashBalance8:
    sign = "CRDT" if amount.minor >= 0 else "DBIT"
    return camt053.CashBalance8(
        tp=camt053.BalanceType13(cd_or_prtry=camt053.BalanceType10Choice(cd=kind)),
        amt=camt053.ActiveOrHistoricCurrencyAndAmount(
            value=abs(amount.decimal), ccy=amount.currency
        ),
        cdt_dbt_ind=camt053.CreditDebitCode(sign),
        dt=camt053.DateAndDateTime2Choice(dt=fields.xml_day(on)),
    )


def _entry(schema: Any, line: CashLine) -> Any:
    """Return an entry with one transaction; every entry is booked singly."""
    family = schema.BankTransactionCodeStructure6(
        cd=FAMILY[line.direction], sub_fmly_cd="ESCT"
    )
    domain = schema.BankTransactionCodeStructure5(cd="PMNT", fmly=family)
    return schema.ReportEntry10(
        amt=schema.ActiveOrHistoricCurrencyAndAmount(
            value=line.amount.decimal, ccy=line.amount.currency
        ),
        cdt_dbt_ind=schema.CreditDebitCode(line.direction.value),
        sts=schema.EntryStatus1Choice(cd=BOOKED),
        bookg_dt=schema.DateAndDateTime2Choice(dt=fields.xml_day(line.booking_date)),
        val_dt=schema.DateAndDateTime2Choice(dt=fields.xml_day(line.value_date)),
        acct_svcr_ref=line.entry_reference,
        bk_tx_cd=schema.BankTransactionCodeStructure4(domn=domain),
        ntry_dtls=[schema.EntryDetails9(tx_dtls=[_details(schema, line)])],
    )


def _details(schema: Any, line: CashLine) -> Any:
    party = schema.Party40Choice(
        pty=schema.PartyIdentification135(nm=line.counterparty or "Unknown")
    )
    is_credit = line.direction is Direction.CREDIT
    quoted = None
    if line.reference:
        creditor = schema.CreditorReferenceInformation2(ref=line.reference)
        quoted = schema.RemittanceInformation16(
            strd=[schema.StructuredRemittanceInformation16(cdtr_ref_inf=creditor)]
        )
    return schema.EntryTransaction10(
        refs=schema.TransactionReferences6(end_to_end_id=line.end_to_end_id or None),
        rltd_pties=schema.TransactionParties6(
            dbtr=party if is_credit else None, cdtr=None if is_credit else party
        ),
        rmt_inf=quoted,
    )


def read_notification(document: camt054.Document) -> Notification:
    """Return what a camt.054 says.

    Raises:
        MessageRefused: If a field is impossible, or it covers several accounts.
    """
    message = document.bk_to_cstmr_dbt_cdt_ntfctn
    if len(message.ntfctn) != 1:
        raise MessageRefused("A notification must be of exactly one account.")
    return Notification(
        message_id=fields.text(message.grp_hdr.msg_id, IDENTIFIER, is_required=True),
        created_at=fields.moment(message.grp_hdr.cre_dt_tm),
        account=_read_account(message.ntfctn[0].acct),
        lines=_read_lines(message.ntfctn[0].ntry),
    )


def read_statement(document: camt053.Document) -> StatementMessage:
    """Return what a camt.053 says.

    Raises:
        MessageRefused: If a field is impossible, it covers several accounts, or its entries
            do not lead from its opening to its closing balance.
    """
    message = document.bk_to_cstmr_stmt
    if len(message.stmt) != 1:
        raise MessageRefused("A statement must be of exactly one account.")
    found = message.stmt[0]
    currency = found.acct.ccy
    if not (currency and found.fr_to_dt and found.elctrnc_seq_nb is not None):
        raise MessageRefused("A statement lacks its currency, period or number.")
    lines = _read_lines(found.ntry)
    opening, closing = (
        _read_balance(found.bal, kind, currency) for kind in (OPENING, CLOSING)
    )
    if opening + sum(line.signed_minor for line in lines) != closing:
        raise MessageRefused("A statement's entries do not lead to its closing balance.")
    if any(line.amount.currency != currency for line in lines):
        raise MessageRefused("A statement mixes currencies.")
    return StatementMessage(
        message_id=fields.text(message.grp_hdr.msg_id, IDENTIFIER, is_required=True),
        created_at=fields.moment(message.grp_hdr.cre_dt_tm),
        account=_read_account(found.acct),
        currency=currency,
        number=int(found.elctrnc_seq_nb),
        from_date=fields.moment(found.fr_to_dt.fr_dt_tm).date(),
        to_date=fields.moment(found.fr_to_dt.to_dt_tm).date(),
        opening_minor=opening,
        closing_minor=closing,
        lines=lines,
    )


def _read_account(account: Any) -> str:
    number = account.id.iban or (account.id.othr.id if account.id.othr else "")
    return fields.text(number, IDENTIFIER, is_required=True)


def _read_balance(balances: list[camt053.CashBalance8], kind: str, currency: str) -> int:
    found = [b for b in balances if b.tp.cd_or_prtry.cd == kind]
    if len(found) != 1:
        raise MessageRefused(f"A statement must have one {kind} balance.")
    sign = 1 if found[0].cdt_dbt_ind is camt053.CreditDebitCode.CRDT else -1
    return sign * fields.balance_minor(found[0].amt, currency)


def _read_lines(entries: list[Any]) -> tuple[CashLine, ...]:
    # What is announced but not booked yet comes again when it is.
    lines = tuple(_read_line(entry) for entry in entries if entry.sts.cd == BOOKED)
    if len({line.entry_reference for line in lines}) != len(lines):
        raise MessageRefused("Two entries have the same reference.")
    return lines


def _read_line(entry: Any) -> CashLine:
    details = [found for group in entry.ntry_dtls for found in group.tx_dtls]
    if len(details) > 1:
        raise MessageRefused("A collective entry cannot be told apart; book singly.")
    found = details[0] if details else None
    direction = Direction(entry.cdt_dbt_ind.value)
    return CashLine(
        entry_reference=fields.text(entry.acct_svcr_ref, IDENTIFIER, is_required=True),
        direction=direction,
        amount=fields.money(entry.amt),
        booking_date=fields.day(entry.bookg_dt),
        value_date=fields.day(entry.val_dt or entry.bookg_dt),
        end_to_end_id=fields.text(found.refs.end_to_end_id, IDENTIFIER)
        if found and found.refs
        else "",
        counterparty=_counterparty(found, direction),
        reference=_quoted(found),
    )


def _counterparty(found: Any, direction: Direction) -> str:
    parties = found.rltd_pties if found else None
    if not parties:
        return ""
    side = parties.dbtr if direction is Direction.CREDIT else parties.cdtr
    return fields.text(side.pty.nm, NAME) if side and side.pty else ""


def _quoted(found: Any) -> str:
    """Return what the payer quoted: the structured reference, else the free text."""
    remittance = found.rmt_inf if found else None
    if not remittance:
        return ""
    for structured in remittance.strd:
        if structured.cdtr_ref_inf and structured.cdtr_ref_inf.ref:
            return fields.text(structured.cdtr_ref_inf.ref, IDENTIFIER)
    return fields.text(" ".join(remittance.ustrd), NAME)
