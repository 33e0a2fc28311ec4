"""The tamper log: its signed head, and proofs that it was only ever added to."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router

from longtail.interfaces import site_key
from longtail.interfaces.api.schemas.log import ConsistencyOut, HeadOut, SizesIn
from longtail.ledger.log import queries

TAG = "Log"
router = Router()


@router.get("/log/head", response=HeadOut)
def show_log_head(request: HttpRequest) -> HeadOut:  # noqa: ARG001
    """Show the log's newest signed head. For every party, to be held against the site."""
    return HeadOut(jws=queries.newest_head(), public_key=site_key.public_text())


@router.get("/log/consistency", response=ConsistencyOut)
def prove_log_consistency(
    request: HttpRequest,  # noqa: ARG001
    sizes: Query[SizesIn],
) -> ConsistencyOut:
    """Prove that the log at one size is the beginning of the log at a later one."""
    proof = queries.consistency_proof(first=sizes.first, second=sizes.second)
    found = [node.hex() for node in proof]
    return ConsistencyOut(first=sizes.first, second=sizes.second, proof=found)
