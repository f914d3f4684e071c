"""The Merkle tree of a log, as in RFC 6962 section 2.1: roots, inclusion proofs and consistency proofs.

Leaves count from 0 here (entry 1 is leaf 0). A leaf's digest is ``SHA-256(0x00 || data)``, an inner node's
``SHA-256(0x01 || left || right)``. A *whole* node ``(level, index)`` is the root over the leaves
``index * 2**level`` up to ``(index + 1) * 2**level``; it never changes once it is there, so a store keeps exactly the
whole nodes, and everything else is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "Nodes",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "peaks",
    "tree_root",
    "verify_consistency",
    "verify_inclusion",
]

Nodes = Callable[[int, int], bytes]
"""Where whole nodes come from: ``(level, index) -> digest``."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The digest of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The digest of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def peaks(size: int) -> list[tuple[int, int]]:
    """The whole nodes ``(level, index)`` a tree of ``size`` leaves is made of, from the left (the largest first)."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


@dataclass(slots=True)
class Frontier:
    """What is needed to append to a tree: its size, and the digests of its peaks from the left."""

    size: int = 0
    digests: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> bytes:
        """Append a leaf; return its digest and those of the whole nodes it completes, lowest first, joined."""
        made, node, size = [leaf], leaf, self.size
        while size & 1:
            node = node_hash(self.digests.pop(), node)
            made.append(node)
            size >>= 1
        self.digests.append(node)
        self.size += 1
        return b"".join(made)

    def root(self) -> bytes:
        """The root over every leaf so far."""
        if not self.digests:
            return EMPTY_ROOT
        root = self.digests[-1]
        for digest in reversed(self.digests[:-1]):
            root = node_hash(digest, root)
        return root


def tree_root(size: int, nodes: Nodes) -> bytes:
    """The root over the first ``size`` leaves."""
    return Frontier(size=size, digests=[nodes(level, index) for level, index in peaks(size)]).root()


def inclusion_proof(leaf: int, size: int, nodes: Nodes) -> list[bytes]:
    """The digests that lead from a leaf to the root of the first ``size`` leaves (RFC 6962 section 2.1.1).

    Raises ``ValueError`` unless ``0 <= leaf < size``.
    """
    if not 0 <= leaf < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {leaf}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf < middle:
            proof.append(_subtree(middle, end, nodes))
            end = middle
        else:
            proof.append(_subtree(start, middle, nodes))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The digests that show the tree of ``old`` leaves to be the beginning of that of ``new`` (section 2.1.2).

    Raises ``ValueError`` unless ``0 <= old <= new``; empty where there is nothing to show (``old`` is 0 or ``new``).
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with one of {old}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_subtree(middle, end, nodes))
            end = middle
        else:
            proof.append(_subtree(start, middle, nodes))
            start, whole = middle, False
    if not whole:
        proof.append(_subtree(start, end, nodes))
    return proof[::-1]


def verify_inclusion(digest: bytes, leaf: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether ``proof`` leads from the digest of a leaf to the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= leaf < size:
        return False
    index, last, node = leaf, size - 1, digest
    for step in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(step, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, step)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows the tree with ``old_root`` to be the beginning of that with ``new_root`` (9162, 2.1.4.2).

    A tree without leaves is the beginning of every tree, with an empty proof.
    """
    if old in (0, new):
        return not proof and 0 <= old <= new and old_root == (new_root if old else EMPTY_ROOT)
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not 0 < old < new or not steps:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, step)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(count: int) -> int:
    """The largest power of two below ``count`` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(start: int, end: int, nodes: Nodes) -> bytes:
    """The root over the leaves from ``start`` to ``end``, ``start`` as the recursion of RFC 6962 leaves it."""
    digests = []
    for level, index in peaks(end - start):
        digests.append(nodes(level, (start >> level) + index))
    return Frontier(size=end - start, digests=digests).root()
