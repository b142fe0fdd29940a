"""Firms file under their own registration codes, and under those lent to them."""

from collections.abc import Collection

from services.customs.domain.gate.filer import codes_named, filer_of, sender_of
from services.customs.domain.gate.message import GateMessage
from services.customs.store.filers import Filer
from services.customs.store.tx import CustomsTx
from shared.kernel.errors import Forbidden

SCOPE = "customs:write"
"""What a member must have delegated for another to file under its code."""


class SenderNotRegistered(Forbidden):
    """The sender's registration code is neither the caller's nor lent to it."""

    code = "customs.sender-not-registered"


async def register_filer(tx: CustomsTx, *, code: str, member_id: str, by: str) -> Filer:
    """Let a member file under a code."""
    one = Filer(code=code, member_id=member_id, registered_by=by, registered_at=tx.now)
    await tx.filers.register(one)
    return one


async def may_file_under(tx: CustomsTx, codes: Collection[str], *, by: str) -> bool:
    """Say whether one of these codes is `by`'s own, or of a member that `by` acts for."""
    found = await tx.filers.find(codes)
    served = {by} | await tx.filers.acted_for(by, scope=SCOPE, at=tx.now)
    return any(one.member_id in served for one in found.values())


async def strange_documents(tx: CustomsTx, message: GateMessage, *, by: str) -> dict[int, str]:
    """Return the codes under which `by` may not file, by the number of the document in the message.

    Raises SenderNotRegistered when the message itself is sent under such a code.
    """
    found = await tx.filers.find(codes_named(message))
    served = {by} | await tx.filers.acted_for(by, scope=SCOPE, at=tx.now)
    own = {code for code, one in found.items() if one.member_id in served}
    sender = sender_of(message)
    if sender not in own:
        raise SenderNotRegistered(
            f"copCode {sender!r} is not registered for you, nor for a member you act for; "
            "an officer registers it, or its member delegates customs:write to you",
            field="BaseTransfer.copCode",
        )
    filers = {
        number: filer_of(message.type.number, document)
        for number, document in enumerate(message.documents)
        if not document.faults
    }
    return {number: code for number, code in filers.items() if code not in own}
