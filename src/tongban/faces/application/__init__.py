"""The application form of a matter, built from its version's form definition: asked, read, judged, told again.

Both faces use it: the hall asks one group a screen, the counter all at once. What was typed (`Typed`) is kept as it was
typed, right or wrong; `data` is what the engine gets, in exact JSON types: whole numbers as int, other numbers as text,
dates as ISO text, several choices as a list, agreement as a bool, a table as a list of objects. Fields that are not
asked are not in it.

`typed` what was typed · `asking` the questions as kit components · `judging` from what was typed to data ·
`values` one answer · `tables` rows (表格) · `telling` the filled form to read · `materials` which papers are needed.
"""

from tongban.faces.application.asking import Filled, application_form, error_summary
from tongban.faces.application.judging import Read, judge, read_form, typed_in
from tongban.faces.application.materials import MaterialAsked, materials_asked
from tongban.faces.application.tables import row_asked_for
from tongban.faces.application.telling import form_told
from tongban.faces.application.typed import Typed, as_typed, form_fields, kept_of, typed_of

__all__ = [
    "Filled", "MaterialAsked", "Read", "Typed", "application_form", "as_typed", "error_summary", "form_fields",
    "form_told", "judge", "kept_of", "materials_asked", "read_form", "row_asked_for", "typed_in", "typed_of",
]  # fmt: skip
