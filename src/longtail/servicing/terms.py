"""The frozen terms of agreements in service, thawed once a process."""

from __future__ import annotations

from collections.abc import Sequence

from longtail.servicing import models
from longtail.terms.resolve import ResolvedTerms, thaw

MAX_KEPT = 4096
# Terms never change once signed, so an entry is never wrong, only old.
_kept: dict[str, ResolvedTerms] = {}


def terms_of(codes: Sequence[str]) -> dict[str, ResolvedTerms]:
    """Return the terms of agreements in service by code, in at most one query."""
    found = {code: _kept[code] for code in codes if code in _kept}
    missing = [code for code in codes if code not in found]
    if missing:
        rows = models.Snapshot.objects.filter(agreement__code__in=missing)
        for code, frozen in rows.values_list("agreement__code", "agreement__terms"):
            found[code] = thaw(frozen)
    for code in missing:
        if len(_kept) >= MAX_KEPT:
            _kept.pop(next(iter(_kept)), None)
        if code in found:
            _kept[code] = found[code]
    return found
