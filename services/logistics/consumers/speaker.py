"""Who said an event, and whether it was theirs to say."""

from services.logistics.store.tx import LogisticsTx
from shared.kernel.errors import Forbidden
from shared.kernel.ids import parse_id


class NotTheOwner(Forbidden):
    """A hub speaks of what it owns; the owner is part of every id."""

    code = "logistics.not-the-owner"


def speaker(tx: LogisticsTx) -> str:
    """Return the hub that said the event being handled."""
    assert tx.cause is not None, "a handler is called with the event's envelope at hand"
    return tx.cause.hub


def check_owner(tx: LogisticsTx, *owned_ids: str) -> str:
    """Return the hub that spoke, or raise NotTheOwner unless it owns each of these ids."""
    said_by = speaker(tx)
    for owned_id in owned_ids:
        if parse_id(owned_id).hub != said_by:
            raise NotTheOwner(f"{said_by} spoke of {owned_id}")
    return said_by
