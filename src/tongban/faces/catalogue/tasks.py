"""Background jobs of bulk imports: where the worker looks for them."""

from tongban.faces.catalogue.services import carry_on

__all__ = ["carry_on"]
