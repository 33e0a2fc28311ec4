import dataclasses
import itertools

import pytest

from longtail.kernels.cashflows.schedule import Amortization
from longtail.terms import mode as modes
from longtail.terms.catalogue import CATALOGUE, LATEST, UnknownMode, latest, title
from longtail.terms.mode import IncoherentMode, needs_guarantor
from longtail.terms.primitives import (
    Bears,
    Closing,
    Component,
    Evidence,
    Party,
    Security,
    SingleFunder,
    Subscription,
    TermLoan,
)

BANK_LOAN = latest("bank-loan")
REQUIRED = frozenset({Evidence.REGISTRATION})


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda m: m.code)
def test_catalogue_entries_are_coherent_and_hashable(entry):
    assert modes.violations(entry) == ()
    assert CATALOGUE[entry.code, entry.version] is entry
    hash(entry)


def test_a_mode_has_at_most_ten_fields_and_no_flags():
    fields = dataclasses.fields(modes.Mode)
    assert len(fields) <= 10
    assert not any(field.type == "bool" for field in fields)


def test_the_catalogue_offers_three_modes():
    assert list(LATEST) == ["bank-loan", "p2p-guaranteed", "p2p-unsecured"]
    assert {code: needs_guarantor(mode) for code, mode in LATEST.items()} == {
        "bank-loan": True,
        "p2p-guaranteed": True,
        "p2p-unsecured": False,
    }


@pytest.mark.parametrize("code", ["p2p-unsecured", "p2p-guaranteed"])
def test_peers_fund_all_or_nothing(code):
    funding = latest(code).funding
    assert isinstance(funding, Subscription)
    assert funding.closing is Closing.ALL_OR_NOTHING


def test_a_mode_is_called_by_its_name():
    assert title("p2p-unsecured") == "Peer-to-peer loan, unsecured"


@pytest.mark.parametrize("ask", [latest, title])
def test_an_unknown_mode_is_refused_with_what_there_is(ask):
    with pytest.raises(UnknownMode, match="bank-loan, p2p-guaranteed, p2p-unsecured"):
        ask("payday-loan")


def test_names_every_contradiction_at_once():
    with pytest.raises(IncoherentMode) as error:
        modes.Mode(
            code="Bank Loan",
            version=0,
            title=" ",
            instrument=TermLoan(Amortization.LEVEL),
            funding=Subscription(Closing.ALL_OR_NOTHING, window_days=0, ticket_minor=0),
            security=frozenset({Security.PLEDGE}),
            losses=(
                Bears(Party.ORIGINATOR),
                Bears(Party.GUARANTOR),
                Bears(Party.GUARANTOR),
            ),
            evidence=frozenset({Evidence.GUARANTEE_UNDERTAKING}),
            allocation=(Component.PRINCIPAL,),
        )
    assert error.value.reasons == (
        "code-not-kebab-case",
        "version-not-positive",
        "title-missing",
        "subscription-without-window",
        "ticket-not-positive",
        "allocation-not-a-permutation",
        "losses-not-fully-borne",
        "party-bears-twice",
        "nothing-left-for-a-later-bearer",
        "borrower-bears-its-own-loan",
        "guarantor-without-guarantee",
        "enterprise-not-identified",
        "undertaking-without-guarantee",
        "pledge-without-valuation",
    )


def test_a_guarantee_without_guarantor_says_both_sides():
    with pytest.raises(IncoherentMode) as error:
        dataclasses.replace(BANK_LOAN, losses=(Bears(Party.FUNDERS),), evidence=REQUIRED)
    assert error.value.reasons == (
        "guarantee-bears-no-loss",
        "guarantee-without-undertaking",
    )


def subsets(kinds):
    kinds = list(kinds)
    return [
        frozenset(c)
        for r in range(len(kinds) + 1)
        for c in itertools.combinations(kinds, r)
    ]


INSTRUMENTS = [TermLoan(a) for a in Amortization]
FUNDING = [
    SingleFunder(),
    *(Subscription(c, window_days=1, ticket_minor=1) for c in Closing),
]
LOSSES = [
    tuple(map(Bears, order)) for r in range(4) for order in itertools.permutations(Party, r)
]
EVIDENCE = [REQUIRED | kinds for kinds in subsets(set(Evidence) - REQUIRED)]


def test_every_combination_is_either_built_or_refused_with_a_reason():
    built = refused = 0
    for security, losses, evidence in itertools.product(
        subsets(Security), LOSSES, EVIDENCE
    ):
        parts = {"security": security, "losses": losses, "evidence": evidence}
        try:
            mode = dataclasses.replace(BANK_LOAN, **parts)
        except IncoherentMode as error:
            refused += bool(error.reasons)
            continue
        built += 1
        assert mode.losses[-1].party is Party.FUNDERS
        assert needs_guarantor(mode) == (Party.GUARANTOR in {b.party for b in losses})
        assert needs_guarantor(mode) == (Evidence.GUARANTEE_UNDERTAKING in evidence)
        for instrument, funding in itertools.product(INSTRUMENTS, FUNDING):
            # Repayment and funding are free axes: they never break a coherent mode.
            dataclasses.replace(mode, instrument=instrument, funding=funding)
    assert (built, refused) == (448, 15_936)
