"""Domain values in the words of the HTTP contract."""

from services.customs.domain.assessment import Charge
from services.customs.domain.authority import NOTICE, SIMULATOR
from services.customs.domain.basis import Basis
from services.customs.domain.declaration import Declaration
from services.customs.domain.export import ExportDeclaration
from services.customs.domain.preclearance import OrderAnswer
from services.customs.domain.preference import Preference
from services.customs.domain.quota import QuotaUse
from services.customs.usecases.announce import finding_words
from shared.contracts.customs.api import (
    AuthorityView,
    BasisView,
    DeclarationView,
    ExportDeclarationView,
    ExportLineView,
    PreClearanceView,
    StepView,
)
from shared.contracts.customs.landed_costs import ChargeView, PreferenceView, QuotaUseView
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money

AUTHORITY = AuthorityView(name=SIMULATOR, simulated=True, notice=NOTICE)
RATE_PLACES = 10


def basis_view(basis: Basis) -> BasisView:
    return BasisView(
        rule=basis.rule,
        key=basis.key,
        citation=basis.citation,
        confidence="sourced" if basis.confidence == "sourced" else "unverified",
    )


def explanation_of(charge: Charge) -> str:
    """Say how a charge came about, in one sentence of plain figures."""
    rate = f"{charge.rate * 100:.4f}".rstrip("0").rstrip(".")
    rules = ", ".join(dict.fromkeys(basis.rule for basis in charge.basis))
    return (
        f"{charge.tax.value} on {_shown(charge.base)} at {rate} %, rounded {charge.rounding.value}:"
        f" {_shown(charge.amount)} (rules {rules})"
    )


def _shown(money: Money) -> str:
    sign, minor = ("-" if money.minor < 0 else ""), abs(money.minor)
    return f"{sign}{minor // 100}.{minor % 100:02d} {money.currency}"


def charge_view(charge: Charge) -> ChargeView:
    return ChargeView(
        line_no=charge.line_no,
        tax=charge.tax.value,
        base=MoneyWords.of(charge.base),
        rate=f"{charge.rate:.{RATE_PLACES}f}".rstrip("0").rstrip("."),
        rounding=charge.rounding.value,
        amount=MoneyWords.of(charge.amount),
        explanation=explanation_of(charge),
        basis=tuple(basis_view(basis) for basis in charge.basis),
    )


def preference_view(one: Preference) -> PreferenceView:
    return PreferenceView(
        line_no=one.line_no,
        scheme=one.scheme,
        outcome=one.outcome.value,
        duty=money_view(one.duty),
        basis=basis_view(one.basis),
    )


def quota_use_view(one: QuotaUse) -> QuotaUseView:
    quota = one.offer.quota
    return QuotaUseView(
        line_no=one.line_no,
        order_number=quota.order_number,
        opens=quota.opens,
        closes=quota.closes,
        unit="KGM" if quota.unit == "KGM" else "C62",
        quantity=one.quantity,
        left=one.offer.left,
        as_of=one.offer.as_of,
        outcome=one.outcome.value,
        duty=MoneyWords.of(one.duty),
        basis=basis_view(quota.basis),
    )


def pre_clearance_view(answer: OrderAnswer) -> PreClearanceView:
    assert answer.own is not None, "only answered orders are shown"
    return PreClearanceView(
        order_id=answer.order_id,
        order_no=answer.order_no,
        verdict="refused" if answer.findings else "accepted",
        findings=finding_words(answer.findings),
        unchecked=answer.unchecked,
        tax=money_view(answer.tax),
        pack_hash=answer.own.pack_digest,
        version=answer.version,
        answered_at=answer.answered_at,
    )


def declaration_view(
    one: Declaration, *, missing: tuple[str, ...] | None = None
) -> DeclarationView:
    return DeclarationView(
        id=one.id,
        logistics_no=one.logistics_no,
        order_id=one.order_id,
        order_no=one.order_no,
        status=one.status.value,
        version=one.version,
        lane=None if one.lane is None else one.lane.value,
        to_inspect=one.to_inspect,
        withdrawn=one.withdrawn,
        findings=finding_words(one.findings),
        tax=money_view(one.tax),
        tax_bill_no=None if one.tax_bill is None else one.tax_bill.number,
        pack_hash=one.pack_digest,
        missing=missing,
        deadline=one.deadline,
        history=tuple(
            StepView(status=step.status.value, at=step.at, by=step.by, reason=step.reason)
            for step in one.history
        ),
        authority=AUTHORITY,
    )


def export_view(one: ExportDeclaration) -> ExportDeclarationView:
    return ExportDeclarationView(
        id=one.id,
        consolidation_id=one.unit.consolidation_id,
        unit_version=one.unit.version,
        master_waybill=one.unit.master_waybill,
        destination_hub=one.unit.destination_hub,
        state=one.state.value,
        version=one.version,
        lane=None if one.lane is None else one.lane.value,
        forms=one.forms,
        lines=tuple(
            ExportLineView(
                hs_code=line.hs_code,
                quantity=line.quantity,
                net_weight_g=line.net_weight_g,
                fob=MoneyWords.of(line.fob),
            )
            for line in one.lines
        ),
        fob_total=money_view(one.fob_total),
        fob_local=money_view(one.fob_local),
        released_at=one.released_at,
        findings=finding_words(one.findings),
        reason=one.reason,
        authority=AUTHORITY,
    )


def money_view(money: Money | None) -> MoneyWords | None:
    return None if money is None else MoneyWords.of(money)
