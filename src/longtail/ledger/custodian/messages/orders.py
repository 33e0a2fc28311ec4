"""Payments out: pain.001.001.09 and the bank's answer, pain.002.001.10.

Source:
    ISO 20022 Payments Initiation, message definition reports of 2019 and 2020.
"""

from __future__ import annotations

import re
from datetime import UTC

from pyiso20022.pain import pain_001_001_09 as pain001
from pyiso20022.pain import pain_002_001_10 as pain002

from longtail.ledger.custodian.messages import envelope, fields
from longtail.ledger.custodian.messages.contents import (
    CreditTransfer,
    MessageRefused,
    Payee,
    PaymentOrder,
    Status,
    StatusReport,
    TransferStatus,
)
from longtail.ledger.custodian.messages.fields import IDENTIFIER, NAME

INITIATOR = "Longtail"
CUSTODIAN_BIC = "LTSBGB2L"
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# ISO codes that mean the bank will carry it out, though it may not have yet.
GOING_AHEAD = frozenset({"ACCP", "ACTC", "ACSP", "ACWC", "ACSC", "ACCC", "PDNG", "RCVD"})


def trust_account(currency: str) -> str:
    """Return the number of the trust account that the custodian keeps in a currency."""
    return f"TRUST-{currency}"


def write_order(order: PaymentOrder) -> bytes:
    """Return a pain.001 with one payment block a currency."""
    by_currency: dict[str, list[CreditTransfer]] = {}
    for transfer in order.transfers:
        by_currency.setdefault(transfer.amount.currency, []).append(transfer)
    header = pain001.GroupHeader85(
        msg_id=order.message_id,
        cre_dt_tm=fields.xml_moment(order.created_at),
        nb_of_txs=str(len(order.transfers)),
        ctrl_sum=fields.total([t.amount for t in order.transfers]),
        initg_pty=pain001.PartyIdentification135(nm=INITIATOR),
    )
    initiation = pain001.CustomerCreditTransferInitiationV09(
        grp_hdr=header,
        pmt_inf=[_block(order, cur, found) for cur, found in sorted(by_currency.items())],
    )
    return envelope.write(pain001.Document(cstmr_cdt_trf_initn=initiation))


def _block(
    order: PaymentOrder, currency: str, transfers: list[CreditTransfer]
) -> pain001.PaymentInstruction30:
    on = fields.xml_day(order.created_at.astimezone(UTC).date())
    return pain001.PaymentInstruction30(
        pmt_inf_id=f"{order.message_id}-{currency}",
        pmt_mtd=pain001.PaymentMethod3Code.TRF,
        btch_bookg=False,
        nb_of_txs=str(len(transfers)),
        ctrl_sum=fields.total([t.amount for t in transfers]),
        reqd_exctn_dt=pain001.DateAndDateTime2Choice(dt=on),
        dbtr=pain001.PartyIdentification135(nm=INITIATOR),
        dbtr_acct=_account(trust_account(currency)),
        dbtr_agt=_agent(CUSTODIAN_BIC),
        cdt_trf_tx_inf=[_transfer(t) for t in transfers],
    )


def _transfer(transfer: CreditTransfer) -> pain001.CreditTransferTransaction34:
    payee, amount = transfer.payee, transfer.amount
    instructed = pain001.ActiveOrHistoricCurrencyAndAmount(
        value=amount.decimal, ccy=amount.currency
    )
    return pain001.CreditTransferTransaction34(
        pmt_id=pain001.PaymentIdentification6(
            instr_id=transfer.end_to_end_id, end_to_end_id=transfer.end_to_end_id
        ),
        amt=pain001.AmountType4Choice(instd_amt=instructed),
        cdtr_agt=_agent(payee.bic) if payee.bic else None,
        cdtr=pain001.PartyIdentification135(nm=payee.name),
        cdtr_acct=_account(payee.account),
        rmt_inf=_remittance(transfer),
    )


def _remittance(transfer: CreditTransfer) -> pain001.RemittanceInformation16 | None:
    structured = []
    if transfer.reference:
        quoted = pain001.CreditorReferenceInformation2(ref=transfer.reference)
        structured = [pain001.StructuredRemittanceInformation16(cdtr_ref_inf=quoted)]
    words = [transfer.remittance] if transfer.remittance else []
    if not (structured or words):
        return None
    return pain001.RemittanceInformation16(ustrd=words, strd=structured)


def _account(number: str) -> pain001.CashAccount38:
    if IBAN.fullmatch(number):
        found = pain001.AccountIdentification4Choice(iban=number)
    else:
        other = pain001.GenericAccountIdentification1(id=number)
        found = pain001.AccountIdentification4Choice(othr=other)
    return pain001.CashAccount38(id=found)


def _agent(bic: str) -> pain001.BranchAndFinancialInstitutionIdentification6:
    bank = pain001.FinancialInstitutionIdentification18(bicfi=bic)
    return pain001.BranchAndFinancialInstitutionIdentification6(fin_instn_id=bank)


