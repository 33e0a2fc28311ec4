"""Leaves, links and kept subtrees, told byte by byte; no database."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels import merkle
from longtail.ledger.log.chain import (
    LEVEL_STEP,
    START,
    Growth,
    Noted,
    entry_digest,
    leaf_hash,
    resumed,
    split,
)

NOTED = Noted(topic_id=3, entry_id=4, xid=5, digest=bytes(range(32)))


def test_a_leaf_says_its_place_its_topic_its_entry_its_transaction_and_its_digest():
    parts = [(2, 8), (3, 4), (4, 8), (5, 8)]
    said = b"\0" + b"".join(n.to_bytes(size, "big") for n, size in parts) + NOTED.digest
    assert leaf_hash(2, NOTED) == sha256(said).digest()


def test_an_entry_is_digested_over_its_rows():
    said = (1).to_bytes(8, "big") + b"a" + (-2).to_bytes(8, "big", signed=True) + b"b"
    assert entry_digest([1, -2], [b"a", b"b"]) == sha256(said).digest()
    with pytest.raises(ValueError, match="shorter"):
        entry_digest([1, 2], [b"a"])


@given(st.integers(0, 700))
def test_a_log_resumed_anywhere_goes_on_as_if_it_had_never_stopped(stop):
    leaves = [sha256(bytes([n % 256, n // 256])).digest() for n in range(700)]
    whole, kept, chain = Growth(), [], START
    for leaf in leaves:
        kept += whole.add(leaf)
        chain = sha256(chain + leaf).digest()
    first, found = Growth(), []
    for leaf in leaves[:stop]:
        found += first.add(leaf)
    second = resumed(size=stop, chain=first.chain, packed_frontier=first.packed_frontier)
    for leaf in leaves[stop:]:
        found += second.add(leaf)
    assert found == kept
    assert (whole.chain, second.chain) == (chain, chain)
    assert second.packed_frontier == whole.packed_frontier
    assert second.frontier.size == 700
    assert split(whole.packed_frontier) == list(whole.frontier.hashes)
    # 700 leaves fill two subtrees of 256.
    full = [(level, index) for level, index, _ in kept if level]
    assert full == [(LEVEL_STEP, 0), (LEVEL_STEP, 1)]


def test_the_hash_of_a_kept_subtree_is_that_of_its_leaves():
    leaves = [merkle.leaf_hash(bytes([n % 256, n // 256])) for n in range(256)]
    growth = Growth()
    kept = [node for leaf in leaves for node in growth.add(leaf)]
    (node,) = [node for node in kept if node[0] == LEVEL_STEP]
    assert node[2] == growth.frontier.hashes[0]
