"""Identifiers of the field: each is parsed and written strictly, and read leniently from other people's data.

`parse_x` gives a value or raises CodeError; `is_x` asks; `import_x` keeps what it was given and says what it doubts;
`mask_x` hides what a page need not show. Pure. Which regions, units or people exist is the registry's business.
"""

from tongban.base.codes.citizen_id import (
    CitizenId,
    import_citizen_id,
    is_citizen_id,
    make_citizen_id,
    mask_citizen_id,
    parse_citizen_id,
    upgrade_citizen_id,
)
from tongban.base.codes.doc_number import (
    DocNumber,
    import_doc_number,
    is_doc_number,
    make_doc_number,
    parse_doc_number,
)
from tongban.base.codes.index_number import (
    IndexNumber,
    import_index_number,
    is_index_number,
    make_index_number,
    parse_index_number,
)
from tongban.base.codes.org_code import OrgCode, import_org_code, is_org_code, make_org_code, parse_org_code
from tongban.base.codes.phone import Phone, is_phone, mask_phone, parse_phone
from tongban.base.codes.reading import CodeError, Read
from tongban.base.codes.region import RegionCode, is_region, parse_region
from tongban.base.codes.uscc import Uscc, import_uscc, is_uscc, make_uscc, mask_uscc, parse_uscc

__all__ = [
    "CitizenId",
    "CodeError",
    "DocNumber",
    "IndexNumber",
    "OrgCode",
    "Phone",
    "Read",
    "RegionCode",
    "Uscc",
    "import_citizen_id",
    "import_doc_number",
    "import_index_number",
    "import_org_code",
    "import_uscc",
    "is_citizen_id",
    "is_doc_number",
    "is_index_number",
    "is_org_code",
    "is_phone",
    "is_region",
    "is_uscc",
    "make_citizen_id",
    "make_doc_number",
    "make_index_number",
    "make_org_code",
    "make_uscc",
    "mask_citizen_id",
    "mask_phone",
    "mask_uscc",
    "parse_citizen_id",
    "parse_doc_number",
    "parse_index_number",
    "parse_org_code",
    "parse_phone",
    "parse_region",
    "parse_uscc",
    "upgrade_citizen_id",
]
