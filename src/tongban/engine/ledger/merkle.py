"""Merkle tree of an append-only log after RFC 9162 §2.1 (Certificate Transparency 2.0): heads and proofs.

Pure: imports neither Django nor the database. The hash function is an argument, since an installation may use
SM3 instead of SHA-256. A node is named by (level, index) and covers the leaves [index << level, (index + 1) << level);
only nodes whose leaves all exist are ever stored, so a stored node never changes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Hash = Callable[[bytes], bytes]
Place = tuple[int, int]  # (level, index) of a complete subtree
Plan = tuple[
    tuple[Place, ...], ...
]  # per proof element: the complete subtrees that make it up, left to right


class ProofError(ValueError):
    """A proof that does not show what it claims; the message says which rule of RFC 9162 it breaks."""


def leaf_hash(entry: bytes, hash_: Hash) -> bytes:
    """Hash of a leaf, HASH(0x00 || entry)."""
    return hash_(b"\x00" + entry)


def node_hash(left: bytes, right: bytes, hash_: Hash) -> bytes:
    """Hash of an inner node, HASH(0x01 || left || right)."""
    return hash_(b"\x01" + left + right)


class Frontier:
    """The right edge of a growing tree: the hashes of its complete subtrees, largest first.

    Holds at most log2(size) + 1 hashes, so a tree of any size is appended to in constant memory.
    """

    __slots__ = ("_hash", "_stack", "size")

    def __init__(self, hash_: Hash, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        """Resume at `size` leaves; `subtrees` are the hashes at `edge(size)`, in that order."""
        if len(subtrees) != size.bit_count():
            raise ValueError(
                f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(subtrees)}"
            )
        self._hash = hash_
        self._stack = list(subtrees)
        self.size = size

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf *hash*; returns the nodes (level, index, hash), level >= 1, that became complete by it."""
        done: list[tuple[int, int, bytes]] = []
        stack, index, level = self._stack, self.size, 0
        while index & 1:
            leaf = self._hash(b"\x01" + stack.pop() + leaf)
            index >>= 1
            level += 1
            done.append((level, index, leaf))
        stack.append(leaf)
        self.size += 1
        return done

    def root(self) -> bytes:
        """The Merkle tree head; HASH() of nothing for the empty tree."""
        return _fold(self._stack, self._hash) if self._stack else self._hash(b"")


def edge(size: int) -> tuple[Place, ...]:
    """The complete subtrees that make up a tree of `size` leaves, left to right."""
    return _subtrees(0, size)


def inclusion_plan(index: int, size: int) -> Plan:
    """Which nodes make the inclusion proof of leaf `index` in the tree of `size` leaves (RFC 9162 §2.1.3.1).

    At most 2·log2(size) nodes in all. Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    plan: list[tuple[Place, ...]] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            plan.append(_subtrees(middle, high))
            high = middle
        else:
            plan.append(_subtrees(low, middle))
            low = middle
    return tuple(reversed(plan))


def consistency_plan(old: int, new: int) -> Plan:
    """Which nodes prove that the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 9162 §2.1.4.1).

    Empty for old == new and for old == 0, where there is nothing to prove. Raises ValueError when old > new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves cannot come before one of {new}")
    if old in (0, new):
        return ()
    plan: list[tuple[Place, ...]] = []
    low, high, whole = 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            plan.append(_subtrees(middle, high))
            high = middle
        else:
            plan.append(_subtrees(low, middle))
            low, whole = middle, False
    if not whole:
        plan.append(_subtrees(low, high))
    return tuple(reversed(plan))


def places(plans: Iterable[Plan]) -> set[Place]:
    """Every node that the plans need: what to read in one go."""
    return {place for plan in plans for element in plan for place in element}


def resolve(plan: Plan, nodes: Mapping[Place, bytes], hash_: Hash) -> list[bytes]:
    """The proof itself, from the hashes of the nodes it needs. Raises KeyError when one is absent."""
    return [_fold([nodes[place] for place in element], hash_) for element in plan]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes, hash_: Hash
) -> None:
    """Check that the leaf *hash* stands at `index` in the tree with that size and head (RFC 9162 §2.1.3.2).

    Raises ProofError.
    """
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    at, last, here = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            here = node_hash(sibling, here, hash_)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            here = node_hash(here, sibling, hash_)
        at >>= 1
        last >>= 1
    if last:
        raise ProofError("the proof is too short")
    if here != root:
        raise ProofError("the proof does not lead to the head")


def verify_consistency(  # noqa: C901, PLR0912 -- one algorithm of the RFC, kept in the order it has there
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes], hash_: Hash
) -> None:
    """Check that the tree of `old` leaves is a prefix of that of `new` (RFC 9162 §2.1.4.2). Raises ProofError."""
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves cannot come before one of {new}")
    if old in {0, new}:
        if proof:
            raise ProofError("the proof is too long")
        if old == new and old_root != new_root:
            raise ProofError("two heads of one size differ")
        if old == 0 and old_root != hash_(b""):
            raise ProofError("the head of the empty tree is wrong")
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise ProofError("the proof is too short")
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            older = node_hash(sibling, older, hash_)
            newer = node_hash(sibling, newer, hash_)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            newer = node_hash(newer, sibling, hash_)
        at >>= 1
        last >>= 1
    if last:
        raise ProofError("the proof is too short")
    if older != old_root:
        raise ProofError("the proof does not lead to the older head")
    if newer != new_root:
        raise ProofError("the proof does not lead to the newer head")


def _split(count: int) -> int:
    """The largest power of two smaller than `count`, where RFC 9162 divides a tree (count > 1)."""
    return 1 << (count - 1).bit_length() - 1


def _subtrees(low: int, high: int) -> tuple[Place, ...]:
    """Complete subtrees covering [low, high), largest first; `low` is a multiple of the largest."""

    def walk() -> Iterator[Place]:
        at = low
        while at < high:
            level = (high - at).bit_length() - 1
            yield level, at >> level
            at += 1 << level

    return tuple(walk())


def _fold(hashes: Sequence[bytes], hash_: Hash) -> bytes:
    """Head over complete subtrees of falling size: the small ones hang together on the right."""
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = hash_(b"\x01" + left + root)
    return root
