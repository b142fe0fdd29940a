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
from services.customs.domain.permit import IN_FORCE, KnownPermit, LineKey, permit_faults
from services.customs.store.tx import CustomsTx

PERMIT = "permit_id"
"""The box of a line that names its permit."""
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
    tx: CustomsTx, form: Form, dossier: FormDossier, *, number: str, member_id: str
) -> tuple[Finding, ...]:
    """Return what is wrong with the permits that a form's lines name.

    What an earlier edition of the form, known by its number, used is there to be used again.
    """
    found = []
    destination = form_destination(dossier, tx.country)
    given_back = await tx.permits.used_by(number)
    covered: dict[str, list[SellerGoods]] = {}
    for place, line in enumerate(dossier.lines):
        if PERMIT not in line:
            continue
        permit_no = str(line[PERMIT])
        permit = await tx.permits.numbered(permit_no)
        goods = [*covered.get(permit_no, ()), form_goods(line, member_id)]
        code = _refusal(tx, permit, goods, destination, given_back)
        if code:
            at = f"lines[{place}].{PERMIT}"
            found.append(fault(form, code, at, "Name a permit in force that covers these goods."))
        else:
            covered[permit_no] = goods
    return tuple(found)


def form_destination(dossier: FormDossier, country: str) -> str:
    """Return the country that a form's goods go to: this one, unless the form says another."""
    return str(dossier.header.get("destination_country_id", country))


def form_goods(line: Mapping[str, Value], member_id: str) -> SellerGoods:
    """Return the goods of a form's line, as those of the member for whom it is filed."""
    quantity, net_weight_g = line.get("item_quantity", 0), line.get("net_mass", 0)
    assert isinstance(quantity, int), "quantities are whole"
    assert isinstance(net_weight_g, int), "weights are whole grams"
    return SellerGoods(
        seller_id=member_id,
        hs_code=str(line.get("classification_id", "")),
        quantity=quantity,
        net_weight_g=net_weight_g,
    )


def _refusal(
    tx: CustomsTx,
    permit: KnownPermit | None,
    goods: Sequence[SellerGoods],
    destination: str,
    given_back: Mapping[LineKey, int],
) -> str:
    """Say why the permit does not cover the last of the goods; it covers those before."""
    wanted = goods[-1]
    if permit is None or permit.terms is None or permit.terms.holder_id != wanted.seller_id:
        return "permit-unknown"
    state = permit.state_at(tx.now)
    if state != IN_FORCE:
        return f"permit-{state}"
    lines = permit.terms.lines
    if permit.terms.destination != destination or not any(
        line.covers(wanted.hs_code) for line in lines
    ):
        return "permit-does-not-cover"
    faults = permit_faults(
        goods, [permit], destination=destination, at=tx.now, given_back=given_back
    )
    return faults[0].code if faults else ""
