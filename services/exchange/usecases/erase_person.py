"""Erase one person at every hub: its keys are deleted here, and peers sign for theirs."""

from services.exchange.domain.erasure import give_erasure_receipt
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.receipt import Receipt
from services.exchange.store.tx import ERASED, SIGNED, ExchangeTx


async def erase_person(tx: ExchangeTx, person: str) -> bool:
    """Delete every key of a person of this hub; peers are told until each has signed for it.

    Its data that cross later can be read by nobody. False, with nothing changed, the second time.
    """
    is_new = await tx.person_keys.erase(person, now=tx.now)
    if is_new:
        tx.ring(ERASED)
    return is_new


async def hear_erasure(tx: ExchangeTx, *, origin: str, name: str, key: SigningKey) -> Receipt:
    """Delete this hub's copy of a peer's key, or see that none comes; return the signed receipt,
    the same one each time."""
    was_held, receipt = await tx.held_keys.erase(origin, name, now=tx.now)
    if receipt is None:
        receipt = give_erasure_receipt(
            name, origin=origin, receiver=tx.hub, was_held=was_held, key=key, now=tx.now
        )
        await tx.held_keys.signed(origin, name, receipt)
        tx.ring(SIGNED)
    return receipt
