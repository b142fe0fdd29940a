"""Document name codes of UN/EDIFACT data element 1001, as far as packs use them.

Which meaning belongs to which number was written from memory of the code list and is to be
verified against the directory of the day.
"""

from collections.abc import Mapping

DOCUMENT_NAMES: Mapping[str, str] = {
    "2": "Certificate of conformity",
    "271": "Packing list",
    "380": "Commercial invoice",
    "636": "Health certificate",
    "811": "Export licence",
    "830": "Goods declaration for exportation",
    "851": "Phytosanitary certificate",
    "852": "Sanitary certificate",
    "853": "Veterinary certificate",
    "856": "Inspection certificate",
    "861": "Certificate of origin",
    "864": "Preference certificate of origin",
    "911": "Import licence",
    "929": "Goods declaration for importation",
}
