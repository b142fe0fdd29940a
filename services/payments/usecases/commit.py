"""The one way into the ledger, for one command or for five hundred.

Rows and accounts are locked first, then known outcomes are looked up, so whoever waited for the
lock sees what the other one did. Commands are decided in order, each seeing those before it.
"""

from collections.abc import Sequence

from services.payments.domain.commands import Command, fingerprint
from services.payments.domain.decide import decide
from services.payments.domain.outcome import Cause, Instruction, KnownOutcome, Outcome
from services.payments.domain.rejections import Rejection
from services.payments.domain.state import Context, Decision, State, accept
from services.payments.store.ledger import Written
from services.payments.store.ledger_rows import Decided
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.say import say

COMMANDS_PER_BATCH_MAX = 500


async def commit(
    tx: PaymentsTx, instructions: Sequence[Instruction], *, desk: str | None = None
) -> list[Outcome]:
    """Decide commands and write what follows, in this transaction; return an outcome for each."""
    assert len(instructions) <= COMMANDS_PER_BATCH_MAX, "a batch has a limit"
    commands = [instruction.command for instruction in instructions]
    desk = desk or tx.desk
    state = await tx.ledger.lock(commands, hub=tx.hub, desk=desk)
    known = await tx.ledger.outcomes([command.id for command in commands])
    context = Context(tx.hub, tx.now, tx.rules)
    written = Written()
    outcomes = [
        await _one(tx, state, known, written, instruction, context) for instruction in instructions
    ]
    await tx.ledger.write(written, state, desk=desk, hub=tx.hub, now=context.now)
    return outcomes


async def post(tx: PaymentsTx, command: Command) -> Outcome:
    """Commit one command on behalf of the event being handled, or of time."""
    cause = Cause("time", command.NAME)
    if tx.cause is not None:
        cause = Cause(tx.cause.type, tx.cause.id)
    (outcome,) = await commit(tx, [Instruction(command, cause, tx.traceparent)])
    return outcome


async def _one(
    tx: PaymentsTx,
    state: State,
    known: dict[str, KnownOutcome],
    written: Written,
    instruction: Instruction,
    context: Context,
) -> Outcome:
    """Decide one command, unless its outcome is known from before or from this very batch."""
    command, cause, traceparent = instruction
    content = fingerprint(command)
    before = known.get(command.id)
    if before is not None:
        return before.for_same(content)
    decision = decide(state, command, context)
    if isinstance(decision, Rejection):
        outcome = Outcome({}, decision)
        if not decision.is_final:
            return outcome
    else:
        outcome = Outcome(decision.answer)
        _take_over(state, written, command, decision)
        if decision.facts:
            tx.traceparent = traceparent
            for fact in decision.facts:
                await say(tx, fact)
    known[command.id] = KnownOutcome(content, outcome)
    written.commands.append(Decided(command, content, cause, outcome))
    return outcome


def _take_over(state: State, written: Written, command: Command, decision: Decision) -> None:
    accept(state, decision)
    for position, transfer in enumerate(decision.transfers):
        written.transfers.append((command.id, position, transfer))
    for aggregate in decision.changed:
        written.changed[type(aggregate), aggregate.id] = aggregate
    written.moved.update(decision.moved)
