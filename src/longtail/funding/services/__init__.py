"""Writes for funding: from the listing of a demand to its holdings or its refunds.

Locks are taken in one order everywhere: book, exposure, demand, ledger accounts.
"""

from longtail.funding.services.amending import edit_demand, withdraw_demand
from longtail.funding.services.closing import (
    BookStillOpen,
    PrincipalMismatch,
    close_book,
    drawdown_date,
)
from longtail.funding.services.committing import (
    BookNotOpen,
    CapReached,
    CommitmentKeyReused,
    NotWithdrawable,
    OutsideMandate,
    SelfFunding,
    WalletTooLow,
    commit,
    withdraw_commitment,
)
from longtail.funding.services.evidence import EvidenceLapsed
from longtail.funding.services.opening import open_book
from longtail.funding.services.progressing import (
    Failure,
    Progress,
    close_due,
    freeze_revoked,
    progress,
    progress_all,
)

__all__ = [
    "BookNotOpen",
    "BookStillOpen",
    "CapReached",
    "CommitmentKeyReused",
    "EvidenceLapsed",
    "Failure",
    "NotWithdrawable",
    "OutsideMandate",
    "PrincipalMismatch",
    "Progress",
    "SelfFunding",
    "WalletTooLow",
    "close_book",
    "close_due",
    "commit",
    "drawdown_date",
    "edit_demand",
    "freeze_revoked",
    "open_book",
    "progress",
    "progress_all",
    "withdraw_commitment",
    "withdraw_demand",
]
