"""A permit refused what customs had accepted: the form is held, the export gets a finding."""

from services.customs.domain.authority import SIMULATOR
from services.customs.domain.basis import Finding
from services.customs.domain.export import HS_DIGITS_SHARED, ExportDeclaration
from services.customs.domain.forms.filing import Filing, is_form_number
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_permits import PERMIT
from services.customs.usecases.decide_export import hold_export

REMEDY = "Amend or cancel it, or show the officer a permit that covers these goods."


async def hear_refusal(
    tx: CustomsTx, declaration_id: str, *, code: str, hs_code: str, version: int | None
) -> None:
    """Hold the form, or note it on the export, unless another edition has replaced what was shown.

    `version` is that of the declaration when it was shown; None counts as the present one.
    """
    if is_form_number(declaration_id):
        await _hold_form(tx, declaration_id, code=code, hs_code=hs_code, version=version)
        return
    export = await hold_export(tx, declaration_id)
    released = export.released_version
    if released is not None and (version is None or version >= released):
        finding = Finding(
            code=code, field=f"lines.{hs_code}", documents=export.forms[:1], remedy=REMEDY
        )
        await tx.exports.save(export.found(finding))


async def resolve_form(tx: CustomsTx, number: str, *, by: str, reason: str) -> Filing:
    """An officer lets a held form go on."""
    await tx.locks.hold([number])
    after = (await tx.filings.get(number)).resolved(at=tx.now, by=by, reason=reason)
    await tx.filings.save(after)
    return after


async def resolve_export(tx: CustomsTx, declaration_id: str, *, reason: str) -> ExportDeclaration:
    """An officer closes what was found after a release."""
    after = (await hold_export(tx, declaration_id)).resolved(reason=reason)
    await tx.exports.save(after)
    return after


async def _hold_form(
    tx: CustomsTx, number: str, *, code: str, hs_code: str, version: int | None
) -> None:
    await tx.locks.hold([number])
    form = await tx.filings.get(number)
    if not form.counts or (version is not None and version <= form.lodged_version):
        return
    found = tuple(
        Finding(code=code, field=f"lines[{place}].{PERMIT}", documents=(form.form,), remedy=REMEDY)
        for place, line in enumerate(form.text.lines)
        if PERMIT in line and _kind(line.get("classification_id", "")) == _kind(hs_code)
    )
    await tx.filings.save(form.held_for(found, at=tx.now, by=SIMULATOR))


def _kind(hs_code: str) -> str:
    return hs_code[:HS_DIGITS_SHARED]
