"""`python -m bench.import [seconds]`: how well documents are read, field by field, and how many a second.

Labelled documents are the project's own (`tests/unit/disclosure/samples.py`) and, where they lie beside the project, the
published ones that the tests read. A reading below one half is a hint and counts as none, as it does for the clerk. One process,
no database.
"""

import sys
import time
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256

from tests.unit.disclosure.samples import SAMPLES
from tests.unit.disclosure.test_real_documents_are_read import FOLDER, READ
from tongban.platforms.disclosure.reader import FIELDS, Reading, read_bytes
from tongban.platforms.disclosure.services.batches import SURE

TITLES: dict[str, str] = {}
"""SHA-256 of the titles of the published documents, without blanks: their words are not the project's."""
PROMISED = 0.98


@dataclass(frozen=True)
class Labelled:
    """A document with what must be read from it; None: nothing must be."""

    name: str
    data: bytes
    filename: str
    expected: dict[str, str | None]


def main(seconds: float) -> int:
    """Read all, compare, tell; 1 when a field of the published documents is wrong or the rest falls short."""
    own = [Labelled(name, text.encode(), "a.txt", said) for name, text, said in SAMPLES]
    found = _published()
    fine = _told("the project's own", own, PROMISED)
    fine &= _told("published elsewhere", found, 1.0) if found else True
    if not found:
        print("published elsewhere: not on this machine")
    _speed([*own, *found], seconds)
    return int(not fine)


def _published() -> list[Labelled]:
    if FOLDER is None:
        return []
    return [
        Labelled(name, (FOLDER / name).read_bytes(), name, {**said, "title": TITLES.get(name, "?")})
        for name, said in READ.items()
    ]


def _told(what: str, documents: list[Labelled], least: float) -> bool:
    readings = [(document, read_bytes(document.data, document.filename)) for document in documents]
    print(f"{what}: {len(documents)} documents")
    print(
        f"  {'field':14}{'labelled':>9}{'right':>7}{'wrong':>7}{'missed':>8}{'invented':>10}{'accuracy':>10}"
    )
    accuracies = []
    for field in FIELDS:
        counts: Counter[str] = Counter()
        for document, reading in readings:
            if field in document.expected:
                verdict = _verdict(field, document.expected[field], reading)
                counts[verdict] += 1
                if verdict != "right":
                    print(
                        f"    {document.name}: {field} is {_value(reading, field)!r}, not {document.expected[field]!r}"
                    )
        if labelled := sum(counts.values()):
            accuracies.append(counts["right"] / labelled)
            cells = "".join(
                f"{counts[word]:>{width}}"
                for word, width in (("right", 7), ("wrong", 7), ("missed", 8), ("invented", 10))
            )
            print(f"  {field:14}{labelled:>9}{cells}{accuracies[-1]:>9.1%}")
    return min(accuracies) >= least


def _verdict(field: str, expected: str | None, reading: Reading) -> str:
    value = _value(reading, field)
    if field == "title" and value and expected and len(expected) == 64:
        value = sha256("".join(value.split()).encode()).hexdigest()
    if value == expected:
        return "right"
    if expected is None:
        return "invented"
    return "missed" if value is None else "wrong"


def _value(reading: Reading, field: str) -> str | None:
    found = reading.fields.get(field)
    return found.best.value if found and found.best.confidence >= SURE else None


def _speed(documents: list[Labelled], seconds: float) -> None:
    for what, some in (("all", documents), ("under 20 kB", [d for d in documents if len(d.data) < 20_000])):
        done, worked, began = 0, time.process_time(), time.perf_counter()
        while time.perf_counter() - began < seconds:
            for document in some:
                read_bytes(document.data, document.filename)
            done += len(some)
        took, worked = time.perf_counter() - began, time.process_time() - worked
        size = sum(len(document.data) for document in some) / len(some)
        print(
            f"read, {what:12} {len(some):3} documents of {size:7,.0f} bytes: {done / took:6.0f}/s, {done / worked:6.0f} a second of this processor"
        )


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
