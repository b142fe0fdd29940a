"""A kind of permit that can be applied for here, as the country's pack describes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.errors import Rejected


class PermitTypeUnknown(Rejected):
    """This country's rules know no such permit, or not on that day."""

    code = "permits.type-unknown"
    help = "GET /v1/permit-types lists what can be applied for here."


class AgencyUnknown(Rejected):
    """No agency of that name gives permits or papers in this country."""

    code = "permits.agency-unknown"


class GoodsNotCovered(Rejected):
    """Permits of this type are not given for these goods."""

    code = "permits.goods-not-covered"


@dataclass(frozen=True, kw_only=True)
class FactNeeded:
    """Something the applicant must state; with a register, what is stated must be listed there."""

    name: str
    register: str | None = None


@dataclass(frozen=True, kw_only=True)
class PermitType:
    """Who decides, on what, how fast, and how long the permit lasts."""

    key: str
    country: str
    names: Mapping[str, str]
    document_code: str
    agency: str
    goods: tuple[str, ...]
    valid_days: int
    decide_within: int
    appeal_within_days: int
    needs_countersign: bool
    facts: tuple[FactNeeded, ...]
    rule_id: str
    pack_hash: str

    def check_goods(self, hs_code: str, *, field: str) -> None:
        """Raise GoodsNotCovered unless permits of this type are given for the code."""
        if "*" not in self.goods and not hs_code.startswith(self.goods):
            raise GoodsNotCovered(
                f"{self.key} is for goods under {', '.join(self.goods)}", field=field
            )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing an application lacks, found without an officer."""

    code: str
    field: str
    detail: str


def missing_facts(
    needed: PermitType, facts: Mapping[str, str], registers: Mapping[str, frozenset[str]]
) -> tuple[Finding, ...]:
    """Return what is not stated, and what is stated but not listed where it must be."""
    findings = []
    for fact in needed.facts:
        stated = facts.get(fact.name)
        if not stated:
            findings.append(
                Finding(
                    code="fact-missing",
                    field=f"facts.{fact.name}",
                    detail=f"{needed.agency} needs {fact.name}",
                )
            )
        elif fact.register is not None and stated not in registers.get(fact.register, frozenset()):
            findings.append(
                Finding(
                    code="not-listed",
                    field=f"facts.{fact.name}",
                    detail=f"what is stated is not listed in {fact.register}",
                )
            )
    return tuple(findings)
