"""A member: a business or an office that may act at this hub, with identifiers that check out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.kernel.codes import check_lei, check_my_nric, check_my_tin, check_ssm, check_uscc
from shared.kernel.errors import Rejected


class MemberKind(StrEnum):
    """What a member is, which bounds what its clients may be allowed."""

    SELLER = "seller"
    MARKETPLACE = "marketplace"
    AGENT = "agent"
    CARRIER = "carrier"
    OFFICER = "officer"
    OPERATOR = "operator"


IDENTIFIERS: Mapping[str, Callable[..., str]] = {
    "ssm": check_ssm,
    "tin": check_my_tin,
    "uscc": check_uscc,
    "nric": check_my_nric,
    "lei": check_lei,
}
"""What can be checked: Malaysia's SSM, TIN and the form of an NRIC, China's USCC, and LEIs."""

REQUIRED: Mapping[str, tuple[str, ...]] = {"MY": ("ssm", "tin"), "CN": ("uscc",)}
"""What a business of a country has to show; offices and marketplaces abroad show nothing."""


class IdentifierMissing(Rejected):
    """A business must show the identifiers of its country."""

    code = "members.identifier-missing"


class IdentifierUnknown(Rejected):
    """Only schemes whose numbers can be checked are kept."""

    code = "members.identifier-unknown"


@dataclass(frozen=True, kw_only=True)
class Member:
    """Someone who trades, carries, decides or operates here."""

    id: str
    kind: MemberKind
    name: str
    country: str
    identifiers: Mapping[str, str]
    registered_at: datetime


def checked_identifiers(
    kind: MemberKind, country: str, identifiers: Mapping[str, str]
) -> dict[str, str]:
    """Return the identifiers cleaned, or raise: unknown scheme, bad check digit, missing one."""
    checked: dict[str, str] = {}
    for scheme, number in identifiers.items():
        if scheme not in IDENTIFIERS:
            raise IdentifierUnknown(f"no scheme {scheme!r}", field=f"identifiers.{scheme}")
        checked[scheme] = IDENTIFIERS[scheme](number, field=f"identifiers.{scheme}")
    if kind is MemberKind.SELLER:
        for scheme in REQUIRED.get(country, ()):
            if scheme not in checked:
                raise IdentifierMissing(
                    f"a seller of {country} shows its {scheme}", field=f"identifiers.{scheme}"
                )
    return checked
