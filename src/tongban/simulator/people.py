"""Who applies: a town of people and firms, each the same whenever they come again. Pure; keeps nobody in memory."""

from random import Random

from tongban.project.demo.people import Firm, Person, Population

#: One person in so many cases: people come back.
CASES_FOR_A_PERSON = 4


class Town:
    """The people of one seed, asked for by number."""

    def __init__(self, seed: int, cases: int) -> None:
        self._seed = seed
        self.size = max(50, cases // CASES_FOR_A_PERSON)

    def person(self, k: int) -> Person:
        """The person of that number."""
        return Passers(self._seed, f"person {k}", k).person()

    def firm(self, k: int, *, sole: bool) -> Firm:
        """The firm of that number."""
        return Passers(self._seed, f"firm {k} {sole}", k).firm(sole=sole)


class Passers(Population):
    """People met only once: witnesses, agents, neighbours named in a form."""

    def __init__(self, seed: int, what: str, number: int) -> None:
        super().__init__(Random(f"{seed} {what}"))  # noqa: S311 -- a story, not a secret
        self._next = number * 7 % 90000
