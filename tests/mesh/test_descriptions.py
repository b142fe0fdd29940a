"""Every door of a hub does what its OpenAPI document says, for its operator and for a seller.

Schemathesis makes up requests from the documents, right ones and wrong ones, and holds the answers
against them: no answer of ours is a fault, none has a status, type or shape that is not described,
and nothing that the schema forbids is taken. What is right by the schema may still be refused:
there is no such order.
"""

from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from deploy.hub.plan import HubPlan
from deploy.hub.services import SERVICES
from deploy.laptop import running
from tests.builders.operator import Asker

HUB = "cn-hgh"
NOT_HELD: list[Any] = [positive_data_acceptance]
SELLER = {
    "kind": "seller",
    "name": "Made-up Seller",
    "country": "CN",
    "identifiers": {"uscc": "91330100799655058B"},
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubPlan]:
    with running(tmp_path_factory.mktemp("described")) as laptop:
        yield laptop.plans[HUB]


@pytest.fixture(scope="module")
def askers(plan: HubPlan) -> dict[str, Asker]:
    """Who asks: the hub's operator, and a seller's software with all that a seller may have."""
    operator = Asker.operator(plan)
    member = operator.make("/members/v1/members", SELLER)
    client = operator.make(f"/members/v1/members/{member['id']}/clients", {"name": "made up"})
    seller = Asker(plan.url, client["client_id"], client["client_secret"])
    return {"operator": operator, "seller": seller}


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
@pytest.mark.parametrize("examples", [2, pytest.param(40, marks=pytest.mark.soak)])
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("caller", ["operator", "seller"])
def test_hold(
    caller: str, service: str, examples: int, plan: HubPlan, askers: dict[str, Asker]
) -> None:
    token = askers[caller].token()
    document = schemathesis.openapi.from_url(f"{plan.url}/{service}/openapi.json")
    tried = 0
    for found in document.get_all_operations():
        operation = cast(Any, found).ok()

        @settings(
            max_examples=examples,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
            case.headers.update(headers)
            answer = case.call(base_url=f"{plan.url}/{service}")
            case.validate_response(answer, excluded_checks=NOT_HELD)

        holds()
        tried += 1
    assert tried > 5
