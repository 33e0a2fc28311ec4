"""Telling the demand what became of its agreement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from longtail.deals import services as deals_services
from longtail.deals.lifecycle import Event as DealEvent
from longtail.deals.lifecycle import is_possible
from longtail.servicing.rules import Status
from longtail.servicing.services.cases import Case

# What a move from one status to another means to the demand. One that runs again after
# a restructuring is still in default until it is cured.
TOLD: dict[tuple[Status, Status], tuple[DealEvent, ...]] = {
    (Status.ACTIVE, Status.DEFAULTED): (DealEvent.DEFAULT,),
    (Status.ACTIVE, Status.REPAID): (DealEvent.REPAY,),
    (Status.DEFAULTED, Status.ACTIVE): (DealEvent.CURE,),
    (Status.DEFAULTED, Status.REPAID): (DealEvent.REPAY,),
    (Status.DEFAULTED, Status.WRITTEN_OFF): (DealEvent.WRITE_OFF,),
    (Status.REPAID, Status.ACTIVE): (DealEvent.REOPEN,),
    (Status.REPAID, Status.DEFAULTED): (DealEvent.REOPEN, DealEvent.DEFAULT),
}


def report(
    cases: Sequence[Case], event: DealEvent, *, by: str, at: datetime, reason: str = ""
) -> None:
    """Record an event of several demands, where their state still allows it.

    A demand that was written off stays so even when it is paid after all.
    """
    codes = [
        case.snapshot.agreement.demand.code
        for case in cases
        if is_possible(case.snapshot.agreement.demand.state, event)
    ]
    if codes:
        deals_services.record_many(
            demand_codes=codes, event=event, by=by, at=at, reason=reason
        )


def report_move(
    case: Case, before: Status, *, by: str, at: datetime, reason: str = ""
) -> None:
    """Tell a demand what an act made of its agreement, if its status is another now."""
    after = case.state.status
    if after is Status.ACTIVE and case.state.defaulted_date:
        return
    demand = case.snapshot.agreement.demand
    for event in TOLD.get((before, after), ()):
        report([case], event, by=by, at=at, reason=reason)
        demand.refresh_from_db(fields=["state"])
