"""Codes that trade runs on, with their check digits. Each `check_*` returns the clean code or
raises CodeInvalid naming the scheme; nothing is padded or guessed.

Sources: ISO 6346 (containers), GS1 General Specifications (GTIN, SSCC), UPU S10 (postal items),
IATA resolution 600a (air waybills), GB 32100-2015 (USCC), GB 11643-1999 (resident ids),
ISO 17442 (LEI).
"""

import re
from collections.abc import Callable
from datetime import date

from stdnum import ean, iso6346, lei
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.my import nric

from shared.kernel.errors import Rejected

HS_PATTERN = r"^[0-9]{6}([0-9]{2}){0,2}$"
UNLOCODE_PATTERN = r"^[A-Z]{2}[A-Z2-9]{3}$"
SSM_PATTERN = r"^(19|20)[0-9]{2}0[1-6][0-9]{6}$"
MY_TIN_PATTERN = r"^(C|CS|D|E|F|FA|IG|J|LE|N|OG|PT|TA|TC|TN|TR|TP)[0-9]{6,12}$"
_PLAIN_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_PLAIN_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")


class CodeInvalid(Rejected):
    """The code does not follow its scheme; `scheme` names it."""

    code = "code-invalid"


def check_gtin(text: str, *, field: str | None = None) -> str:
    """GTIN-8, -12, -13 or -14 with a right check digit."""
    # Every line that is sold has one: what is written plainly needs no tidying up.
    if _PLAIN_GTIN.fullmatch(text):
        digits = [ord(digit) & 15 for digit in text]
        if (sum(digits[-1::-2]) + 3 * sum(digits[-2::-2])) % 10:
            raise _invalid("GTIN", field)
        return text
    return _stdnum(ean.validate, text, "GTIN", field)


def check_container(text: str, *, field: str | None = None) -> str:
    """ISO 6346 container number with a right check digit."""
    return _stdnum(iso6346.validate, text, "ISO 6346", field)


def check_uscc(text: str, *, field: str | None = None) -> str:
    """China unified social credit code with a right check character."""
    return _stdnum(uscc.validate, text, "USCC", field)


def check_cn_resident_id(text: str, *, field: str | None = None) -> str:
    """China resident identity number: birth date and check character.

    The region digits are not looked up: counties are renamed and people keep their numbers.
    """
    # Every list that is matched has one: what is written plainly needs no tidying up.
    clean = text if _PLAIN_RESIDENT_ID.fullmatch(text) else ric.compact(text)
    try:
        if len(clean) != 18 or ric.calc_check_digit(clean) != clean[-1]:
            raise _invalid("resident id", field)
        date(int(clean[6:10]), int(clean[10:12]), int(clean[12:14]))
    except (ValidationError, ValueError) as error:
        raise _invalid("resident id", field) from error
    return clean


def check_sscc(text: str, *, field: str | None = None) -> str:
    """SSCC-18 with a right GS1 mod-10 check digit."""
    if not re.fullmatch(r"[0-9]{18}", text) or gs1_check_digit(text[:-1]) != text[-1]:
        raise _invalid("SSCC", field)
    return text


def gs1_check_digit(body: str) -> str:
    """GS1 mod-10: weights 3, 1, 3, ... from the right."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def check_s10(text: str, *, field: str | None = None) -> str:
    """UPU S10 postal item id, for example RR123456785MY."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{9}[A-Z]{2}", text):
        raise _invalid("S10", field)
    if s10_check_digit(text[2:10]) != text[10]:
        raise _invalid("S10", field)
    return text


def s10_check_digit(serial: str) -> str:
    """UPU S10: weights 8 6 4 2 3 5 9 7, eleven minus the sum mod 11; 10 gives 0, 11 gives 5."""
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    c = 11 - sum(w * int(d) for w, d in zip(weights, serial, strict=True)) % 11
    return {10: "0", 11: "5"}.get(c, str(c))


def check_awb(text: str, *, field: str | None = None) -> str:
    """Air waybill number `ppp-sssssssc`: the serial's check digit is the serial mod 7."""
    match = re.fullmatch(r"([0-9]{3})-?([0-9]{7})([0-9])", text)
    if not match or int(match[2]) % 7 != int(match[3]):
        raise _invalid("air waybill", field)
    return f"{match[1]}-{match[2]}{match[3]}"


def check_ssm(text: str, *, field: str | None = None) -> str:
    """Malaysia SSM registration number: year, entity type 01-06, six digits (no check digit)."""
    return _shape(SSM_PATTERN, text, "SSM", field)


def check_my_tin(text: str, *, field: str | None = None) -> str:
    """Malaysia tax identification number: a letter code and digits (no check digit)."""
    return _shape(MY_TIN_PATTERN, text, "TIN", field)


def check_my_nric(text: str, *, field: str | None = None) -> str:
    """Malaysia identity card number: birth date and place code, no check digit."""
    return _stdnum(nric.validate, text, "NRIC", field)


def check_lei(text: str, *, field: str | None = None) -> str:
    """Legal entity identifier (ISO 17442) with right check digits."""
    return _stdnum(lei.validate, text, "LEI", field)


def check_unlocode(text: str, *, field: str | None = None) -> str:
    """UN/LOCODE shape: country and three letters or digits 2-9."""
    return _shape(UNLOCODE_PATTERN, text, "UN/LOCODE", field)


def check_hs(text: str, *, digits: int | None = None, field: str | None = None) -> str:
    """HS code of 6, 8 or 10 digits, or exactly `digits`; a short code is never padded."""
    clean = text.replace(".", "")
    if not re.fullmatch(HS_PATTERN, clean) or (digits is not None and len(clean) != digits):
        raise _invalid("HS" if digits is None else f"{digits}-digit HS", field)
    return clean


def _stdnum(validate: Callable[[str], str], text: str, scheme: str, field: str | None) -> str:
    try:
        return validate(text)
    except ValidationError as error:
        raise _invalid(scheme, field) from error


def _shape(pattern: str, text: str, scheme: str, field: str | None) -> str:
    if not re.match(pattern, text):
        raise _invalid(scheme, field)
    return text


def _invalid(scheme: str, field: str | None) -> CodeInvalid:
    return CodeInvalid(f"not a valid {scheme} code", field=field, scheme=scheme)
