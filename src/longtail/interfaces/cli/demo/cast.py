"""The parties of the replay, admitted through the public services.

Banks and the guarantor are the real ones of the sample; everybody else is invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from longtail.evidence import services as evidence
from longtail.interfaces.cli.demo import names
from longtail.interfaces.cli.demo.plan import Loan
from longtail.ledger import chart, posting
from longtail.market import services as market
from longtail.market.rules import Mandate
from longtail.parties import queries as parties_queries
from longtail.parties import services as parties
from longtail.parties.rules import Application, Kind, Role, Standing
from longtail.terms.primitives import Evidence

CURRENCY = "USD"
MAKER, CHECKER = "olivia.grant", "oscar.lindqvist"
CLERK, SECOND_CLERK = "carl.jensen", "dora.meyer"
SCHEME = "internal"

PROVIDERS = (
    ("northstar-registry", "Northstar Business Registry", (Evidence.REGISTRATION,)),
    ("meridian-certification", "Meridian Certification", (Evidence.REGISTRATION,)),
    ("clearwater-credit", "Clearwater Credit Bureau", (Evidence.CREDIT_REPORT,)),
    ("plainview-ratings", "Plainview Ratings", (Evidence.CREDIT_REPORT,)),
    (
        "ledgerline-accountants",
        "Ledgerline Accountants",
        (Evidence.BANK_STATEMENTS, Evidence.TAX_FILINGS),
    ),
    (
        "summit-audit",
        "Summit Audit Partners",
        (Evidence.BANK_STATEMENTS, Evidence.TAX_FILINGS, Evidence.BUSINESS_PLAN),
    ),
    (
        "keystone-valuers",
        "Keystone Patent & Asset Valuers",
        (Evidence.IP_VALUATION, Evidence.ASSET_VALUATION, Evidence.BUSINESS_PLAN),
    ),
)
CLUBS = (
    "Cedar Lane Savings Circle", "Harbor Point Pension Fund", "Blue Ridge Credit Union",
    "Prairie Community Fund", "Lakeshore Family Office", "Granite State Mutual",
    "Sunbelt Impact Fund", "Mill River Endowment", "Pacific Teachers' Fund",
    "Old Town Investment Club", "Juniper Social Lenders", "Great Plains Co-operative",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in the replay.

    Attributes:
        guarantor: Party code of the SBA.
        banks: Party code by the bank's name in the sample.
        clubs: Party codes of the peer-to-peer funders.
        providers: Log-in name by provider's party code.
    """

    guarantor: str
    banks: dict[str, str]
    clubs: tuple[str, ...]
    providers: dict[str, str]


def engage(loans: Iterable[Loan], *, at: datetime) -> Cast:
    """Admit every party but the enterprises. Safe to repeat.

    Args:
        loans: Those to be replayed; their banks become funders.
        at: When the parties are admitted.
    """
    _house(at)
    guarantor = _admitted(Kind.GUARANTOR, "sba", "U.S. Small Business Administration", at)
    _person("gloria.hayes", "Gloria Hayes", guarantor)
    _attests(guarantor, (Evidence.GUARANTEE_UNDERTAKING,), at)
    banks = {name: _bank(name, at) for name in sorted({loan.bank for loan in loans})}
    clubs = tuple(_club(number, name, at) for number, name in enumerate(CLUBS))
    providers = dict(_provider(key, name, kinds, at) for key, name, kinds in PROVIDERS)
    wallets = [
        chart.wallet(code, CURRENCY) for code in (guarantor, *banks.values(), *clubs)
    ]
    posting.open_accounts(wallets)
    return Cast(guarantor, banks, clubs, providers | {guarantor: "gloria.hayes"})


def admit_enterprise(loan: Loan, *, at: datetime) -> str:
    """Apply, review and admit a loan's enterprise; return its party code."""
    application = Application(
        kind=Kind.ENTERPRISE,
        legal_name=names.enterprise(loan),
        country="US",
        region=loan.state,
        city=loan.city,
        registration_scheme=SCHEME,
        registration_number=f"SBA-{loan.number}",
        sector=loan.sector,
        employees=loan.employees,
        founded_date=None,
        bank_account=f"{loan.number:012d}",
        bank_bic="SMBKUS33",
    )
    code = _through_admission(application, at)
    _person(names.username(loan), names.owner(loan.number), code)
    return code


