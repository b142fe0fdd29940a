"""Peers are told of every step in a contract, in order, until they confirm it."""

import asyncio
from dataclasses import dataclass

import structlog

from services.exchange.clients.contract import PeerSteps, StepNotTaken
from services.exchange.domain.contract import Step, StepRefused
from services.exchange.store.negotiations import UntoldStep
from services.exchange.store.tx import STEPPED, ExchangeTx
from services.exchange.usecases.negotiate import take_step
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""How often to look where no bell was heard: the API may be another process."""
RETRY_S = 2.0


@dataclass
class StepTeller:
    """Tells one peer, for as long as `run` runs."""

    store: Store[ExchangeTx]
    steps: PeerSteps

    async def run(self) -> None:
        stepped = self.store.bells[STEPPED]
        while True:
            try:
                seen = stepped.rung
                if not await self.tell():
                    await stepped.wait(after=seen, timeout_s=LOOK_S)
            except Unavailable as error:
                log.info("contract.waiting", peer=self.steps.peer.hub, why=error.message)
                await asyncio.sleep(RETRY_S)

    async def tell(self) -> int:
        """Tell all that waits; return how many steps the peer has answered for good."""
        async with self.store.reading() as tx:
            waiting = await tx.negotiations.untold(self.steps.peer.hub)
        for step in waiting:
            why = None
            try:
                await self.steps.tell(step)
            except StepNotTaken as refused:
                why = str(refused.details["refused_as"])
                log.error(
                    "contract.refused", peer=self.steps.peer.hub, step=step.step.value, why=why
                )
            async with self.store.transaction() as tx:
                await tx.negotiations.told(step)
                if why is not None:
                    await self._give_up(tx, step, why)
        return len(waiting)

    async def _give_up(self, tx: ExchangeTx, step: UntoldStep, why: str) -> None:
        """End a contract that the peer does not follow, so that neither waits in vain."""
        if step.step is Step.TERMINATE:
            return
        try:
            await take_step(
                tx,
                step.contract_id,
                Step.TERMINATE,
                reason=f"peer-refused: {why}",
                key=self.steps.key,
            )
        except StepRefused:
            log.info("contract.ended-already", contract=step.contract_id)
