"""What officials write on cases: opinions, notices and decisions in office language (data/words.json). Pure."""

from random import Random
from typing import NamedTuple

from tongban.base.codes import make_doc_number
from tongban.project.demo.tables import table


class Pause(NamedTuple):
    """A special procedure: its legal basis, the days it is announced to take, what is written at its end."""

    basis: str
    days: int
    outcome: str


def opinion(outcome: str, rng: Random) -> str:
    """A sentence fit for a step that came out so."""
    return str(rng.choice(table("words.json")["opinions"].get(outcome, ["已办理。"])))


def one_of(what: str, rng: Random) -> str:
    """One of the sentences kept under a heading (withdrawals, urges, notes …)."""
    return str(rng.choice(table("words.json")[what]))


def reasoned(what: str, rng: Random) -> dict[str, str]:
    """A reason with its remedy (refusals) or basis (terminations)."""
    return dict(rng.choice(table("words.json")[what]))


def denial(matter: str) -> dict[str, str]:
    """Why not, and what can be done against it (行政许可法第三十八条)."""
    words = table("words.json")
    return {"reason": words["denials"].get(matter, words["denials"][""]), "remedy": words["remedy"]}


def backdating() -> str:
    """Why something was entered late."""
    return str(table("words.json")["backdating"])


def correction_items(matter: str, rng: Random) -> list[str]:
    """What a one-time notice (一次性告知) asks for."""
    corrections = table("words.json")["corrections"]
    known = [*corrections.get(matter, ()), *corrections[""]]
    return rng.sample(known[:3], 2 if matter in corrections else 1)


def pause(procedure: str) -> Pause:
    """What is written about a special procedure (特别程序)."""
    return Pause(**table("words.json")["pauses"][procedure])


def document(unit: str, word: str, year: int, rng: Random) -> str:
    """A document number (文号) of a unit, by the code with which it signs (机关代字)."""
    agency = table("words.json")["units"].get(unit, "安政")
    return make_doc_number(agency + word, year, rng.randint(11, 480)).text
