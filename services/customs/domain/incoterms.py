"""Incoterms 2020: who pays freight, insurance, export formalities, and import duty and tax.

The eleven terms as the rules of the International Chamber of Commerce name them; DAT, DAF, DES, DEQ
and DDU belong to older editions and are refused.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.errors import Rejected


class Party(StrEnum):
    """Who bears a cost."""

    SELLER = "seller"
    BUYER = "buyer"


class IncotermUnknown(Rejected):
    """Incoterms 2020 have no such term."""

    code = "customs.incoterm-unknown"


@dataclass(frozen=True)
class Incoterm:
    """Who owes what under one term; `by_sea` terms are for ships only."""

    code: str
    freight: Party
    insurance: Party
    export_clearance: Party
    import_taxes: Party
    by_sea: bool = False


_S, _B = Party.SELLER, Party.BUYER
INCOTERMS = {
    term.code: term
    for term in (
        Incoterm("EXW", _B, _B, _B, _B),
        Incoterm("FCA", _B, _B, _S, _B),
        Incoterm("CPT", _S, _B, _S, _B),
        Incoterm("CIP", _S, _S, _S, _B),
        Incoterm("DAP", _S, _B, _S, _B),
        Incoterm("DPU", _S, _B, _S, _B),
        Incoterm("DDP", _S, _B, _S, _S),
        Incoterm("FAS", _B, _B, _S, _B, by_sea=True),
        Incoterm("FOB", _B, _B, _S, _B, by_sea=True),
        Incoterm("CFR", _S, _B, _S, _B, by_sea=True),
        Incoterm("CIF", _S, _S, _S, _B, by_sea=True),
    )
}


def incoterm(code: str) -> Incoterm:
    """Return a term of Incoterms 2020, or raise IncotermUnknown."""
    if code not in INCOTERMS:
        raise IncotermUnknown(
            f"Incoterms 2020 have no {code}", field="incoterm", known=sorted(INCOTERMS)
        )
    return INCOTERMS[code]
