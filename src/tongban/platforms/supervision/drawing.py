"""The method of random draws (随机抽查), published: pure, from four things that are all in the open once it is done.

1. Announced: the numbers of the cases, sorted, and SHA-256 of a secret seed of 32 bytes. Both are bound into the ledger.
2. The root of the first head of the ledger signed after that: nobody knew it when the seed was chosen.
3. key = SHA-256(seed ‖ root); the mark of a case = SHA-256(key ‖ its number in UTF-8).
4. Drawn are the cases with the smallest marks, in their order.

Whoever draws cannot choose: the seed was fixed before the root was known, and the root is nobody's to choose.
"""

from collections.abc import Iterable
from hashlib import sha256


def commitment(seed: str) -> str:
    """What is announced of a seed; both as hex."""
    return sha256(bytes.fromhex(seed)).hexdigest()


def population_digest(numbers: Iterable[str]) -> str:
    """SHA-256 of the sorted numbers, one a line, as hex."""
    return sha256("\n".join(sorted(numbers)).encode()).hexdigest()


def drawn(seed: str, root: str, numbers: Iterable[str], wanted: int) -> list[str]:
    """The numbers that the draw falls on, in the order of their marks. Seed and root as hex."""
    key = sha256(bytes.fromhex(seed) + bytes.fromhex(root)).digest()
    return sorted(numbers, key=lambda number: (sha256(key + number.encode()).digest(), number))[:wanted]
