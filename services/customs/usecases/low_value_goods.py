"""Keep what each released parcel adds to a quarter, register sellers, file and amend returns."""

from dataclasses import dataclass
from datetime import date

from services.customs.domain.declaration import Declaration
from services.customs.domain.drawback import months_after
from services.customs.domain.lvg import (
    LvgFigures,
    LvgNotRegistered,
    LvgPeriod,
    LvgReturn,
    LvgReturnState,
    LvgRules,
    lvg_entry,
)
from services.customs.domain.release_clock import released_at
from services.customs.store.lvg import LvgSeller
from services.customs.store.tx import CustomsTx
from shared.contracts.customs.events import LowValueReturnFiled
from shared.contracts.event import MoneyWords
from shared.kernel.errors import NotFound
from shared.kernel.ids import derived_id


class LvgElsewhere(NotFound):
    """This hub's country has no tax on low-value goods."""

    code = "customs.lvg-elsewhere"


@dataclass(frozen=True, kw_only=True)
class LvgStatement:
    """A seller's return of one quarter as it stands today, beside the figures of today."""

    filed: LvgReturn
    figures: LvgFigures
    state: LvgReturnState
    seller: LvgSeller | None


@dataclass(frozen=True, kw_only=True)
class LvgStanding:
    """What a seller sold within the months that count, and whether it must be registered."""

    seller: LvgSeller | None
    since: date
    figures: LvgFigures
    must_register: bool


def note_released(tx: CustomsTx, declaration: Declaration) -> None:
    """Note what a parcel adds once it is released, or what is left after goods of it went back."""
    moment = released_at(declaration)
    if moment is None:
        return
    on = tx.rulebook.day_of(tx.country, moment)
    if tx.rulebook.lvg_rules(tx.country, on=on) is not None:
        tx.low_value_goods.note(lvg_entry(declaration, on))


async def register_seller(
    tx: CustomsTx, seller_id: str, *, number: str, registered_on: date, by: str
) -> LvgSeller:
    """Register a seller for the tax, or correct its registration."""
    rules_of(tx)
    one = LvgSeller(
        seller_id=seller_id, number=number, registered_on=registered_on, registered_by=by
    )
    await tx.low_value_goods.register(one)
    return one


async def seller_standing(tx: CustomsTx, seller_id: str) -> LvgStanding:
    """Return whether a seller's sales oblige it to register."""
    rules = rules_of(tx)
    since = months_after(tx.rulebook.day_of(tx.country, tx.now), -rules.within_months)
    figures = await tx.low_value_goods.since(since, seller_id, currency=rules.over.currency)
    return LvgStanding(
        seller=await tx.low_value_goods.seller(seller_id),
        since=since,
        figures=figures,
        must_register=rules.must_register(figures.sales),
    )


async def read_return(tx: CustomsTx, seller_id: str, period: LvgPeriod) -> LvgStatement:
    """Return a seller's return of a quarter, filed or not."""
    currency = rules_of(tx).over.currency
    figures = await tx.low_value_goods.of_period(
        period.name, currency=currency, sellers=[seller_id]
    )
    return_id = derived_id("lvg", tx.hub, seller_id, period.name)
    filed = await tx.low_value_goods.returned(return_id) or LvgReturn(
        id=return_id, seller_id=seller_id, period=period.name
    )
    return LvgStatement(
        filed=filed,
        figures=figures,
        state=filed.state_on(tx.rulebook.day_of(tx.country, tx.now), figures),
        seller=await tx.low_value_goods.seller(seller_id),
    )


async def file_return(tx: CustomsTx, seller_id: str, period: LvgPeriod, *, by: str) -> LvgStatement:
    """File a quarter's return, nil if nothing was sold, or amend it by what changed since."""
    await tx.locks.hold([seller_id])
    before = await read_return(tx, seller_id, period)
    if before.seller is None or before.seller.registered_on > period.last_day:
        raise LvgNotRegistered(f"not registered by {period.last_day}", field="seller_id")
    today = tx.rulebook.day_of(tx.country, tx.now)
    filed = before.filed.filed(before.figures, on=today, by=by)
    await tx.low_value_goods.save(filed)
    event = LowValueReturnFiled(
        return_id=filed.id,
        seller_id=seller_id,
        period=period.name,
        edition=len(filed.editions),
        sales=MoneyWords.of(before.figures.sales),
        tax=MoneyWords.of(before.figures.tax),
        late=filed.is_late,
        filed_at=tx.now,
    )
    await tx.emit(event, key=filed.id, sequence=event.edition)
    return await read_return(tx, seller_id, period)


async def period_total(tx: CustomsTx, period: LvgPeriod) -> LvgFigures:
    """Return what all parcels of a quarter come to: what the ledger of payments must hold."""
    return await tx.low_value_goods.of_period(period.name, currency=rules_of(tx).over.currency)


def rules_of(tx: CustomsTx) -> LvgRules:
    """Return the rules of today, or raise LvgElsewhere."""
    rules = tx.rulebook.lvg_rules(tx.country, on=tx.rulebook.day_of(tx.country, tx.now))
    if rules is None:
        raise LvgElsewhere(f"{tx.country} has no tax on low-value goods")
    return rules
