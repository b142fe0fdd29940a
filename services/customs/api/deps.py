"""What the routes of `customs` are given."""

from typing import Annotated

from fastapi import Depends, Path

from services.customs.store.tx import CustomsTx
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Principal
from shared.web.door import narrowed, reading, transaction

CustomsTransaction = Annotated[CustomsTx, Depends(transaction)]
CustomsReading = Annotated[CustomsTx, Depends(reading)]
SEES_ALL = ("customs:decide", "hub:operate")
"""Who works on the declarations of every member: officers and the hub's operator."""
OwnTransaction = Annotated[CustomsTx, narrowed(transaction, sees_all=SEES_ALL)]
OwnReading = Annotated[CustomsTx, narrowed(reading, sees_all=SEES_ALL)]
"""Of doors where nobody acts for others: PostgreSQL shows the caller's own rows alone."""
OrderId = Annotated[str, Path(pattern=ID_PATTERN)]
DeclarationId = Annotated[str, Path(pattern=ID_PATTERN)]


def sees_everything(caller: Principal) -> bool:
    """Officers and operators see every declaration; everybody else only their own."""
    return any(map(caller.may, SEES_ALL))


def may_see(caller: Principal, *owners: str) -> bool:
    return sees_everything(caller) or caller.member_id in owners
