"""Under which ids statements, their entries and our payment files are known."""

import hashlib
from typing import Any

from services.payments.domain.statement import BankEntry, Notification, Statement
from services.payments.store.tx import PaymentsTx
from shared.kernel.ids import derived_id


def statement_id_of(tx: PaymentsTx, part: Statement) -> str:
    return derived_id("stm", tx.hub, part.account, part.currency, str(part.sequence))


def entry_id_of(tx: PaymentsTx, part: Statement | Notification, entry: BankEntry) -> str:
    return derived_id("ent", tx.hub, part.account, part.currency, entry.servicer_ref)


def sha256_of(part: Statement) -> str:
    """Name a statement by its content, however its document was written."""
    said: list[Any] = [part.opening_minor, part.closing_minor, part.until_at.isoformat()]
    said += [(each.servicer_ref, each.amount_minor, each.references) for each in part.entries]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def file_id_of(hub: str, reference: str) -> str:
    """Return the id of the payment file that travels under a reference."""
    return f"pmf_{hub}_{reference.lower()}"
