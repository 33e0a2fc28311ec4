"""Merkle-sum trees: a root over claims whose every node commits to both children's sums.

A node that hashed only its own sum could lie about how it divides between its children, so
each node hashes (left sum, left hash, right sum, right hash). Leaves, nodes and the root
are hashed with different first bytes, so that none passes for another. The tree has the
shape of RFC 6962: the left part is the largest power of two below the count, nothing is
doubled. Amounts are minor units, not negative; no sum passes ``MAX_SUM``.

Source:
    K. Chalkias et al., *Distributed Auditing Proofs of Liabilities*, 2020 (the flaw of
    hashing one sum, and its repair); RFC 6962, section 2.1 (shape and paths).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import index

MAX_SUM = 2**63 - 1
HASH_BYTES = 32
LEAF, NODE, ROOT = b"\x00", b"\x01", b"\x02"


@dataclass(frozen=True, slots=True)
class Node:
    """A hash and the sum of all claims below it, minor units."""

    hash: bytes
    sum_minor: int


def leaf(*, nonce: bytes, owner: str, currency: str, amount_minor: int) -> Node:
    """Return the leaf of one claim.

    Args:
        nonce: 32 secret bytes, the owner's for this day; without them nobody can try out
            owners and amounts until the hash fits.
        owner: Whose claim it is: an account code.
        currency: ISO 4217 code.
        amount_minor: What is owed, minor units, 0 to ``MAX_SUM``.

    Raises:
        ValueError: If the amount is negative or too large, or the nonce is not 32 bytes.
    """
    if len(nonce) != HASH_BYTES:
        raise ValueError(f"a nonce has {HASH_BYTES} bytes, not {len(nonce)}")
    amount = _summand(amount_minor)
    said = nonce + _text(owner) + _text(currency) + amount
    return Node(hashlib.sha256(LEAF + said).digest(), index(amount_minor))


def join(left: Node, right: Node) -> Node:
    """Return the node over two nodes.

    Raises:
        ValueError: If a sum is negative or the two together pass ``MAX_SUM``.
    """
    said = _summand(left.sum_minor) + left.hash + _summand(right.sum_minor) + right.hash
    total = left.sum_minor + right.sum_minor
    _summand(total)
    return Node(hashlib.sha256(NODE + said).digest(), total)


def top(nodes: Sequence[Node]) -> Node:
    """Return the node over leaves, or over complete subtrees of equal size and a rest.

    Raises:
        ValueError: If a sum is negative or passes ``MAX_SUM``.
    """
    if not nodes:
        return Node(hashlib.sha256(b"").digest(), 0)
    level = list(nodes)
    while len(level) > 1:
        # An odd one is carried up as it is, which is RFC 6962's shape bottom up.
        pairs = [join(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def path(nodes: Sequence[Node], place: int) -> list[Node]:
    """Return the siblings from one of the nodes up to the top, lowest first.

    Raises:
        ValueError: If there is no such place.
    """
    if not 0 <= place < len(nodes):
        raise ValueError(f"there is no place {place} among {len(nodes)}")
    level, found = list(nodes), []
    while len(level) > 1:
        if (place ^ 1) < len(level):
            found.append(level[place ^ 1])
        pairs = [join(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level, place = pairs + level[len(pairs) * 2 :], place // 2
    return found


def climb(node: Node, siblings: Sequence[Node], *, place: int, count: int) -> Node:
    """Return the top that a node and its siblings lead to.

    Args:
        node: The leaf.
        siblings: As :func:`path` returns them.
        place: The leaf's place, from 0.
        count: How many leaves there are.

    Raises:
        ValueError: If the path does not fit the place, or a sum is negative or too large.
    """
    if not 0 <= place < count:
        raise ValueError(f"there is no place {place} among {count}")
    rest: Iterator[Node] = iter(siblings)
    while count > 1:
        if (place ^ 1) < count:
            sibling = next(rest, None)
            if sibling is None:
                raise ValueError("the path is too short")
            node = join(sibling, node) if place & 1 else join(node, sibling)
        place, count = place // 2, (count + 1) // 2
    if next(rest, None) is not None:
        raise ValueError("the path is too long")
    return node


def root(over: Node, *, count: int, day: str, currency: str) -> bytes:
    """Return what is published: the top with its sum, the number of leaves, day, currency.

    Args:
        over: The top of the tree.
        count: How many leaves it has.
        day: ISO 8601 date.
        currency: ISO 4217 code.
    """
    said = _text(day) + _text(currency) + count.to_bytes(8, "big")
    return hashlib.sha256(ROOT + said + _summand(over.sum_minor) + over.hash).digest()


def _summand(amount_minor: int) -> bytes:
    if not 0 <= amount_minor <= MAX_SUM:
        raise ValueError(f"a sum lies between 0 and {MAX_SUM}, not {amount_minor}")
    return index(amount_minor).to_bytes(8, "big")


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded
