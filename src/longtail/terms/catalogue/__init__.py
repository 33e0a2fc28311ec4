"""The catalogue: every mode the platform offers, by code and version."""

from __future__ import annotations

from longtail.terms.catalogue.bank_loan import BANK_LOAN_1
from longtail.terms.catalogue.p2p_guaranteed import P2P_GUARANTEED_1
from longtail.terms.catalogue.p2p_unsecured import P2P_UNSECURED_1
from longtail.terms.mode import Mode
from longtail.values.refusal import Refusal

CATALOGUE = {
    (mode.code, mode.version): mode
    for mode in (BANK_LOAN_1, P2P_UNSECURED_1, P2P_GUARANTEED_1)
}
LATEST = {code: CATALOGUE[code, version] for code, version in sorted(CATALOGUE)}


class UnknownMode(Refusal):
    """No mode of this code is in the catalogue."""


def latest(code: str) -> Mode:
    """Return the newest version of a mode.

    Raises:
        UnknownMode: If the catalogue has no mode of this code.
    """
    if code not in LATEST:
        raise UnknownMode(
            f"The platform offers no mode {code!r}. Choose one of: {', '.join(LATEST)}."
        )
    return LATEST[code]


def title(code: str) -> str:
    """Return the name of a mode as people read it, in its newest version.

    Raises:
        UnknownMode: If the catalogue has no mode of this code.
    """
    return latest(code).title
