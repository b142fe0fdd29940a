"""One door into the domain: which function decides which command."""

from collections.abc import Callable, Mapping
from typing import Any

from services.payments.domain.bank_fee import BookBankFee, book_bank_fee
from services.payments.domain.commands import Command
from services.payments.domain.corrections import PostCorrection, post_correction
from services.payments.domain.disputes import (
    OpenDispute,
    RuleDispute,
    open_dispute,
    rule_dispute,
)
from services.payments.domain.escrow import (
    AuthorisePayment,
    CapturePayment,
    EndAuthorisation,
    authorise_payment,
    capture_payment,
    end_authorisation,
)
from services.payments.domain.exchange import TakeQuote, take_quote
from services.payments.domain.finance import (
    AdjustPledge,
    DisburseAdvance,
    EaseAdvance,
    ProvisionAdvance,
    adjust_pledge,
    disburse_advance,
    ease_advance,
    provision_advance,
)
from services.payments.domain.line_release import ReleaseLines, release_lines
from services.payments.domain.payouts import (
    RequestPayout,
    ReversePayout,
    SettlePayout,
    request_payout,
    reverse_payout,
    settle_payout,
)
from services.payments.domain.proceeds import ReleaseOrder, release_order
from services.payments.domain.rebates import (
    ClaimRebate,
    ClawBackRebate,
    OpenRebate,
    RepayRebate,
    SettleClaim,
    claim_rebate,
    claw_back_rebate,
    open_rebate,
    repay_rebate,
    settle_claim,
)
from services.payments.domain.receipts import (
    BookReceipt,
    LinkReceipt,
    SendBackReceipt,
    book_receipt,
    link_receipt,
    send_back_receipt,
)
from services.payments.domain.refunds import (
    ConfirmRefund,
    RequestRefund,
    confirm_refund,
    request_refund,
)
from services.payments.domain.rejections import Rejection
from services.payments.domain.settlement import (
    ChargeFreight,
    FreeReserve,
    ReceiveProceeds,
    ReturnProceeds,
    charge_freight,
    free_reserve,
    receive_proceeds,
    return_proceeds,
)
from services.payments.domain.state import Context, Decision, State
from services.payments.domain.tax import BookTax, RemitTax, book_tax, remit_tax
from services.payments.domain.windows import SettleWindow, settle_window

# Each function takes its own kind of command; the key is what makes the pairs right.
DECIDERS: Mapping[type[Command], Callable[[State, Any, Context], Decision | Rejection]] = {
    AuthorisePayment: authorise_payment,
    CapturePayment: capture_payment,
    EndAuthorisation: end_authorisation,
    RequestRefund: request_refund,
    ConfirmRefund: confirm_refund,
    ReleaseOrder: release_order,
    ReleaseLines: release_lines,
    ReceiveProceeds: receive_proceeds,
    ReturnProceeds: return_proceeds,
    ChargeFreight: charge_freight,
    TakeQuote: take_quote,
    RequestPayout: request_payout,
    SettlePayout: settle_payout,
    ReversePayout: reverse_payout,
    PostCorrection: post_correction,
    BookTax: book_tax,
    RemitTax: remit_tax,
    OpenDispute: open_dispute,
    RuleDispute: rule_dispute,
    FreeReserve: free_reserve,
    AdjustPledge: adjust_pledge,
    DisburseAdvance: disburse_advance,
    EaseAdvance: ease_advance,
    ProvisionAdvance: provision_advance,
    OpenRebate: open_rebate,
    ClaimRebate: claim_rebate,
    SettleClaim: settle_claim,
    ClawBackRebate: claw_back_rebate,
    RepayRebate: repay_rebate,
    SettleWindow: settle_window,
    BookReceipt: book_receipt,
    LinkReceipt: link_receipt,
    SendBackReceipt: send_back_receipt,
    BookBankFee: book_bank_fee,
}


def decide(state: State, command: Command, context: Context) -> Decision | Rejection:
    """Return what `command` does to `state`, or why it may not; changes nothing.

    The rows and accounts that the command touches must be in `state`.
    """
    return DECIDERS[type(command)](state, command, context)
