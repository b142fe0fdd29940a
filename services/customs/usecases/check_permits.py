"""Are the goods of a unit, or of a form, covered by the permits that customs was told of?"""

from collections.abc import Mapping, Sequence

from services.customs.domain.basis import Finding
from services.customs.domain.export import (
    ExportDeclaration,
    ExportedParcel,
    SellerGoods,
    seller_goods,
)
from services.customs.domain.forms.box import Value
from services.customs.domain.forms.catalogue import Form
from services.customs.domain.forms.dossier import FormDossier
from services.customs.domain.forms.examination import fault
from services.customs.domain.permit import IN_FORCE, KnownPermit, permit_faults
from services.customs.store.tx import CustomsTx

FAULTS_SHOWN_MAX = 5
"""A reason has room for so many; whoever reads the papers sees the rest in `permits`."""


async def permit_doubt(
    tx: CustomsTx, declaration: ExportDeclaration, parcels: Sequence[ExportedParcel]
) -> str:
    """Return why a unit's papers must be read before it is released; blank when they need not.

    The check is early, not binding: what leaves is written off by `permits`, in its own order.
    """
    goods = seller_goods(parcels)
    faults = permit_faults(
        goods,
        await tx.permits.of_holders({item.seller_id for item in goods}),
        destination=declaration.unit.destination_hub[:2].upper(),
        at=tx.now,
        given_back=await tx.permits.used_by(declaration.id),
    )
    return ", ".join(str(one) for one in faults[:FAULTS_SHOWN_MAX])


async def form_permit_findings(
    tx: CustomsTx, form: Form, dossier: FormDossier, *, member_id: str
) -> tuple[Finding, ...]:
    """Return what is wrong with the permits that a form's lines name."""
    found = []
    for number, line in enumerate(dossier.lines):
        if "permit_id" not in line:
            continue
        permit = await tx.permits.numbered(str(line["permit_id"]))
        code = _refusal(tx, permit, _goods(line, member_id))
        if code:
            at = f"lines[{number}].permit_id"
            found.append(fault(form, code, at, "Name a permit in force that covers these goods."))
    return tuple(found)


def _goods(line: Mapping[str, Value], member_id: str) -> SellerGoods:
    quantity, net_weight_g = line.get("item_quantity", 0), line.get("net_mass", 0)
    assert isinstance(quantity, int), "quantities are whole"
    assert isinstance(net_weight_g, int), "weights are whole grams"
    return SellerGoods(
        seller_id=member_id,
        hs_code=str(line.get("classification_id", "")),
        quantity=quantity,
        net_weight_g=net_weight_g,
    )


def _refusal(tx: CustomsTx, permit: KnownPermit | None, goods: SellerGoods) -> str:
    if permit is None or permit.terms is None or permit.terms.holder_id != goods.seller_id:
        return "permit-unknown"
    state = permit.state_at(tx.now)
    if state != IN_FORCE:
        return f"permit-{state}"
    if not any(line.covers(goods.hs_code) for line in permit.terms.lines):
        return "permit-does-not-cover"
    faults = permit_faults(
        [goods],
        [permit],
        destination=permit.terms.destination,
        at=tx.now,
        given_back={},
    )
    return faults[0].code if faults else ""
