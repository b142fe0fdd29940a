"""What every command has: an id made by its caller, the rows and accounts it touches, and a
fingerprint that tells the same command sent again from another one under the same id."""

import hashlib
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, cast

from services.payments.domain.accounts import AccountKey


class Touches(NamedTuple):
    """Ids of the rows a command reads and may change. They are locked before it is decided, so
    they follow from the command alone."""

    orders: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    refunds: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    payouts: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    tax_bills: tuple[str, ...] = ()
    reserves: tuple[str, ...] = ()
    advances: tuple[str, ...] = ()
    rebates: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()


LOOKED_UP = {"is_looked_up": True}
"""Metadata of a field that tells what was found when the command was prepared, not what is asked.

It may differ when the same request comes again, so it is no part of the fingerprint; a decision
looks at the locked rows, never at such a field alone.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something the ledger is asked to do, once for ever under its id."""

    NAME: ClassVar[str]
    ABOUT: ClassVar[str]
    """The field that says what the command is about: an order, a quote, a payout, ..."""

    id: str

    @property
    def about(self) -> str:
        """What the command is about; its story is found under this."""
        subject: str = getattr(self, self.ABOUT)
        return subject

    def touches(self) -> Touches:
        """Return the rows this command is decided on."""
        return Touches()

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        """Return every account this command may move at `hub`; more is allowed, fewer is not."""
        return ()


def fingerprint(command: Command) -> bytes:
    """Return the SHA-256 of a command's content.

    A field that has its default is left out, so a field added later does not make an old command
    look like another one.
    """
    parts = [command.NAME]
    for name, default in _fields_of(cast(Any, type(command))):
        value = getattr(command, name)
        if value != default:
            parts.append(f"{name}={value}")
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


@lru_cache(maxsize=256)
def _fields_of(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (field.name, MISSING if field.default is MISSING else field.default)
        for field in fields(kind)
        if field.name != "id" and not field.metadata.get("is_looked_up")
    )
