"""How `customs` is put together: the only file that knows every room."""

import csv
from datetime import date
from pathlib import Path

from services.customs.api import (
    allowances,
    declarations,
    drawbacks,
    export_declarations,
    export_lists,
    filers,
    forms,
    gate,
    landed_costs,
    low_value,
    manifests,
    pre_clearances,
    quotas,
    rebates,
    release_times,
    returns,
    risk_seeds,
    tax_bills,
)
from services.customs.consumers import customs, logistics, members, orders, payments, permits
from services.customs.domain.screening import ScreeningList, read_parties
from services.customs.settings import CustomsSettings
from services.customs.store.tables import metadata
from services.customs.store.tx import ruled_by
from services.customs.timers import TIMERS
from services.customs.usecases.country_rules import PackRulebook
from shared.kernel.clock import Clock
from shared.messaging.bus import EventBus
from shared.packs.loader import load_packs
from shared.packs.pack import Packs
from shared.runtime.service import Service
from shared.runtime.wiring import store_for, verifier_for
from shared.web.client import Transport

NAME = "customs"


def load_screening(settings: CustomsSettings, packs: Packs, *, on: date) -> ScreeningList:
    """Read the operator's list of denied parties; a row that is wrong stops the start."""
    if settings.denied_parties_file is None:
        return ScreeningList()
    with settings.denied_parties_file.open(encoding="utf-8", newline="") as file:
        parties = read_parties(list(csv.reader(file)))
    forms = PackRulebook(packs, seed="").company_forms(settings.hub[:2].upper(), on=on)
    return ScreeningList(parties=parties, forms=forms)


def create_service(
    settings: CustomsSettings,
    *,
    bus: EventBus,
    clock: Clock,
    transport: Transport | None = None,
) -> Service:
    """Build the service; nothing runs before `Service.running()`."""
    packs = load_packs()
    rulebook = PackRulebook(
        packs,
        seed=settings.risk_seed,
        forces_lanes=settings.profile == "test",
        screening=load_screening(settings, packs, on=clock.now().date()),
    )
    return Service(
        name=NAME,
        settings=settings,
        store=store_for(settings, NAME, metadata=metadata, tx_type=ruled_by(rulebook), clock=clock),
        migrations=Path(__file__).parent / "store" / "migrations",
        bus=bus,
        verifier=verifier_for(settings, clock=clock, transport=transport),
        description="Landed costs, pre-clearance, and declarations at both ends of a lane. "
        "Answers of customs come from a simulator; nothing is filed with any authority.",
        routers=[
            landed_costs.router,
            landed_costs.advice_router,
            pre_clearances.router,
            declarations.router,
            export_declarations.router,
            export_lists.router,
            export_lists.summaries,
            manifests.router,
            low_value.router,
            allowances.router,
            allowances.log,
            gate.router,
            filers.router,
            forms.router,
            tax_bills.router,
            returns.router,
            risk_seeds.router,
            release_times.router,
            quotas.router,
            rebates.router,
            drawbacks.router,
        ],
        hearings=[
            *members.SUBSCRIPTIONS,
            *orders.SUBSCRIPTIONS,
            *payments.SUBSCRIPTIONS,
            *logistics.SUBSCRIPTIONS,
            *customs.SUBSCRIPTIONS,
            *permits.SUBSCRIPTIONS,
        ],
        timers=TIMERS,
    )
