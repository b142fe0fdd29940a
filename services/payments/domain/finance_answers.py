"""What callers are told about an advance: its price, its reasons, what it stands on."""

from services.payments.domain.advance import Advance
from services.payments.domain.answers import Answer, moment, money


def advance_answer(advance: Advance) -> Answer:
    currency = advance.currency
    return {
        "id": advance.id,
        "seller_id": advance.seller_id,
        "state": advance.state.value,
        "principal": money(advance.principal_minor, currency),
        "fee": money(advance.fee_minor, currency),
        "repaid": money(advance.repaid_minor, currency),
        "owed": money(advance.owed_minor, currency),
        "apr_bp": advance.apr_bp,
        "escrowed_goods": money(advance.collateral_minor, advance.collateral_currency),
        "advanced": money(advance.advanced_minor, advance.collateral_currency),
        "share_bp": advance.share_bp,
        "limit": money(advance.limit_minor, currency),
        "rate": advance.rate,
        "orders": len(advance.pledges),
        "model": advance.model,
        "score": advance.score,
        "reasons": [
            {
                "factor": reason.factor,
                "value": reason.value,
                "points": reason.points,
                "better_at": reason.better_at,
                "better_points": reason.better_points,
                "unit": reason.unit,
            }
            for reason in advance.reasons
        ],
        "consented_at": advance.consented_at.isoformat(),
        "expires_at": advance.expires_at.isoformat(),
        "disbursed_at": moment(advance.disbursed_at),
        "due_at": moment(advance.due_at),
        "eased_until": moment(advance.eased_until),
        "provision": money(advance.provision_minor, currency),
    }
