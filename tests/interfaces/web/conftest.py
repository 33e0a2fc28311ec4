"""One town for every page test: built once, and undone after each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import translation

from longtail.deals import queries as deals
from longtail.evidence import queries as evidence
from longtail.interfaces import clock, own_accounts
from longtail.interfaces.web import locale_files
from longtail.ledger import chart
from longtail.parties import queries as parties
from longtail.parties import services as party_services
from longtail.parties.rules import Application, Kind
from longtail.servicing import services as servicing
from tests.interfaces.web import town as towns


@dataclass
class Stage:
    """The town and the codes of what stands in it."""

    town: towns.Town
    draft: str
    attesting: str
    referred: str
    declined: str
    offered: str
    listed: str
    funded: str
    repaying: str
    defaulted: str
    applicant: str

    @property
    def order(self) -> str:
        """An open order of the rating provider."""
        return evidence.work_queue(self.town.code("rating"))[0].code

    @property
    def attestation(self) -> str:
        """The rating provider's latest attestation of the open book's demand."""
        matter = deals.matter(deals.demand(self.listed))
        found = evidence.attestations_for(matter)
        return found.filter(provider__code=self.town.code("rating")).first().code

    @property
    def wallet(self) -> str:
        """The funder's wallet, in which it still has money."""
        return chart.wallet(self.town.code("harbor"), "USD").code

    @property
    def agreement(self) -> str:
        """The defaulted loan."""
        return deals.agreement_of(self.defaulted).code

    def client(self, username: str = "") -> Client:
        """Return a browser, logged in."""
        browser = Client()
        if username:
            browser.force_login(parties.person(username))
        return browser


@contextmanager
def undone():
    """Roll back whatever happens inside; to the code inside it looks like a test."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session", autouse=True)
def _set_up():
    locale_files.compile_all()
    # WhiteNoise warns of a missing folder, and a warning fails a test.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _in_english():
    """A page leaves its language behind in the thread."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch):
    """The town opened its books in the morning, whenever the tests run."""
    noon = datetime.now(UTC).replace(hour=12)
    monkeypatch.setattr(clock, "wall", lambda: noon)


@pytest.fixture(scope="package")
def _built(django_db_setup, django_db_blocker):  # noqa: ARG001
    with django_db_blocker.unblock(), undone():
        yield build()


@pytest.fixture
def stage(_built, db):  # noqa: ARG001
    """The town as it was built; what a test changes is undone."""
    return _built


def build() -> Stage:
    """Build the town with a demand in every state that a page shows."""
    town = towns.found()
    defaulted = town.repaying("mill", purpose="expansion")
    agreement = deals.agreement_of(defaulted).code
    servicing.declare_default(
        agreement_code=agreement, reason="The mill burnt down.", by="ops.ann", at=towns.at()
    )
    servicing.call_guarantee(agreement_code=agreement, by="ops.ann", at=towns.at())
    listed = town.listed("mill", purpose="inventory")
    town.commit(listed, "harbor", 10_000_00)
    applicant = party_services.apply(
        application=Application(
            kind=Kind.ENTERPRISE,
            legal_name="Lakeside Dental PC",
            country="US",
            registration_scheme="internal",
            registration_number="LAKE-1",
        ),
        at=towns.at(),
    )
    stage = Stage(
        town=town,
        draft=town.drafted(purpose="refinancing"),
        attesting=town.published(purpose="inventory"),
        referred=town.assessed("mill", purpose="premises", employees=7),
        declined=town.assessed("mill", purpose="start-up", employees=2),
        offered=town.assessed(purpose="premises"),
        listed=listed,
        funded=town.funded(purpose="expansion"),
        repaying=town.repaying(),
        defaulted=defaulted,
        applicant=applicant.code,
    )
    towns.reconciled()
    own_accounts.publish_claims(on=towns.TODAY, at=towns.at())
    return stage
