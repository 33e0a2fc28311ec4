"""Who answers an order: capable, admitted, unconflicted, and the least busy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from longtail.evidence import models
from longtail.evidence.rules import NAMED_ONLY, NAMED_SLA_DAYS, OPEN
from longtail.parties import queries as parties
from longtail.parties.rules import Standing
from longtail.terms.primitives import Evidence
from longtail.values.refusal import Refusal


class NoProvider(Refusal):
    """Nobody who may answer can deliver a kind of evidence."""


class ConflictOfInterest(Refusal):
    """The provider is the subject, or shares a person with it."""


@dataclass(slots=True)
class Pool:
    """The providers to choose from, with what each has taken in this round.

    Attributes:
        candidates: Offers of admitted providers, annotated with ``open_orders`` and
            ``last_order``.
        barred: Party codes that may not answer.
        taken: Orders given in this round by provider id.
    """

    candidates: list[models.Capability]
    barred: frozenset[str]
    taken: dict[int, int] = field(default_factory=dict)

    def choose(
        self, kind: str, *, passed_over: Collection[int] = ()
    ) -> models.Capability | None:
        """Return who answers next: fewest open orders, then longest without one.

        Args:
            kind: Kind of evidence.
            passed_over: Ids of providers that declined it or let it time out.
        """
        eligible = [
            offer
            for offer in self.candidates
            if offer.kind == kind
            and offer.provider.code not in self.barred
            and offer.provider_id not in passed_over
        ]
        if not eligible:
            return None
        chosen = min(eligible, key=self._turn)
        self.taken[chosen.provider_id] = self.taken.get(chosen.provider_id, 0) + 1
        return chosen

    def _turn(self, offer: models.Capability) -> tuple[int, int, int]:
        busy = offer.open_orders + self.taken.get(offer.provider_id, 0)
        return busy, offer.last_order, offer.provider_id


def pool(
    kinds: Iterable[str], *, subject_code: str, excluded_codes: Collection[str]
) -> Pool:
    """Return the providers that may answer orders of some kinds about a subject."""
    turns = models.Order.objects.filter(provider=OuterRef("provider"))
    last = turns.filter(kind=OuterRef("kind")).order_by("-id").values("id")[:1]
    busy = (
        turns.filter(state__in=OPEN)
        .order_by()
        .values("provider")
        .annotate(orders=Count("pk"))
        .values("orders")
    )
    offers = models.Capability.objects.filter(
        kind__in=[kind for kind in kinds if kind not in NAMED_ONLY],
        is_offered=True,
        provider__standing=Standing.ADMITTED,
    ).annotate(
        open_orders=Coalesce(Subquery(busy), Value(0)),
        last_order=Coalesce(Subquery(last), Value(0)),
    )
    return Pool(
        candidates=list(offers.select_related("provider").order_by("id")),
        barred=frozenset(
            {subject_code, *excluded_codes, *parties.linked_codes(subject_code)}
        ),
    )


def named_offer(
    kind: str, *, provider_code: str, choice: Pool, subject_code: str
) -> models.Capability:
    """Return the terms on which the provider that the deal names answers.

    Args:
        kind: Kind of evidence.
        provider_code: Who is named.
        choice: The pool, for who is barred.
        subject_code: Whom the evidence is about.

    Raises:
        NotAdmitted: If the named provider may not act.
        ConflictOfInterest: If it may not answer about this subject.
    """
    provider = parties.require_admitted(provider_code)
    if provider.code in choice.barred:
        same = provider.code == subject_code
        why = "would attest about itself" if same else "is linked to whom it is about"
        raise ConflictOfInterest(
            f"{provider.legal_name} {why}, so it cannot give the {kind}. Name another."
        )
    own = models.Capability.objects.filter(provider=provider, kind=kind, is_offered=True)
    terms = own.first() or models.Capability(
        kind=kind,
        fee_minor=0,
        currency="USD",
        sla_days=NAMED_SLA_DAYS,
        liability_cap_minor=0,
    )
    terms.provider = provider
    return terms


def refuse_unanswered(kinds: list[Evidence], choice: Pool) -> None:
    """Refuse when some kinds have nobody to answer them, naming all.

    Raises:
        NoProvider: If ``kinds`` is not empty.
    """
    if not kinds:
        return
    why = []
    for kind in kinds:
        if kind in NAMED_ONLY:
            why.append(f"{kind} (only the guarantor that the deal names can give it)")
        elif any(offer.kind == kind for offer in choice.candidates):
            why.append(f"{kind} (every provider is conflicted or has passed)")
        else:
            why.append(f"{kind} (no admitted provider offers it)")
    raise NoProvider(
        f"Nobody can deliver: {'; '.join(why)}. The operator can admit another provider."
    )
