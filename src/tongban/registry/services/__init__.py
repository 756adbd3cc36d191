"""The only code that writes the registry. The acting account comes first; refusals are ``RegistryRefused``."""

from tongban.registry.services.identities import verify_identity
from tongban.registry.services.matters import (
    add_erratum,
    cancel_matter,
    delete_draft,
    draft_version,
    export_matter,
    import_matter,
    import_matters,
    pass_review,
    publish,
    retire,
    return_to_draft,
    save_draft,
    submit_for_review,
)
from tongban.registry.services.organisations import (
    abolish_organisation,
    import_organisations,
    revise_organisation,
)
from tongban.registry.services.permissions import (
    appoint,
    end_holding,
    give_grant,
    load_role_grants,
    revoke_grant,
)
from tongban.registry.services.posts import import_posts

__all__ = [
    "abolish_organisation",
    "add_erratum",
    "appoint",
    "cancel_matter",
    "delete_draft",
    "draft_version",
    "end_holding",
    "export_matter",
    "give_grant",
    "import_matter",
    "import_matters",
    "import_organisations",
    "import_posts",
    "load_role_grants",
    "pass_review",
    "publish",
    "retire",
    "return_to_draft",
    "revise_organisation",
    "revoke_grant",
    "save_draft",
    "submit_for_review",
    "verify_identity",
]
