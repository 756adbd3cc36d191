"""The tree against RFC 9162 §2.1: published vectors, and the RFC's own recursive definitions written out naively."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.standards.merkle_vectors import CONSISTENCY, EMPTY, ENTRIES, HEADS, INCLUSION
from tongban.base.canonical import digest
from tongban.engine.ledger.merkle import (
    Frontier,
    ProofError,
    consistency_plan,
    edge,
    inclusion_plan,
    leaf_hash,
    places,
    resolve,
    verify_consistency,
    verify_inclusion,
)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# The definitions of RFC 9162 §2.1.1, §2.1.3.1 and §2.1.4.1, as they stand there.
def mth(d: list[bytes]) -> bytes:
    if not d:
        return sha256(b"")
    if len(d) == 1:
        return sha256(b"\x00" + d[0])
    k = largest_power_below(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:]))


def path(m: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = largest_power_below(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: list[bytes], *, complete: bool) -> list[bytes]:
    if m == len(d):
        return [] if complete else [mth(d)]
    k = largest_power_below(len(d))
    if m <= k:
        return [*subproof(m, d[:k], complete=complete), mth(d[k:])]
    return [*subproof(m - k, d[k:], complete=False), mth(d[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def grown(entries: list[bytes], hash_=sha256) -> tuple[Frontier, dict[tuple[int, int], bytes]]:
    """The tree built leaf by leaf, with every node that ever became complete."""
    frontier, nodes = Frontier(hash_), {}
    for index, entry in enumerate(entries):
        nodes[0, index] = leaf_hash(entry, hash_)
        nodes.update(((level, at), value) for level, at, value in frontier.append(nodes[0, index]))
    return frontier, nodes


@pytest.mark.parametrize("size", range(1, 9))
def test_heads_are_the_published_ones(size: int) -> None:
    assert grown(ENTRIES[:size])[0].root().hex() == HEADS[size - 1]


def test_head_of_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert Frontier(sha256).root().hex() == EMPTY


@pytest.mark.parametrize(("leaf", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(leaf: int, size: int, proof: list[str]) -> None:
    nodes = grown(ENTRIES[:size])[1]
    assert [p.hex() for p in resolve(inclusion_plan(leaf, size), nodes, sha256)] == proof


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(old: int, new: int, proof: list[str]) -> None:
    nodes = grown(ENTRIES[:new])[1]
    assert [p.hex() for p in resolve(consistency_plan(old, new), nodes, sha256)] == proof


ENTRY_LISTS = st.lists(st.binary(max_size=4), min_size=1, max_size=70)


@given(ENTRY_LISTS, st.data())
def test_inclusion_agrees_with_the_definition_and_verifies(entries: list[bytes], data: st.DataObject) -> None:
    leaf = data.draw(st.integers(0, len(entries) - 1))
    frontier, nodes = grown(entries)
    proof = resolve(inclusion_plan(leaf, len(entries)), nodes, sha256)
    assert proof == path(leaf, entries)
    assert frontier.root() == mth(entries)
    verify_inclusion(leaf, len(entries), nodes[0, leaf], proof, frontier.root(), sha256)


@given(ENTRY_LISTS, st.data())
def test_consistency_agrees_with_the_definition_and_verifies(
    entries: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, len(entries)))
    frontier, nodes = grown(entries)
    proof = resolve(consistency_plan(old, len(entries)), nodes, sha256)
    assert proof == subproof(old, entries, complete=True)
    verify_consistency(old, len(entries), mth(entries[:old]), frontier.root(), proof, sha256)


@given(ENTRY_LISTS, st.data())
def test_no_other_leaf_place_size_or_proof_is_accepted(entries: list[bytes], data: st.DataObject) -> None:
    size = len(entries)
    leaf = data.draw(st.integers(0, size - 1))
    frontier, nodes = grown(entries)
    proof, root = resolve(inclusion_plan(leaf, size), nodes, sha256), frontier.root()
    wrong = [
        (leaf, size, leaf_hash(b"other entry", sha256), proof, root),
        (leaf, size, nodes[0, leaf], [*proof, root], root),
        (leaf, size, nodes[0, leaf], proof, sha256(root)),
        (size, size, nodes[0, leaf], proof, root),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong.append((leaf, size, nodes[0, leaf], [*proof[:at], sha256(proof[at]), *proof[at + 1 :]], root))
        wrong.append((leaf, size, nodes[0, leaf], proof[:-1], root))
    for case in wrong:
        with pytest.raises(ProofError):
            verify_inclusion(*case, sha256)


@given(ENTRY_LISTS, st.data())
def test_a_rewritten_past_is_not_consistent(entries: list[bytes], data: st.DataObject) -> None:
    new = len(entries)
    old = data.draw(st.integers(1, new))
    frontier, nodes = grown(entries)
    proof = resolve(consistency_plan(old, new), nodes, sha256)
    changed = [b"rewritten", *entries[1:]] if entries[0] != b"rewritten" else [b"", *entries[1:]]
    with pytest.raises(ProofError):
        verify_consistency(old, new, mth(changed[:old]), frontier.root(), proof, sha256)
    with pytest.raises(ProofError):
        verify_consistency(old, new, mth(entries[:old]), frontier.root(), [*proof, frontier.root()], sha256)


@given(ENTRY_LISTS, st.data())
def test_growth_resumes_from_the_stored_edge(entries: list[bytes], data: st.DataObject) -> None:
    stop = data.draw(st.integers(0, len(entries)))
    whole, nodes = grown(entries)
    resumed = Frontier(sha256, stop, [nodes[place] for place in edge(stop)])
    for entry in entries[stop:]:
        resumed.append(leaf_hash(entry, sha256))
    assert resumed.root() == whole.root()


@given(st.integers(1, 30_000_000), st.data())
def test_a_proof_over_thirty_million_leaves_needs_few_nodes(size: int, data: st.DataObject) -> None:
    leaf = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    for plan in (inclusion_plan(leaf, size), consistency_plan(old, size)):
        needed = places([plan])
        assert len(needed) <= 2 * size.bit_length()
        assert all((index + 1) << level <= size for level, index in needed), (
            "only complete subtrees are ever read"
        )


def test_the_tree_may_be_hashed_with_sm3() -> None:
    def sm3(data: bytes) -> bytes:
        return digest(data, "sm3")

    frontier, nodes = grown(ENTRIES, sm3)
    proof = resolve(inclusion_plan(5, 8), nodes, sm3)
    verify_inclusion(5, 8, nodes[0, 5], proof, frontier.root(), sm3)
    assert frontier.root().hex() != HEADS[7]
