"""A machine keeps a head and later proves that the log still begins with it."""

import pytest
from joserfc.jwk import OKPKey

from longtail.interfaces.jobs import tasks
from longtail.kernels import merkle
from longtail.ledger.log import heads
from tests.funding import world
from tests.interfaces.api.caller import problem

KEY = OKPKey.generate_key("Ed25519")


@pytest.fixture(autouse=True)
def _key(settings):
    settings.LOG_KEY = KEY.as_pem(private=True).decode()


def test_a_party_checks_for_itself_that_the_log_only_grew(market):
    held, grown = [], (lambda: None, lambda: world.admitted("funder"))
    for grow in grown:
        grow()
        assert tasks.seal() > 0
        shown = market.funder.read("/log/head")
        key = OKPKey.import_key(shown["public_key"])
        held.append(heads.read(shown["jws"], keys=[key]))
    first, second = held
    assert first.size < second.size
    proof = market.funder.read("/log/consistency", first=first.size, second=second.size)
    case = {"first": first.size, "second": second.size, "second_root": second.root}
    nodes = [bytes.fromhex(node) for node in proof["proof"]]
    assert merkle.is_consistent(first_root=first.root, proof=nodes, **case)
    assert not merkle.is_consistent(first_root=second.root, proof=nodes, **case)


def test_before_anything_is_sealed_there_is_no_head(market):
    problem(market.regulator.get("/log/head"), 409)


def test_a_proof_past_the_end_is_refused(market):
    tasks.seal()
    problem(market.funder.get("/log/consistency", first=0, second=10**9), 409)
    problem(market.funder.get("/log/consistency", first=-1, second=1), 422)
