"""Who holds what part of an agreement's claim, and what each is given. Pure.

Principal is split by the principal that each holder is owed, interest and late interest
by its units, each by largest remainder: every cent goes to somebody, and nobody is given
more principal than it is owed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import gcd

from longtail.servicing.events import GuaranteePayment
from longtail.servicing.rules import Entitlement, Holder, State, Status
from longtail.terms.primitives import Component
from longtail.values.money import split
from longtail.values.rates import share_minor

Given = tuple[State, tuple[Entitlement, ...]]


def distribute(state: State, paid: Mapping[Component, int]) -> Given:
    """Give the holders what a payment paid.

    Args:
        state: The agreement; its holders' claims are those before the payment.
        paid: What the payment paid, by component.
    """
    principal, interest, penalty = (
        paid[Component.PRINCIPAL],
        paid[Component.INTEREST],
        paid[Component.PENALTY],
    )
    if not principal + interest + penalty:
        return state, ()
    entries = _shared(state.holders, principal, interest, penalty)
    if state.status is Status.WRITTEN_OFF:
        entries = [replace(e, loss_minor=-e.principal_minor) for e in entries]
    return _credited(state, entries)


def _shared(
    holders: Sequence[Holder], principal: int, interest: int, penalty: int
) -> list[Entitlement]:
    if len(holders) == 1:
        return [Entitlement(holders[0].party, principal, interest, penalty)]
    units = [h.units for h in holders]
    return [
        Entitlement(holder.party, p, i, x)
        for holder, p, i, x in zip(
            holders,
            split(principal, [h.position_minor for h in holders]),
            split(interest, units),
            split(penalty, units),
            strict=True,
        )
    ]


def _credited(state: State, entries: Sequence[Entitlement]) -> Given:
    by_party = {e.party: e for e in entries}
    holders = tuple(
        replace(
            holder,
            position_minor=holder.position_minor - e.principal_minor,
            principal_minor=holder.principal_minor + e.principal_minor,
            interest_minor=holder.interest_minor + e.interest_minor,
            penalty_minor=holder.penalty_minor + e.penalty_minor,
        )
        if (e := by_party.get(holder.party))
        else holder
        for holder in state.holders
    )
    return replace(state, holders=holders), tuple(e for e in entries if not e.is_empty())


def subrogate(state: State, event: GuaranteePayment) -> Given:
    """Give the holders a guarantor's payment, and the guarantor their part of the claim.

    The payment pays principal, interest and late interest in proportion to the claim.
    The guarantor takes over exactly what it paid for: it is owed that principal, and
    shares in all that comes in later with that weight. What it paid beyond the whole
    claim stays its own.

    Source: Civil Code of the People's Republic of China, Arts. 691 and 700.
    """
    holders = _with(state.holders, event.guarantor)
    others = [h for h in holders if h.party != event.guarantor]
    all_units = sum(h.units for h in holders)
    their_units = sum(h.units for h in others)
    if not all_units:
        return state, ()
    owed = [
        sum(h.position_minor for h in others),
        sum(o.interest_minor for o in state.open) * their_units // all_units,
        sum(o.penalty_minor for o in state.open) * their_units // all_units,
    ]
    claim = sum(owed)
    covered = min(event.amount_minor, claim)
    principal, interest, penalty = split(covered, owed)
    taken = Entitlement(event.guarantor, -principal, -interest, -penalty)
    entries = [*_shared(others, principal, interest, penalty), taken]
    if state.status is Status.WRITTEN_OFF:
        entries = [replace(e, loss_minor=-e.principal_minor) for e in entries]
    state = replace(
        state,
        holders=_reweighed(holders, event.guarantor, covered, claim),
        guarantee_minor=state.guarantee_minor + covered,
    )
    return _credited(state, entries)


def _with(holders: tuple[Holder, ...], party: str) -> tuple[Holder, ...]:
    if any(h.party == party for h in holders):
        return holders
    return (*holders, Holder(party, 0, 0))


def _reweighed(
    holders: tuple[Holder, ...], guarantor: str, covered: int, claim: int
) -> tuple[Holder, ...]:
    if not covered:
        return holders
    their_units = sum(h.units for h in holders if h.party != guarantor)
    units = [
        h.units * claim + their_units * covered
        if h.party == guarantor
        else h.units * (claim - covered)
        for h in holders
    ]
    common = gcd(*units)
    return tuple(replace(h, units=u // common) for h, u in zip(holders, units, strict=True))


def lose(state: State) -> Given:
    """Book what each holder is still owed as lost."""
    entries = tuple(
        Entitlement(h.party, loss_minor=h.position_minor)
        for h in state.holders
        if h.position_minor
    )
    return state, entries


def guarantee_due_minor(state: State, cover_bps: int) -> int:
    """Return what a guarantor owes the holders: its cover of the whole claim."""
    return share_minor(state.claim_minor, cover_bps)
