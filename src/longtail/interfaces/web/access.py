"""Who acts: the person logged in, and the party they act for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from longtail.interfaces.web import wording
from longtail.parties import queries as parties

SESSION_KEY = "acting_for"
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Acting:
    """A person acting for a party.

    Attributes:
        party: For whom.
        username: By whom, as services take it.
        roles: What the person may do there: ``maker``, ``checker``.
        others: The other parties that the person may act for.
    """

    party: Any
    username: str
    roles: frozenset[str]
    others: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        """What kind of party it is."""
        return str(self.party.kind)

    @property
    def code(self) -> str:
        """The party's code."""
        return str(self.party.code)

    @property
    def title(self) -> str:
        """The party's kind, as people read it."""
        return wording.word("kind", self.kind).text

    @property
    def is_maker(self) -> bool:
        """Whether the person may prepare."""
        return "maker" in self.roles

    @property
    def is_checker(self) -> bool:
        """Whether the person may approve what another one prepared."""
        return "checker" in self.roles


def acting(request: HttpRequest) -> Acting | None:
    """Return who acts in this request, or None for a visitor or a person of no party.

    The party is the one chosen in this session, else the person's first.
    """
    if not hasattr(request, "_acting"):
        request._acting = _find(request)
    return request._acting


def _find(request: HttpRequest) -> Acting | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    of_person = list(parties.parties_of(user))
    if not of_person:
        return None
    chosen = request.session.get(SESSION_KEY)
    party = next((p for p in of_person if p.code == chosen), of_person[0])
    return Acting(
        party=party,
        username=user.get_username(),
        roles=frozenset(str(role) for role in parties.roles_of(user, party)),
        others=tuple(p for p in of_person if p.pk != party.pk),
    )


def acting_for(*kinds: str, role: str = "") -> Callable[[View], View]:
    """Admit only people who act for a party of one of these kinds; none: of any kind.

    With a role, only those who have it there. A visitor is sent to the log-in page,
    anybody else gets the page that says who may.
    """

    def admit(view: View) -> View:
        @login_required
        @wraps(view)
        def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            who = acting(request)
            if who is None or (kinds and who.kind not in kinds):
                raise PermissionDenied
            if role and role not in who.roles:
                raise PermissionDenied
            request.acting = who
            return view(request, *args, **kwargs)

        return admitted

    return admit
