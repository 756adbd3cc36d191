"""Other tables whose rows the chain vouches for: platforms name a witness, and `ledger verify` asks it as it asks the cases."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tongban.engine.ledger.verify.report import Misfit, Report

#: Yields what does not fit; of these cases only where ids are given. Reads in the snapshot of the verification.
Witness = Callable[[Sequence[int] | None], Iterator[Misfit]]

_witnesses: dict[str, Witness] = {}


def register_witness(name: str, witness: Witness) -> Witness:
    """Have `ledger verify` ask this too. Raises ValueError when the name is taken."""
    if _witnesses.setdefault(name, witness) is not witness:
        raise ValueError(f"witness {name!r} is declared already")
    return witness


def witnesses() -> Mapping[str, Witness]:
    """The witnesses by name."""
    return _witnesses


def ask_witnesses(report: Report, only: Sequence[int] | None) -> None:
    """Ask all of them and put down what they say."""
    for witness in _witnesses.values():
        for misfit in witness(only):
            report.add(misfit)
        report.counts["witnesses"] += 1
