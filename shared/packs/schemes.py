"""Whether a number is a good identifier, as a pack's row of identifiers describes it."""

import re
from collections.abc import Callable, Mapping

from shared.kernel import codes
from shared.packs.fields import Fields

SCHEMES: Mapping[str, Callable[[str], str]] = {
    "uscc": codes.check_uscc,
    "cn-resident-id": codes.check_cn_resident_id,
    "ssm": codes.check_ssm,
    "my-tin": codes.check_my_tin,
    "s10": codes.check_s10,
    "awb": codes.check_awb,
    "gtin": codes.check_gtin,
    "sscc": codes.check_sscc,
}


def fits_identifier(row: Fields, value: str) -> bool:
    """Say whether the value follows the row's scheme, check digits included, or its pattern."""
    scheme = row.text("check")
    if scheme == "pattern":
        return re.fullmatch(row.text("pattern"), value) is not None
    try:
        SCHEMES[scheme](value)
    except codes.CodeInvalid:
        return False
    return True
