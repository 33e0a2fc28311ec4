"""What the enterprise is told of a decision on its demand."""

from __future__ import annotations

from datetime import datetime

from longtail.deals import models, rules
from longtail.deals.lifecycle import State
from longtail.notices import services as notices
from longtail.values.money import Money

SUBJECTS = {
    State.OFFERED: "You have an offer",
    State.REFERRED: "Two people are looking at your demand",
    State.DECLINED: "Your demand was declined",
}


def tell_decision(demand: models.Demand, *, at: datetime) -> None:
    """Tell the enterprise that its demand was offered, referred or declined."""
    version, offer = demand.current, demand.current_offer
    purpose = rules.PURPOSES[version.purpose].lower()
    asked = f"{Money(version.amount_minor, version.currency)} for {purpose}"
    body = {
        State.OFFERED: f"{asked}: see the rate and accept before it expires.",
        State.REFERRED: f"{asked}: the policy did not decide alone. No action is needed.",
        State.DECLINED: f"{asked}: see the reasons and what would change the answer.",
    }[State(demand.state)]
    if offer:
        body += f" Open until {offer.expires_at:%d %B %Y}."
    notices.notify(
        party_code=demand.enterprise.code,
        subject=SUBJECTS[State(demand.state)],
        body=body,
        link=f"/demands/{demand.code}/",
        at=at,
    )
