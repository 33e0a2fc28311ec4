"""Who holds what part of an agreement's claim, and what each is given. Pure.

Principal is split by the principal that each holder is owed; interest, late interest and
fees by its units; each by largest remainder: every cent goes to somebody, and nobody is
given more principal than it is owed. A fee that names a payee is the payee's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd

from longtail.servicing.events import GuaranteePayment
from longtail.servicing.rules import Status
from longtail.servicing.state import Entitlement, Holder, State
from longtail.values.money import split
from longtail.values.rates import share_minor


@dataclass(slots=True)
class Paid:
    """What a payment paid, by component, and whom it went to."""

    principal: int = 0
    interest: int = 0
    penalty: int = 0
    # (cause, payee, amount) of each fee.
    fees: list[tuple[str, str, int]] = field(default_factory=list)
    shares: list[Entitlement] = field(default_factory=list)


def distribute(state: State, paid: Paid) -> None:
    """Give the holders, and the payees of fees, what a payment paid.

    Args:
        state: The agreement; its holders' claims are those before the payment.
        paid: What the payment paid; the shares are noted in it.
    """
    if not (paid.principal or paid.interest or paid.penalty or paid.fees):
        return
    fee = sum(amount for _, payee, amount in paid.fees if not payee)
    paid.shares = _shared(state.holders, paid.principal, paid.interest, paid.penalty, fee)
    named = [(payee, amount) for _, payee, amount in paid.fees if payee]
    for payee, amount in named:
        paid.shares.append(Entitlement(payee, fee_minor=amount))
    credit(state, paid.shares)


def _shared(
    holders: Sequence[Holder], principal: int, interest: int, penalty: int, fee: int = 0
) -> list[Entitlement]:
    units = [h.units for h in holders]
    none = (0,) * len(holders)
    parts = zip(
        holders,
        split(principal, [h.position_minor for h in holders]) if principal else none,
        split(interest, units) if interest else none,
        split(penalty, units) if penalty else none,
        split(fee, units) if fee else none,
        strict=True,
    )
    return [Entitlement(h.party, p, i, x, 0, f) for h, p, i, x, f in parts]


def credit(state: State, shares: Sequence[Entitlement], sign: int = 1) -> None:
    """Enter what parties were given, or with ``sign`` -1 what is taken back from them."""
    is_lost = state.status is Status.WRITTEN_OFF
    for share in shares:
        holder = holder_of(state, share.party)
        holder.position_minor -= sign * share.principal_minor
        holder.principal_minor += sign * share.principal_minor
        holder.interest_minor += sign * share.interest_minor
        holder.penalty_minor += sign * share.penalty_minor
        holder.fee_minor += sign * share.fee_minor
        if is_lost:
            holder.lost_minor = holder.position_minor
        elif holder.lost_minor > holder.position_minor:
            # What is on the books is paid first; only more than that recovers a loss.
            holder.lost_minor = holder.position_minor


def holder_of(state: State, party: str) -> Holder:
    """Return a party's part of the claim; a new one holds nothing."""
    for holder in state.holders:
        if holder.party == party:
            return holder
    holder = Holder(party, 0, 0)
    state.holders.append(holder)
    return holder


def changes(before: Sequence[Holder], after: Sequence[Holder]) -> tuple[Entitlement, ...]:
    """Return what changed for each party, by component, where anything did."""
    old = {h.party: h for h in before}
    found = (_change(old.get(h.party) or Holder(h.party, 0, 0), h) for h in after)
    return tuple(change for change in found if not change.is_empty())


def _change(was: Holder, now: Holder) -> Entitlement:
    return Entitlement(
        now.party,
        now.principal_minor - was.principal_minor,
        now.interest_minor - was.interest_minor,
        now.penalty_minor - was.penalty_minor,
        now.lost_minor + now.forgiven_minor - was.lost_minor - was.forgiven_minor,
        now.fee_minor - was.fee_minor,
    )


def subrogate(state: State, event: GuaranteePayment) -> None:
    """Give the holders a guarantor's payment, and the guarantor their part of the claim.

    The payment pays principal, interest and late interest in proportion to the claim.
    The guarantor takes over exactly what it paid for: it is owed that principal, and
    shares in all that comes in later with that weight. What it paid beyond the whole
    claim stays its own.

    Source: Civil Code of the People's Republic of China, Arts. 691 and 700.
    """
    all_units = sum(h.units for h in state.holders)
    if not all_units:
        return
    holder_of(state, event.guarantor)
    others = [h for h in state.holders if h.party != event.guarantor]
    their_units = sum(h.units for h in others)
    owed = [
        sum(h.position_minor for h in others),
        sum(o.interest_minor for o in state.open) * their_units // all_units,
        sum(o.penalty_minor for o in state.open) * their_units // all_units,
    ]
    claim = sum(owed)
    covered = min(event.amount_minor, claim)
    principal, interest, penalty = split(covered, owed)
    taken = Entitlement(event.guarantor, -principal, -interest, -penalty)
    shares = [*_shared(others, principal, interest, penalty), taken]
    if covered:
        _reweigh(state.holders, event.guarantor, covered, claim)
    state.guarantee_minor += covered
    credit(state, shares)


def _reweigh(holders: Sequence[Holder], guarantor: str, covered: int, claim: int) -> None:
    their_units = sum(h.units for h in holders if h.party != guarantor)
    for holder in holders:
        if holder.party == guarantor:
            holder.units = holder.units * claim + their_units * covered
        else:
            holder.units *= claim - covered
    divisor = gcd(*(h.units for h in holders))
    for holder in holders:
        holder.units //= divisor


def lose(state: State, amount_minor: int) -> None:
    """Book a part of what the holders are owed, not lost before, as lost."""
    on_books = [h.position_minor - h.lost_minor for h in state.holders]
    lost = min(amount_minor, sum(on_books))
    for holder, part in zip(state.holders, split(lost, on_books), strict=True):
        holder.lost_minor += part
    state.charged_off_minor += lost


def forgive(state: State, amount_minor: int) -> None:
    """Let the holders give up a part of the principal for good, lost parts first."""
    parts = split(amount_minor, [h.position_minor for h in state.holders])
    for holder, part in zip(state.holders, parts, strict=True):
        already = min(part, holder.lost_minor)
        holder.lost_minor -= already
        holder.position_minor -= part
        holder.forgiven_minor += part
        state.charged_off_minor += part - already


def guarantee_due_minor(state: State, cover_bps: int) -> int:
    """Return what a guarantor owes the holders: its cover of the whole claim."""
    return share_minor(state.claim_minor, cover_bps)
