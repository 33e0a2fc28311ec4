"""The tree against RFC 6962's definition, the public vectors, and every possible proof."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels import merkle

# The reference tree of the Certificate Transparency project: its eight leaves, and the
# root after each (merkletree/merkle_tree_test in google/certificate-transparency).
LEAVES = [
    bytes.fromhex(x)
    for x in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Leaf, tree size, path; and earlier size, later size, proof. The same test's vectors.
INCLUSIONS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        3,
        ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    ),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def hashed(count):
    return [merkle.leaf_hash(bytes([i])) for i in range(count)]


def defined_root(leaves):
    """MTH as section 2.1 of RFC 6962 defines it, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def test_the_public_roots():
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    assert [merkle.root(hashes[: n + 1]).hex() for n in range(8)] == ROOTS
    assert [defined_root(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS
    assert merkle.root([]).hex() == sha256(b"").hexdigest()


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_the_public_inclusion_proofs(index, size, path):
    find = merkle.subtrees([merkle.leaf_hash(leaf) for leaf in LEAVES])
    proof = merkle.inclusion_proof(index, size, find)
    assert [node.hex() for node in proof] == path


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCIES)
def test_the_public_consistency_proofs(first, second, path):
    find = merkle.subtrees([merkle.leaf_hash(leaf) for leaf in LEAVES])
    proof = merkle.consistency_proof(first, second, find)
    assert [node.hex() for node in proof] == path


def test_every_inclusion_proof_up_to_forty_leaves():
    leaves = hashed(40)
    find = merkle.subtrees(leaves)
    for size in range(1, 41):
        root = merkle.root(leaves[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, find)
            case = {"index": index, "size": size, "proof": proof, "root": root}
            assert merkle.is_included(leaf=leaves[index], **case)
            assert not merkle.is_included(leaf=leaves[index - 1], **case) or size == 1
            for other in {index - 1, index + 1, size} - {index}:
                assert not merkle.is_included(
                    leaf=leaves[index], **(case | {"index": other})
                )


def test_consistency_between_all_sizes_up_to_forty():
    leaves = hashed(40)
    roots = [merkle.root(leaves[:n]) for n in range(41)]
    find = merkle.subtrees(leaves)
    for second in range(41):
        for first in range(second + 1):
            case = {
                "first": first,
                "second": second,
                "first_root": roots[first],
                "second_root": roots[second],
                "proof": merkle.consistency_proof(first, second, find),
            }
            assert merkle.is_consistent(**case)
            if first:
                other = roots[first - 1]
                assert not merkle.is_consistent(**(case | {"first_root": other}))
                assert not merkle.is_consistent(**(case | {"second_root": other}))


@st.composite
def one_bit_changed(draw, proof):
    place = draw(st.integers(0, len(proof) - 1))
    bit = draw(st.integers(0, 255))
    changed = bytearray(proof[place])
    changed[bit // 8] ^= 1 << bit % 8
    return [*proof[:place], bytes(changed), *proof[place + 1 :]]


@given(st.data())
def test_one_bit_changed_anywhere_fails(data):
    size = data.draw(st.integers(2, 70))
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size - 1))
    leaves = hashed(size)
    find, root = merkle.subtrees(leaves), merkle.root(leaves)
    proof = merkle.inclusion_proof(index, size, find)
    (wrong,) = data.draw(one_bit_changed([leaves[index]]))
    case = {"index": index, "size": size, "root": root}
    assert not merkle.is_included(leaf=wrong, proof=proof, **case)
    broken = data.draw(one_bit_changed(proof))
    assert not merkle.is_included(leaf=leaves[index], proof=broken, **case)
    assert not merkle.is_included(leaf=leaves[index], proof=proof[:-1], **case)
    assert not merkle.is_included(leaf=leaves[index], proof=[*proof, root], **case)
    proof = merkle.consistency_proof(first, size, find)
    case = {
        "first": first,
        "second": size,
        "first_root": merkle.root(leaves[:first]),
        "second_root": root,
    }
    broken = data.draw(one_bit_changed(proof))
    assert not merkle.is_consistent(proof=broken, **case)
    assert not merkle.is_consistent(proof=proof[:-1], **case)
    assert not merkle.is_consistent(proof=[*proof, root], **case)


@given(st.lists(st.binary(max_size=40), max_size=70), st.integers(0, 70))
def test_a_frontier_goes_on_from_where_it_was_kept(contents, kept):
    leaves = [merkle.leaf_hash(content) for content in contents]
    kept = min(kept, len(leaves))
    first = merkle.Frontier()
    for leaf in leaves[:kept]:
        first.append(leaf)
    second = merkle.Frontier(first.size, first.hashes)
    completed = [node for leaf in leaves[kept:] for node in second.append(leaf)]
    assert second.root() == defined_root(contents)
    find = merkle.subtrees(leaves)
    assert all(find(level, index) == node for level, index, node in completed)


def test_a_frontier_of_another_size_is_refused():
    with pytest.raises(ValueError, match="1 subtrees do not make 3 leaves"):
        merkle.Frontier(3, [merkle.EMPTY])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ValueError, match="there is no leaf"):
        merkle.inclusion_proof(index, size, merkle.subtrees(hashed(3)))
    proof = {"proof": [], "root": merkle.EMPTY}
    assert not merkle.is_included(leaf=merkle.EMPTY, index=index, size=size, **proof)


@pytest.mark.parametrize(("first", "second"), [(3, 2), (-1, 2)])
def test_sizes_out_of_order_have_no_proof(first, second):
    with pytest.raises(ValueError, match="are no beginning of"):
        merkle.consistency_proof(first, second, merkle.subtrees(hashed(3)))
    assert not merkle.is_consistent(
        first=first, second=second, first_root=b"", second_root=b"", proof=[]
    )
