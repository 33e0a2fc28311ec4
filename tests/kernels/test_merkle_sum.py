"""No leaf, sum, place or order can be changed without the root changing or a refusal."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtail.kernels import merkle_sum
from longtail.kernels.merkle_sum import MAX_SUM, Node

DAY, CUR = "2026-03-02", "USD"
amounts = st.lists(st.integers(0, 10**12), min_size=1, max_size=40)


def nonce(n):
    return hashlib.sha256(bytes([n])).digest()


def leaves(minors):
    return [
        merkle_sum.leaf(
            nonce=nonce(n), owner=f"wallet:{n}:USD", currency=CUR, amount_minor=x
        )
        for n, x in enumerate(minors)
    ]


def sealed(nodes):
    over = merkle_sum.top(nodes)
    return merkle_sum.root(over, count=len(nodes), day=DAY, currency=CUR)


def recursive_top(nodes):
    """Return the top by RFC 6962's own words: split at the largest power of two below."""
    if len(nodes) == 1:
        return nodes[0]
    half = 1 << (len(nodes) - 1).bit_length() - 1
    return merkle_sum.join(recursive_top(nodes[:half]), recursive_top(nodes[half:]))


@given(amounts)
def test_the_total_is_the_sum_and_the_shape_is_that_of_rfc_6962(minors):
    found = merkle_sum.top(leaves(minors))
    assert found.sum_minor == sum(minors)
    assert found == recursive_top(leaves(minors))


@given(amounts, st.data())
def test_every_leaf_has_a_path_to_the_top(minors, data):
    nodes = leaves(minors)
    place = data.draw(st.integers(0, len(nodes) - 1))
    siblings = merkle_sum.path(nodes, place)
    found = merkle_sum.climb(nodes[place], siblings, place=place, count=len(nodes))
    assert found == merkle_sum.top(nodes)


@given(amounts, st.integers(1, 3).map(lambda n: 2**n))
def test_the_tops_of_full_parts_make_the_same_tree(minors, size):
    nodes = leaves(minors)
    parts = [nodes[i : i + size] for i in range(0, len(nodes), size)]
    tops = [merkle_sum.top(part) for part in parts]
    assert merkle_sum.top(tops) == merkle_sum.top(nodes)
    for place, node in enumerate(nodes):
        inside = merkle_sum.path(parts[place // size], place % size)
        whole = inside + merkle_sum.path(tops, place // size)
        assert whole == merkle_sum.path(nodes, place)
        found = merkle_sum.climb(node, whole, place=place, count=len(nodes))
        assert found == merkle_sum.top(nodes)


@given(amounts, st.data())
def test_any_other_amount_or_order_gives_another_root(minors, data):
    place = data.draw(st.integers(0, len(minors) - 1))
    other = data.draw(st.integers(0, 10**12).filter(lambda x: x != minors[place]))
    before = sealed(leaves(minors))
    assert sealed(leaves([*minors[:place], other, *minors[place + 1 :]])) != before
    nodes = leaves(minors)
    shuffled = data.draw(st.permutations(range(len(nodes))))
    if shuffled != list(range(len(nodes))):
        assert sealed([nodes[i] for i in shuffled]) != before
    assert sealed(nodes[:-1]) != before
    assert sealed([*nodes, nodes[-1]]) != before


@given(amounts.filter(lambda x: len(x) > 1), st.data())
def test_a_changed_proof_leads_elsewhere_or_nowhere(minors, data):
    nodes = leaves(minors)
    place = data.draw(st.integers(0, len(nodes) - 1))
    siblings = merkle_sum.path(nodes, place)
    step = data.draw(st.integers(0, len(siblings) - 1))
    node, count = nodes[place], len(nodes)
    kind = data.draw(
        st.sampled_from(
            ["sum", "negative", "shift", "hash", "drop", "add", "place", "leaf"]
        )
    )
    beside = siblings[step]
    changes = {
        "sum": replace(beside, sum_minor=beside.sum_minor + 1),
        "negative": replace(beside, sum_minor=-1),
        # A cent from the sibling to the leaf: the total stays, the root must not.
        "shift": replace(beside, sum_minor=max(beside.sum_minor - 1, 0)),
        "hash": replace(beside, hash=nonce(200)),
    }
    if kind in changes:
        siblings[step] = changes[kind]
    if kind == "shift":
        node = replace(node, sum_minor=node.sum_minor + 1)
    elif kind == "drop":
        del siblings[step]
    elif kind == "add":
        siblings.append(Node(nonce(201), 0))
    elif kind == "place":
        place = (place + 1) % count
    elif kind == "leaf":
        node = replace(node, hash=nonce(202))
    try:
        found = merkle_sum.climb(node, siblings, place=place, count=count)
    except ValueError:
        return
    assert found.hash != merkle_sum.top(nodes).hash


@pytest.mark.parametrize("minor", [-1, MAX_SUM + 1])
def test_a_leaf_is_never_negative_nor_too_large(minor):
    with pytest.raises(ValueError, match="lies between"):
        merkle_sum.leaf(nonce=nonce(1), owner="x", currency=CUR, amount_minor=minor)


def test_sums_never_overflow():
    nodes = leaves([MAX_SUM, 1])
    with pytest.raises(ValueError, match="lies between"):
        merkle_sum.top(nodes)
    with pytest.raises(ValueError, match="lies between"):
        merkle_sum.climb(nodes[0], nodes[1:], place=0, count=2)
    assert merkle_sum.top(leaves([MAX_SUM, 0])).sum_minor == MAX_SUM


def test_a_short_secret_or_a_place_outside_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        merkle_sum.leaf(nonce=b"short", owner="x", currency=CUR, amount_minor=1)
    nodes = leaves([1, 2, 3])
    for place in (-1, 3):
        with pytest.raises(ValueError, match="no place"):
            merkle_sum.path(nodes, place)
        with pytest.raises(ValueError, match="no place"):
            merkle_sum.climb(nodes[0], [], place=place, count=3)
    with pytest.raises(ValueError, match="too short"):
        merkle_sum.climb(nodes[0], [], place=0, count=3)
    with pytest.raises(ValueError, match="too long"):
        merkle_sum.climb(nodes[0], nodes, place=0, count=1)


def test_the_root_binds_the_day_the_currency_and_the_count():
    over = merkle_sum.top(leaves([1, 2, 3]))
    roots = {
        merkle_sum.root(over, count=count, day=day, currency=currency)
        for count in (3, 4)
        for day in (DAY, "2026-03-03")
        for currency in (CUR, "EUR")
    }
    assert len(roots) == 8


def test_leaves_nodes_and_roots_never_pass_for_one_another():
    """The same bytes under each first byte; and no text runs over into its neighbour."""
    first = merkle_sum.leaf(nonce=nonce(1), owner="ab", currency="c", amount_minor=0)
    second = merkle_sum.leaf(nonce=nonce(1), owner="a", currency="bc", amount_minor=0)
    assert first.hash != second.hash
    left, right = leaves([3, 4])
    said = (3).to_bytes(8, "big") + left.hash + (4).to_bytes(8, "big") + right.hash
    assert merkle_sum.join(left, right).hash == hashlib.sha256(b"\x01" + said).digest()
    assert merkle_sum.top([]).sum_minor == 0