def _house(at: datetime) -> None:
    operator = _admitted(Kind.OPERATOR, "operator", "Longtail Operations", at)
    _person(MAKER, "Olivia Grant", operator, role=Role.MAKER)
    _person(CHECKER, "Oscar Lindqvist", operator, role=Role.CHECKER)
    regulator = _admitted(Kind.REGULATOR, "regulator", "State Banking Supervisor", at)
    _person("ruth.okafor", "Ruth Okafor", regulator)
    custodian = _admitted(Kind.CUSTODIAN, "custodian", "Harbor Trust Custody", at)
    _person(CLERK, "Carl Jensen", custodian, role=Role.MAKER)
    _person(SECOND_CLERK, "Dora Meyer", custodian)


def _bank(name: str, at: datetime) -> str:
    key = f"bank-{names.slug(name)}"
    code = _admitted(Kind.FUNDER, key, names.bank(name), at)
    _person(f"desk.{names.slug(name)}", names.owner(sum(name.encode())), code)
    _wants(code, modes=("bank-loan", "p2p-guaranteed"), largest_minor=200_000_000, at=at)
    return code


def _club(number: int, name: str, at: datetime) -> str:
    code = _admitted(Kind.FUNDER, f"club-{number}", name, at)
    _person(f"desk.club-{number}", names.owner(number), code)
    _wants(code, modes=("p2p-guaranteed", "p2p-unsecured"), largest_minor=60_000_000, at=at)
    return code


def _wants(code: str, *, modes: tuple[str, ...], largest_minor: int, at: datetime) -> None:
    mandate = Mandate(
        currency=CURRENCY,
        min_amount_minor=500_000,
        max_amount_minor=largest_minor,
        modes=frozenset(modes),
        min_tenor_months=6,
        max_tenor_months=180,
    )
    market.set_mandate(funder_code=code, mandate=mandate, by=CHECKER, at=at)


def _provider(
    key: str, name: str, kinds: tuple[Evidence, ...], at: datetime
) -> tuple[str, str]:
    code = _admitted(Kind.PROVIDER, key, name, at)
    username = key.replace("-", ".")
    _person(username, names.owner(sum(key.encode())), code)
    _attests(code, kinds, at)
    return code, username


def _attests(code: str, kinds: tuple[Evidence, ...], at: datetime) -> None:
    evidence.offer_capability(provider_code=code, kinds=kinds, fee_minor=15_000, sla_days=5)
    evidence.create_hosted_key(provider_code=code, at=at)


def _admitted(kind: Kind, key: str, name: str, at: datetime) -> str:
    application = Application(
        kind=kind,
        legal_name=name,
        country="US",
        region="DC",
        city="Washington",
        registration_scheme=SCHEME,
        registration_number=key,
        sector="52",
        employees=None,
        founded_date=None,
        bank_account=f"{sum(key.encode()) * 104_729:012d}",
        bank_bic="SMBKUS33",
    )
    return _through_admission(application, at)


def _through_admission(application: Application, at: datetime) -> str:
    party = parties_queries.registered(
        kind=application.kind,
        scheme=application.registration_scheme,
        number=application.registration_number,
    ) or parties.apply(application=application, at=at)
    if party.standing == Standing.APPLIED:
        party = parties.review(code=party.code, by=MAKER, at=at)
    if party.standing == Standing.REVIEWED:
        parties.admit(
            code=party.code,
            proposed_by=MAKER,
            decided_by=CHECKER,
            reason="Register entry, owners and bank account checked.",
            at=at,
        )
    return party.code


def _person(
    username: str, full_name: str, party: str, *, role: Role = Role.CHECKER
) -> None:
    if not parties_queries.is_registered(username):
        parties.register_person(
            username=username,
            full_name=full_name,
            password=None,
            party_code=party,
            role=role,
        )
