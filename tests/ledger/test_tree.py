"""The tree against its definition, against golang.org/x/mod/sumdb/tlog, and against pymerkle."""

import json
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pymerkle  # type: ignore[import-untyped] # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    peaks,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

pytestmark = pytest.mark.requirement("LEDGER-03")

VECTORS = Path(__file__).parents[1] / "vectors" / "ledger_go.json"
TREES = st.integers(min_value=1, max_value=70)


def leaves(count: int) -> list[bytes]:
    """Digests of leaves, all different."""
    return [leaf_hash(b"entry %d" % (number + 1)) for number in range(count)]


def defined_root(digests: list[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 writes it down."""
    if not digests:
        return EMPTY_ROOT
    if len(digests) == 1:
        return digests[0]
    split = 1
    while split * 2 < len(digests):
        split *= 2
    return node_hash(defined_root(digests[:split]), defined_root(digests[split:]))


def nodes_of(count: int) -> Callable[[int, int], bytes]:
    """The whole nodes of a tree."""
    digests = leaves(count)

    @cache
    def node(level: int, index: int) -> bytes:
        assert (index + 1) << level <= count, "not a whole node"
        return defined_root(digests[index << level : (index + 1) << level])

    return node


@cache
def from_go() -> dict[str, Any]:
    """What the reference implementation in Go made of the same leaves."""
    said: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return said


def decoded(path: list[str]) -> list[bytes]:
    """Digests from base64."""
    return [b64decode(step) for step in path]


@given(TREES)
def test_appending_keeps_the_root_and_hands_out_every_whole_node_once(size: int) -> None:
    frontier, kept = Frontier(), {}
    for number, leaf in enumerate(leaves(size), start=1):
        made = frontier.append(leaf)
        for level in range(len(made) // 32):
            kept[level, (number >> level) - 1] = made[32 * level : 32 * (level + 1)]
    node = nodes_of(size)
    assert frontier.root() == defined_root(leaves(size)) == tree_root(size, node)
    assert kept == {(level, index): node(level, index) for level in range(7) for index in range(size >> level)}


def test_the_empty_tree_and_the_peaks_of_a_few() -> None:
    assert tree_root(0, nodes_of(1)) == EMPTY_ROOT == Frontier().root()
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert peaks(0) == []
    assert peaks(13) == [(3, 0), (2, 2), (0, 12)]


@given(TREES, st.data())
def test_an_inclusion_proof_verifies_and_one_changed_digest_does_not(size: int, data: st.DataObject) -> None:
    leaf = data.draw(st.integers(min_value=0, max_value=size - 1))
    node, root = nodes_of(size), defined_root(leaves(size))
    proof = inclusion_proof(leaf, size, node)
    assert verify_inclusion(leaves(size)[leaf], leaf, size, proof, root)
    assert not verify_inclusion(leaves(size)[leaf], leaf, size, [*proof, root], root)
    assert not verify_inclusion(leaf_hash(b"another"), leaf, size, proof, root)
    assert not verify_inclusion(leaves(size)[leaf], size, size, proof, root)
    if proof:
        spoilt = data.draw(st.integers(min_value=0, max_value=len(proof) - 1))
        changed = [bytes([step[0] ^ 1]) + step[1:] if place == spoilt else step for place, step in enumerate(proof)]
        assert not verify_inclusion(leaves(size)[leaf], leaf, size, changed, root)
        assert not verify_inclusion(leaves(size)[leaf], leaf, size, proof[:-1], root)


@given(TREES, st.data())
def test_a_consistency_proof_verifies_and_no_other_beginning_does(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(min_value=0, max_value=size))
    old_root, root = defined_root(leaves(old)), defined_root(leaves(size))
    proof = consistency_proof(old, size, nodes_of(size))
    assert verify_consistency(old, size, old_root, root, proof)
    assert not verify_consistency(old, size, leaf_hash(b"another"), root, proof)
    if old:
        assert not verify_consistency(old, size, old_root, leaf_hash(b"another"), proof)
    if proof:
        assert not verify_consistency(old, size, old_root, root, proof[:-1])
        assert not verify_consistency(old, size, old_root, root, [*proof, root])
        assert not verify_consistency(old, size, old_root, root, [proof[0][::-1], *proof[1:]])


@pytest.mark.parametrize(("leaf", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(leaf: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_proof(leaf, size, nodes_of(3))
    assert not verify_inclusion(leaf_hash(b""), leaf, size, [], EMPTY_ROOT)


def test_a_larger_tree_is_the_beginning_of_no_smaller_one() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(4, 3, nodes_of(4))
    assert not verify_consistency(4, 3, defined_root(leaves(4)), defined_root(leaves(3)), [])


@pytest.mark.requirement("LEDGER-08")
def test_roots_and_proofs_are_those_of_the_reference_implementation_in_go() -> None:
    for size, root in from_go()["roots"].items():
        assert tree_root(int(size), nodes_of(int(size))) == b64decode(root)
    for leaf, size, path in from_go()["inclusions"]:
        assert inclusion_proof(leaf, size, nodes_of(size)) == decoded(path)
    for old, size, path in from_go()["consistencies"]:
        assert consistency_proof(old, size, nodes_of(size)) == decoded(path)
    assert len(from_go()["inclusions"]) + len(from_go()["consistencies"]) == 226


@pytest.mark.requirement("LEDGER-08")
def test_pymerkle_verifies_the_proofs_and_has_the_same_root() -> None:
    entries = [b"entry %d" % (number + 1) for number in range(53)]
    other = pymerkle.InmemoryTree.init_from_entries(entries, algorithm="sha256")
    node = nodes_of(53)
    assert other.get_root() == tree_root(53, node)
    for leaf in range(53):
        theirs = other.prove_inclusion(leaf + 1, 53)
        own = inclusion_proof(leaf, 53, node)
        assert [step for step in theirs.path if step != leaves(53)[leaf]] == own
        pymerkle.verify_inclusion(leaves(53)[leaf], tree_root(53, node), theirs)
        assert verify_inclusion(leaves(53)[leaf], leaf, 53, theirs.path[1:], other.get_root())
