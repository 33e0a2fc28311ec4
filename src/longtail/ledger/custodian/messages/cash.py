"""Money on the trust account: camt.054.001.08 and camt.053.001.08.

What surrounds the entries is bound to the schemas' classes; the entries themselves, of
which a statement may have thousands, are :mod:`entries`'.

Source:
    ISO 20022 Bank-to-Customer Cash Management, message definition report of 2019.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from pyiso20022.camt import camt_053_001_08 as camt053
from pyiso20022.camt import camt_054_001_08 as camt054

from longtail.ledger.custodian.messages import entries, envelope, fields
from longtail.ledger.custodian.messages.contents import (
    CashLine,
    MessageRefused,
    Notification,
    StatementMessage,
)
from longtail.ledger.custodian.messages.fields import IDENTIFIER
from longtail.values.money import Money

MAX_PAGES, MAX_NUMBER = 10_000, 2**31 - 1
OPENING, CLOSING, BETWEEN = "OPBD", "CLBD", "ITBD"


def write_notification(found: Notification) -> bytes:
    """Return a camt.054 for entries on one account."""
    made = fields.xml_moment(found.created_at)
    notification = camt054.AccountNotification17(
        id=found.message_id,
        cre_dt_tm=made,
        acct=_account(camt054, found.account),
    )
    return _with_entries(
        "Ntfctn",
        found.lines,
        camt054.Document(
            bk_to_cstmr_dbt_cdt_ntfctn=camt054.BankToCustomerDebitCreditNotificationV08(
                grp_hdr=camt054.GroupHeader81(msg_id=found.message_id, cre_dt_tm=made),
                ntfctn=[notification],
            )
        ),
    )


def write_statement(found: StatementMessage) -> bytes:
    """Return a camt.053 of one account, or one page of it."""
    before = OPENING if found.page == 1 else BETWEEN
    after = CLOSING if found.is_last_page else BETWEEN
    made = fields.xml_moment(found.created_at)
    statement = camt053.AccountStatement9(
        id=found.message_id,
        stmt_pgntn=camt053.Pagination1(
            pg_nb=str(found.page), last_pg_ind=found.is_last_page
        ),
        elctrnc_seq_nb=found.number,
        cre_dt_tm=made,
        fr_to_dt=camt053.DateTimePeriod1(
            fr_dt_tm=fields.xml_moment(datetime.combine(found.from_date, time.min, UTC)),
            to_dt_tm=fields.xml_moment(datetime.combine(found.to_date, time.max, UTC)),
        ),
        acct=_account(camt053, found.account, found.currency),
        bal=[
            _balance(before, Money(found.opening_minor, found.currency), found.from_date),
            _balance(after, Money(found.closing_minor, found.currency), found.to_date),
        ],
    )
    return _with_entries(
        "Stmt",
        found.lines,
        camt053.Document(
            bk_to_cstmr_stmt=camt053.BankToCustomerStatementV08(
                grp_hdr=camt053.GroupHeader81(msg_id=found.message_id, cre_dt_tm=made),
                stmt=[statement],
            )
        ),
    )


def _with_entries(parent: str, lines: tuple[CashLine, ...], document: object) -> bytes:
    """Return a document with entries as the last children of its one account."""
    head, tail, rest = envelope.write(document).decode().rpartition(f"</{parent}>")
    return f"{head}{entries.write(lines)}{tail}{rest}".encode()


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


def read_notification(
    document: camt054.Document, lines: tuple[CashLine, ...]
) -> Notification:
    """Return what a camt.054 says.

    Args:
        document: All but its entries.
        lines: What its entries say.

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
        lines=lines,
    )


def read_statement(
    document: camt053.Document, lines: tuple[CashLine, ...]
) -> StatementMessage:
    """Return what a camt.053, or one page of it, says.

    Args:
        document: All but its entries.
        lines: What its entries say.

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
    page, is_last = _read_page(found.stmt_pgntn)
    opening, closing = _read_balances(found.bal, currency, page=page, is_last=is_last)
    if opening + sum(line.signed_minor for line in lines) != closing:
        raise MessageRefused("A statement's entries do not lead to its closing balance.")
    if any(line.amount.currency != currency for line in lines):
        raise MessageRefused("A statement mixes currencies.")
    from_date = fields.moment(found.fr_to_dt.fr_dt_tm).date()
    to_date = fields.moment(found.fr_to_dt.to_dt_tm).date()
    if from_date > to_date or not 0 < int(found.elctrnc_seq_nb) <= MAX_NUMBER:
        raise MessageRefused("A statement's period or number is impossible.")
    return StatementMessage(
        message_id=fields.text(message.grp_hdr.msg_id, IDENTIFIER, is_required=True),
        created_at=fields.moment(message.grp_hdr.cre_dt_tm),
        account=_read_account(found.acct),
        currency=currency,
        number=int(found.elctrnc_seq_nb),
        from_date=from_date,
        to_date=to_date,
        opening_minor=opening,
        closing_minor=closing,
        lines=lines,
        page=page,
        is_last_page=is_last,
    )


def _read_page(found: camt053.Pagination1 | None) -> tuple[int, bool]:
    if found is None:
        return 1, True
    if not 0 < int(found.pg_nb) <= MAX_PAGES:
        raise MessageRefused(f"A statement has no page {found.pg_nb}.")
    return int(found.pg_nb), bool(found.last_pg_ind)


def _read_account(account: Any) -> str:
    number = account.id.iban or (account.id.othr.id if account.id.othr else "")
    return fields.text(number, IDENTIFIER, is_required=True)


def _read_balances(
    balances: list[camt053.CashBalance8], currency: str, *, page: int, is_last: bool
) -> tuple[int, int]:
    """Return the balances before and after a page; only its ends are final."""
    before = OPENING if page == 1 else BETWEEN
    after = CLOSING if is_last else BETWEEN
    if before == after:
        found = [b for b in balances if b.tp.cd_or_prtry.cd == BETWEEN]
        if len(found) != 2:
            raise MessageRefused("A page in the middle must have two ITBD balances.")
        return _minor(found[0], currency), _minor(found[1], currency)
    return _read_balance(balances, before, currency), _read_balance(
        balances, after, currency
    )


def _read_balance(balances: list[camt053.CashBalance8], kind: str, currency: str) -> int:
    found = [b for b in balances if b.tp.cd_or_prtry.cd == kind]
    if len(found) != 1:
        raise MessageRefused(f"A statement must have one {kind} balance.")
    return _minor(found[0], currency)


def _minor(found: camt053.CashBalance8, currency: str) -> int:
    sign = 1 if found.cdt_dbt_ind is camt053.CreditDebitCode.CRDT else -1
    return sign * fields.balance_minor(found.amt, currency)
