"""A financing mode: a versioned value, checked when it is built."""

from __future__ import annotations

import re
from dataclasses import dataclass

from longtail.terms.primitives import (
    Bears,
    Component,
    Evidence,
    Funding,
    Instrument,
    Party,
    Security,
    Subscription,
    TermLoan,
)

# Duties come before charges, charges before principal; a mode may override it.
STANDARD_ORDER = (
    Component.PENALTY,
    Component.FEE,
    Component.INTEREST,
    Component.PRINCIPAL,
)
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


class IncoherentMode(ValueError):
    """The primitives contradict each other.

    Attributes:
        reasons: Every rule broken, in rule order.
    """

    def __init__(self, code: str, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__(code, reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How one kind of financing works, as a composition of primitives.

    An agreement copies the terms it was made under, so editing a mode never touches a
    live deal. To change a mode, add a version.
    """

    code: str
    version: int
    title: str
    instrument: Instrument
    funding: Funding
    security: frozenset[Security]
    losses: tuple[Bears, ...]
    evidence: frozenset[Evidence]
    allocation: tuple[Component, ...] = STANDARD_ORDER

    def __post_init__(self) -> None:
        if reasons := violations(self):
            raise IncoherentMode(self.code, reasons)


def needs_guarantor(mode: Mode) -> bool:
    """Return whether a deal in this mode names a guarantor and its cover."""
    return Security.GUARANTEE in mode.security


def violations(mode: Mode) -> tuple[str, ...]:
    """Return every rule the mode breaks, in rule order; empty if it is coherent."""
    rules = (*_identity_rules(mode), *_loss_rules(mode), *_evidence_rules(mode))
    return tuple(reason for is_broken, reason in rules if is_broken)


def _identity_rules(mode: Mode) -> tuple[tuple[bool, str], ...]:
    book = mode.funding if isinstance(mode.funding, Subscription) else None
    return (
        (not CODE.match(mode.code), "code-not-kebab-case"),
        (mode.version < 1, "version-not-positive"),
        (not mode.title.strip(), "title-missing"),
        (book is not None and book.window_days < 1, "subscription-without-window"),
        (book is not None and book.ticket_minor < 1, "ticket-not-positive"),
        (sorted(mode.allocation) != sorted(Component), "allocation-not-a-permutation"),
    )


def _loss_rules(mode: Mode) -> tuple[tuple[bool, str], ...]:
    bearers = [b.party for b in mode.losses]
    is_guaranteed = Security.GUARANTEE in mode.security
    return (
        # A guarantor bears its cover only, so someone must stand behind it.
        (not bearers or bearers[-1] is Party.GUARANTOR, "losses-not-fully-borne"),
        (len(set(bearers)) != len(bearers), "party-bears-twice"),
        (
            any(p is not Party.GUARANTOR for p in bearers[:-1]),
            "nothing-left-for-a-later-bearer",
        ),
        (
            isinstance(mode.instrument, TermLoan) and Party.ORIGINATOR in bearers,
            "borrower-bears-its-own-loan",
        ),
        (Party.GUARANTOR in bearers and not is_guaranteed, "guarantor-without-guarantee"),
        (is_guaranteed and Party.GUARANTOR not in bearers, "guarantee-bears-no-loss"),
    )


def _evidence_rules(mode: Mode) -> tuple[tuple[bool, str], ...]:
    is_guaranteed = Security.GUARANTEE in mode.security
    undertakes = Evidence.GUARANTEE_UNDERTAKING in mode.evidence
    return (
        (Evidence.REGISTRATION not in mode.evidence, "enterprise-not-identified"),
        (is_guaranteed and not undertakes, "guarantee-without-undertaking"),
        (undertakes and not is_guaranteed, "undertaking-without-guarantee"),
        (
            Security.PLEDGE in mode.security
            and not mode.evidence & {Evidence.ASSET_VALUATION, Evidence.IP_VALUATION},
            "pledge-without-valuation",
        ),
    )
