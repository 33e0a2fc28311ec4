"""Merkle trees over an append-only list: roots, proofs, and growth in little memory.

A leaf's hash and a node's begin with different bytes, so neither can pass for the other.
Everything is built from perfect subtrees, which a caller names by ``(level, index)``: the
one of 2**level leaves that starts at leaf ``index * 2**level``.

Source:
    RFC 6962, section 2.1, and RFC 9162, sections 2.1.1 to 2.1.4, with SHA-256.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
# Returns the hash of a perfect subtree, by level and index.
Subtrees = Callable[[int, int], bytes]


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\0" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two halves."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The perfect subtrees of a growing tree: all that is needed to add to it.

    Attributes:
        size: How many leaves there are.
        hashes: The subtrees' hashes, largest first; one a bit that is set in ``size``.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError(f"{len(hashes)} subtrees do not make {size} leaves")
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash.

        Returns:
            The subtrees it completed, as (level, index, hash), smallest first; the leaf
            itself is not among them.
        """
        completed = []
        found, rest, level = leaf, self.size, 0
        while rest & 1:
            found = sha256(b"\1" + self.hashes.pop() + found).digest()
            rest >>= 1
            level += 1
            completed.append((level, rest, found))
        self.hashes.append(found)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.hashes:
            return EMPTY
        found = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            found = node_hash(left, found)
        return found


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def subtrees(leaves: Sequence[bytes]) -> Subtrees:
    """Return how to look up the perfect subtrees of leaf hashes held in memory."""

    def find(level: int, index: int) -> bytes:
        return root(leaves[index << level : (index + 1) << level])

    return find


def inclusion_proof(index: int, size: int, find: Subtrees) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root, lowest first.

    Args:
        index: The leaf, from 0.
        size: How many leaves the root covers.
        find: Looks up perfect subtrees.

    Raises:
        ValueError: If there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range(middle, end, find))
            end = middle
        else:
            proof.append(_range(start, middle, find))
            start = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, find: Subtrees) -> list[bytes]:
    """Return the hashes that show the first leaves of a tree to be an earlier tree.

    Args:
        first: Size of the earlier tree.
        second: Size of the later one.
        find: Looks up perfect subtrees of the later one.

    Raises:
        ValueError: If the sizes are out of order or negative.
    """
    if not 0 <= first <= second:
        raise ValueError(f"{first} leaves are no beginning of {second}")
    if first in (0, second):
        return []
    proof: list[bytes] = []
    start, end, is_known = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_range(middle, end, find))
            end = middle
        else:
            proof.append(_range(start, middle, find))
            start, is_known = middle, False
    if not is_known:
        proof.append(_range(start, end, find))
    return proof[::-1]


def is_included(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether a proof shows a leaf to be under a root.

    Source:
        RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    *,
    first: int,
    second: int,
    first_root: bytes,
    second_root: bytes,
    proof: Sequence[bytes],
) -> bool:
    """Say whether a proof shows the first tree to be the beginning of the second.

    Source:
        RFC 9162, section 2.1.4.2.
    """
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path:
        return False
    earlier = later = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            later = node_hash(later, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (earlier, later) == (first_root, second_root)


def _split(size: int) -> int:
    """Return the largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1


def _range(start: int, end: int, find: Subtrees) -> bytes:
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return find(level, start >> level)
    middle = start + _split(size)
    return node_hash(_range(start, middle, find), _range(middle, end, find))
