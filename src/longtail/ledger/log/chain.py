"""How an entry becomes a leaf, and a leaf a link. Pure.

A leaf says, in big-endian bytes: its number, its topic, the entry, the transaction that
wrote it, and the entry's digest. A link is the SHA-256 of the link before and the leaf.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from longtail.kernels.merkle import Frontier

START = bytes(32)
LEAF = struct.Struct(">xQIQQ32s")
# Subtrees of these levels are kept; a proof builds the others from at most 256 of them.
LEVEL_STEP = 8


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry to be sealed.

    Attributes:
        topic_id: What kind of row it is about.
        entry_id: The entry, or the batch.
        xid: The transaction that wrote it.
        digest: Of what was written, 32 bytes.
    """

    topic_id: int
    entry_id: int
    xid: int
    digest: bytes


def leaf_hash(seq: int, noted: Noted) -> bytes:
    """Return the hash of the leaf of an entry.

    Args:
        seq: Its place in the log, from 0.
        noted: The entry.
    """
    # The struct begins with the zero byte that sets leaves apart from nodes.
    content = LEAF.pack(seq, noted.topic_id, noted.entry_id, noted.xid, noted.digest)
    return sha256(content).digest()


@dataclass(slots=True)
class Growth:
    """A log that grows at its end: its chain's last link and its tree's frontier."""

    chain: bytes = START
    frontier: Frontier = field(default_factory=Frontier)

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash and return the subtrees to keep, as (level, index, hash)."""
        self.chain = sha256(self.chain + leaf).digest()
        completed = self.frontier.append(leaf)
        if len(completed) < LEVEL_STEP:
            return []
        return [node for node in completed if node[0] % LEVEL_STEP == 0]

    @property
    def packed_frontier(self) -> bytes:
        """The frontier's hashes in one, as a head keeps them."""
        return b"".join(self.frontier.hashes)


def resumed(*, size: int, chain: bytes, packed_frontier: bytes) -> Growth:
    """Return a log as it was at a head."""
    hashes = split(packed_frontier)
    return Growth(chain, Frontier(size, hashes))


def split(packed: bytes) -> list[bytes]:
    """Return the hashes that were packed into one."""
    return [packed[start : start + 32] for start in range(0, len(packed), 32)]


def entry_digest(row_ids: Iterable[int], row_digests: Iterable[bytes]) -> bytes:
    """Return the digest of an entry over its rows, which are in ascending id."""
    parts = (
        row.to_bytes(8, "big", signed=True) + digest
        for row, digest in zip(row_ids, row_digests, strict=True)
    )
    return sha256(b"".join(parts)).digest()
