"""Correct the goods codes of a returned declaration and declare it again at once."""

from collections.abc import Mapping

from services.customs.domain.declaration import Declaration
from services.customs.store.tx import CustomsTx
from services.customs.usecases.decide_declaration import hold_declaration
from services.customs.usecases.gather_dossiers import gather_dossiers
from shared.kernel.errors import Rejected


class LineUnknown(Rejected):
    """The order has no such line."""

    code = "customs.line-unknown"


async def amend_declaration(
    tx: CustomsTx, *, declaration_id: str, codes: Mapping[int, str], by: str
) -> Declaration:
    """Amend goods codes by line number, or raise LineUnknown or StepNotAllowed."""
    before = await hold_declaration(tx, declaration_id)
    amended = before.amended(codes, at=tx.now, by=by)
    order = await tx.documents.order(before.order_id)
    assert order is not None, "a returned declaration has its order"
    unknown = set(codes) - {line.line_no for line in order.lines}
    if unknown:
        raise LineUnknown(f"the order has no line {min(unknown)}", field="lines")
    await tx.declarations.save(amended)
    await gather_dossiers(tx, [before.logistics_no])
    return await tx.declarations.get(declaration_id)
