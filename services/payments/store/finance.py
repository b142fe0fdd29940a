"""What finance stands on: escrow at peers, a seller's trade, its advances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.advance import Advance, AdvanceState, Pledge
from services.payments.domain.scorecard import TradeFacts
from services.payments.store.bulk import OnConflict, insert_rows
from services.payments.store.finance_tables import advance, escrow_abroad
from services.payments.store.rows import advance_of, values_of
from services.payments.store.tables import account, order_money

PLEDGES_MAX = 1_000
ADVANCES_MAX = 50


@dataclass(frozen=True, kw_only=True)
class EscrowAbroad:
    """What a peer's payments said about one order of our seller, in minor units."""

    order_id: str
    captured_minor: int = 0
    captured_at: datetime | None = None
    refunded_minor: int = 0
    released_minor: int = 0
    reclaimed_minor: int = 0
    is_released: bool = False
    pledged_minor: int = 0


class Finance:
    """Advances of this hub's sellers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def escrow(self, order_id: str) -> EscrowAbroad:
        """Return what is known of an order's escrow at its buyer's hub."""
        query = select(escrow_abroad).where(escrow_abroad.c.order_id == order_id)
        row = (await self._connection.execute(query)).one_or_none()
        return EscrowAbroad(order_id=order_id) if row is None else EscrowAbroad(**row._mapping)

    async def keep_escrow(self, escrow: EscrowAbroad) -> None:
        await insert_rows(
            self._connection, escrow_abroad, [vars(escrow)], on_conflict=OnConflict.REPLACE
        )

    async def pledges(self, seller_id: str, *, currency: str) -> list[Pledge]:
        """Return what of a seller's orders may still be financed, the oldest order first."""
        left = account.c.credits - account.c.debits - account.c.debits_pending
        query = (
            select(order_money.c.id, left.label("left"))
            .join(
                account,
                (account.c.code == literal("financeable:") + order_money.c.id)
                & (account.c.currency == currency),
            )
            .where(order_money.c.seller_id == seller_id, left > 0)
            .order_by(order_money.c.id)
            .limit(PLEDGES_MAX)
        )
        return [Pledge(row.id, row.left) for row in await self._connection.execute(query)]

    async def trade(self, seller_id: str, *, now: datetime) -> TradeFacts:
        """Return the facts of a seller's trade that its score is made of."""
        seen = await self._sums(seller_id)
        captured, largest = int(seen.captured or 0), int(seen.largest or 0)
        shares = (
            select(func.sum(escrow_abroad.c.captured_minor))
            .join(order_money, order_money.c.id == escrow_abroad.c.order_id)
            .where(order_money.c.seller_id == seller_id)
            .group_by(order_money.c.marketplace_id)
        )
        by_marketplace = [int(each or 0) for each in await self._connection.scalars(shares)]
        mine = await self.of_seller(seller_id)
        overdue = sum(
            1
            for each in mine
            if each.state is AdvanceState.DISBURSED and each.due_at and each.due_at < now
        )
        return TradeFacts(
            days_trading=None if seen.first is None else (now - seen.first) // timedelta(days=1),
            orders_released=int(seen.released or 0),
            refunded_bp=_bp(int(seen.refunded or 0), captured),
            reclaimed_bp=_bp(int(seen.reclaimed or 0), int(seen.proceeds or 0)),
            largest_marketplace_bp=_bp(max(by_marketplace, default=0), captured),
            largest_order_bp=_bp(largest, captured),
            advances_repaid=sum(1 for each in mine if each.state is AdvanceState.REPAID),
            advances_overdue=overdue,
            owes=await self._owes(seller_id),
        )

    async def add(self, new: Advance) -> None:
        await insert_rows(self._connection, advance, [values_of(new)])

    async def find(self, advance_id: str) -> Advance | None:
        query = select(advance).where(advance.c.id == advance_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else advance_of(row)

    async def of_seller(self, seller_id: str) -> Sequence[Advance]:
        query = (
            select(advance)
            .where(advance.c.seller_id == seller_id)
            .order_by(advance.c.offered_at, advance.c.id)
            .limit(ADVANCES_MAX)
        )
        return [advance_of(row) for row in await self._connection.execute(query)]

    async def open_ids(self, seller_id: str, *, currency: str) -> tuple[str, ...]:
        """Return a seller's advances that are not repaid, the oldest first."""
        query = (
            select(advance.c.id)
            .where(
                advance.c.seller_id == seller_id,
                advance.c.currency == currency,
                advance.c.state == AdvanceState.DISBURSED.value,
            )
            .order_by(advance.c.disbursed_at, advance.c.id)
            .limit(ADVANCES_MAX)
        )
        return tuple((await self._connection.scalars(query)).all())

    async def unprovisioned(self, *, limit: int) -> Sequence[Advance]:
        """Return the advances that are owed, or for which something is still set aside."""
        query = (
            select(advance)
            .where(
                (advance.c.state == AdvanceState.DISBURSED.value) | (advance.c.provision_minor > 0)
            )
            .order_by(advance.c.disbursed_at, advance.c.id)
            .limit(limit)
        )
        return [advance_of(row) for row in await self._connection.execute(query)]

    async def lapse(self, *, now: datetime) -> None:
        """Mark the offers whose time is over."""
        await self._connection.execute(
            update(advance)
            .where(advance.c.state == AdvanceState.OFFERED.value, advance.c.expires_at <= now)
            .values(state=AdvanceState.LAPSED.value)
        )

    async def _sums(self, seller_id: str) -> Any:
        query = (
            select(
                func.min(escrow_abroad.c.captured_at).label("first"),
                func.sum(escrow_abroad.c.captured_minor).label("captured"),
                func.sum(escrow_abroad.c.refunded_minor).label("refunded"),
                func.sum(escrow_abroad.c.released_minor).label("proceeds"),
                func.sum(escrow_abroad.c.reclaimed_minor).label("reclaimed"),
                func.max(escrow_abroad.c.captured_minor).label("largest"),
                func.count().filter(escrow_abroad.c.is_released).label("released"),
            )
            .join(order_money, order_money.c.id == escrow_abroad.c.order_id)
            .where(order_money.c.seller_id == seller_id)
        )
        return (await self._connection.execute(query)).one()

    async def _owes(self, seller_id: str) -> bool:
        query = select(func.count()).where(
            account.c.code == f"seller_receivable:{seller_id}", account.c.debits > account.c.credits
        )
        return bool(await self._connection.scalar(query))


def _bp(part: int, whole: int) -> int | None:
    """Return part of whole in basis points, or None when there is no whole."""
    return part * 10_000 // whole if whole > 0 else None