def read_order(document: pain001.Document) -> PaymentOrder:
    """Return what a pain.001 says.

    Raises:
        MessageRefused: If a field is impossible, or its count or sum does not add up.
    """
    initiation = document.cstmr_cdt_trf_initn
    header = initiation.grp_hdr
    transfers = tuple(
        _read_transfer(found, block.dbtr_acct)
        for block in initiation.pmt_inf
        for found in block.cdt_trf_tx_inf
    )
    if len({transfer.end_to_end_id for transfer in transfers}) != len(transfers):
        raise MessageRefused("Two payments of the order have the same end-to-end id.")
    if header.nb_of_txs != str(len(transfers)):
        raise MessageRefused(
            f"The order announces {header.nb_of_txs} payments and carries {len(transfers)}."
        )
    if header.ctrl_sum != fields.total([t.amount for t in transfers]):
        raise MessageRefused("The order's control sum differs from its payments.")
    return PaymentOrder(
        message_id=fields.text(header.msg_id, IDENTIFIER, is_required=True),
        created_at=fields.moment(header.cre_dt_tm),
        transfers=transfers,
    )


def _read_transfer(
    found: pain001.CreditTransferTransaction34, debtor: pain001.CashAccount38
) -> CreditTransfer:
    if not (found.amt.instd_amt and found.cdtr and found.cdtr_acct):
        raise MessageRefused("A payment lacks its amount, payee or account.")
    amount = fields.money(found.amt.instd_amt)
    if _number(debtor) != trust_account(amount.currency):
        raise MessageRefused(f"{amount} is not to be paid from {_number(debtor)}.")
    agent = found.cdtr_agt
    said = " ".join(found.rmt_inf.ustrd) if found.rmt_inf else ""
    quoted = [x.cdtr_ref_inf for x in found.rmt_inf.strd] if found.rmt_inf else []
    return CreditTransfer(
        end_to_end_id=fields.text(found.pmt_id.end_to_end_id, IDENTIFIER, is_required=True),
        amount=amount,
        payee=Payee(
            name=fields.text(found.cdtr.nm, NAME),
            account=_number(found.cdtr_acct),
            bic=(agent.fin_instn_id.bicfi or "") if agent else "",
        ),
        remittance=fields.text(said, NAME),
        reference=fields.text(quoted[0].ref if quoted and quoted[0] else "", IDENTIFIER),
    )


def _number(account: pain001.CashAccount38) -> str:
    other = account.id.othr
    return account.id.iban or (other.id if other else "")


def write_report(report: StatusReport) -> bytes:
    """Return a pain.002 that answers payment by payment."""
    group = pain002.OriginalGroupHeader17(
        orgnl_msg_id=report.original_message_id,
        orgnl_msg_nm_id=envelope.SCHEMAS["pain.001"][0],
    )
    block = pain002.OriginalPaymentInstruction32(
        orgnl_pmt_inf_id=report.original_message_id,
        tx_inf_and_sts=[_status(status) for status in report.statuses],
    )
    header = pain002.GroupHeader86(
        msg_id=report.message_id, cre_dt_tm=fields.xml_moment(report.created_at)
    )
    return envelope.write(
        pain002.Document(
            cstmr_pmt_sts_rpt=pain002.CustomerPaymentStatusReportV10(
                grp_hdr=header,
                orgnl_grp_inf_and_sts=group,
                orgnl_pmt_inf_and_sts=[block],
            )
        )
    )


def _status(status: TransferStatus) -> pain002.PaymentTransaction105:
    reasons = []
    if status.reason_code:
        code = pain002.StatusReason6Choice(cd=status.reason_code)
        reasons = [pain002.StatusReasonInformation12(rsn=code, addtl_inf=[status.reason])]
    return pain002.PaymentTransaction105(
        orgnl_end_to_end_id=status.end_to_end_id,
        tx_sts=status.status.value,
        sts_rsn_inf=reasons,
    )


def read_report(document: pain002.Document) -> StatusReport:
    """Return what a pain.002 says.

    Raises:
        MessageRefused: If a field is impossible, or it gives a status that is not known.
    """
    report = document.cstmr_pmt_sts_rpt
    return StatusReport(
        message_id=fields.text(report.grp_hdr.msg_id, IDENTIFIER, is_required=True),
        created_at=fields.moment(report.grp_hdr.cre_dt_tm),
        original_message_id=fields.text(
            report.orgnl_grp_inf_and_sts.orgnl_msg_id, IDENTIFIER, is_required=True
        ),
        statuses=tuple(
            _read_status(found)
            for block in report.orgnl_pmt_inf_and_sts
            for found in block.tx_inf_and_sts
        ),
    )


def _read_status(found: pain002.PaymentTransaction105) -> TransferStatus:
    if found.tx_sts not in GOING_AHEAD | {Status.REJECTED}:
        raise MessageRefused(f"{found.tx_sts!r} is no status of a payment.")
    is_rejected = found.tx_sts == Status.REJECTED
    reason = found.sts_rsn_inf[0] if found.sts_rsn_inf else None
    return TransferStatus(
        end_to_end_id=fields.text(found.orgnl_end_to_end_id, IDENTIFIER, is_required=True),
        status=Status.REJECTED if is_rejected else Status.ACCEPTED,
        reason_code=(reason.rsn.cd or "") if reason and reason.rsn else "",
        reason=fields.text(" ".join(reason.addtl_inf), 3 * NAME) if reason else "",
    )
