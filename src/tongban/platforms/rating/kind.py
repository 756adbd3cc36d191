"""What rating declares to the engine: the case that a bad rating opens (差评回访)."""

from tongban.engine.facts import ExtraFacts, register_facts
from tongban.engine.kinds import Kind, register_kind
from tongban.registry.models.permissions import Secrecy

#: Restricted: who served the applicant is not told that they were rated, so most of the unit does not see it either.
CALLBACK = Kind(
    "callback", "差评回访", number_prefix="HF", public=False, secrecy=Secrecy.RESTRICTED, house=True
)

#: For statistics: the ratings as they stand, without rater and rated.
RATINGS = ExtraFacts(
    "ratings",
    "SELECT case_id, 'rating', given_at, level, NULL::bigint, NULL::bigint, NULL, NULL FROM rating_rating",
)


def declare() -> None:
    """Called once, when the programme starts."""
    register_kind(CALLBACK)
    register_facts(RATINGS)
