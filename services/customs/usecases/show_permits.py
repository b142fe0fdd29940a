"""Show `permits` what a form takes of the permits that its lines name, or that it takes no more."""

from services.customs.domain.forms.dossier import FormDossier
from services.customs.domain.forms.filing import Filing
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_permits import PERMIT, form_destination, form_goods
from shared.contracts.customs.events import PermitsShown, ShownGoods


async def show_permits(
    tx: CustomsTx, filing: Filing, dossier: FormDossier, *, named_before: bool
) -> None:
    """Say what a form's goods take while it counts, and nothing once it doesn't.

    `named_before` says that an earlier edition named permits, which are to be given back.
    """
    goods = tuple(
        ShownGoods(
            permit_no=str(line[PERMIT]),
            hs_code=shown.hs_code,
            quantity=shown.quantity,
            net_weight_g=shown.net_weight_g,
        )
        for line in dossier.lines
        if filing.counts and PERMIT in line
        for shown in [form_goods(line, filing.member_id)]
    )
    if not goods and not named_before:
        return
    event = PermitsShown(
        declaration_id=filing.number,
        form=filing.form,
        holder_id=filing.member_id,
        destination=form_destination(dossier, tx.country),
        goods=goods,
        shown_at=tx.now,
    )
    await tx.emit(event, key=filing.number, sequence=filing.version)


def names_permits(filing: Filing) -> bool:
    """Say whether the edition that was examined last named any permit."""
    return any(PERMIT in line for line in filing.text.lines)
