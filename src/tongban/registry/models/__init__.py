"""Tables of the one library (一库): people, organisations, permissions, matters, and the log of their changes."""

from tongban.registry.models.accesses import AccessRecord
from tongban.registry.models.accounts import Account
from tongban.registry.models.changes import Generation, RegistryChange
from tongban.registry.models.matters import (
    HOUSE_FLOWS,
    Condition,
    Erratum,
    FeeItem,
    GuideIndex,
    GuideTerm,
    LegalBasis,
    Material,
    Matter,
    Offering,
    OfferingVersion,
    ResultItem,
    RiskPoint,
    Step,
    TimeLimit,
)
from tongban.registry.models.organisations import (
    Holding,
    Organisation,
    OrganisationVersion,
    Post,
    Region,
)
from tongban.registry.models.permissions import Grant

__all__ = [
    "HOUSE_FLOWS",
    "AccessRecord",
    "Account",
    "Condition",
    "Erratum",
    "FeeItem",
    "Generation",
    "Grant",
    "GuideIndex",
    "GuideTerm",
    "Holding",
    "LegalBasis",
    "Material",
    "Matter",
    "Offering",
    "OfferingVersion",
    "Organisation",
    "OrganisationVersion",
    "Post",
    "Region",
    "RegistryChange",
    "ResultItem",
    "RiskPoint",
    "Step",
    "TimeLimit",
]
