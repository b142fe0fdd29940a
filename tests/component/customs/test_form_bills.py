"""The tax bill of a K1: drawn on the importer's account, replaced by an edition, void with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.customs.usecases.file_form import end_overdue_forms
from tests.builders.running import Running
from tests.component.customs.test_forms import GOODS, K1, K8, MEMBER, amend, filed, move, problem

ANSWER_BY = datetime(2026, 9, 15, 23, 59, 59, tzinfo=UTC)
ARRIVE_BY = datetime(2026, 10, 1, 23, 59, 59, tzinfo=UTC)


async def account(customs: Running, limit_minor: int) -> None:
    body = {"limit_minor": limit_minor, "currency": "MYR"}
    opened = await customs.post(f"/v1/guarantees/{MEMBER}", body)
    assert opened.status_code == 201, opened.text


async def drawn(customs: Running) -> list[dict[str, Any]]:
    found = (await customs.http.get(f"/v1/guarantees/{MEMBER}")).json()["drawn"]
    return [money for money in found if money["amount_minor"]]


class TestTaxBill:
    async def test_says_what_an_accepted_form_owes(self, origin: Running) -> None:
        form = await filed(origin, "K1", K1, GOODS)
        bill = (await origin.http.get(f"/v1/tax-bills/{form['tax_bill_no']}")).json()

        assert (bill["status"], bill["declaration_id"]) == (1, form["number"])
        assert (bill["guarantor"], bill["tax"]["amount_minor"]) == (MEMBER, 35_200)
        assert (bill["duty"]["amount_minor"], bill["other"]["amount_minor"]) == (22_000, 13_200)

    async def test_fits_the_account_to_the_sen_or_returns_the_form(self, origin: Running) -> None:
        await account(origin, 35_199)
        refused = await filed(origin, "K1", K1, GOODS, reference="R-1")
        await account(origin, 35_200)
        taken = await filed(origin, "K1", K1, GOODS, reference="R-2")

        assert [one["code"] for one in refused["findings"]] == ["guarantee-exhausted"]
        assert (refused["state"], refused["tax_bill_no"]) == ("returned", None)
        assert taken["state"] == "released"
        assert await drawn(origin) == [{"amount_minor": 35_200, "currency": "MYR"}]

    async def test_is_replaced_by_that_of_an_amended_edition(self, origin: Running) -> None:
        form = await filed(origin, "K1", K1, GOODS, reference="R-YELLOW")
        line = {**GOODS, "item_amount": "400.00 MYR"}
        after = (await amend(origin, form["number"], lines=[line])).json()
        before = (await origin.http.get(f"/v1/tax-bills/{form['tax_bill_no']}")).json()

        assert before["status"] == 3
        assert after["tax_bill_no"] != form["tax_bill_no"]
        assert await drawn(origin) == [{"amount_minor": 16_000, "currency": "MYR"}]

    async def test_is_void_once_the_form_is_cancelled(self, origin: Running) -> None:
        form = await filed(origin, "K1", K1, GOODS)
        await move(origin, form["number"], "cancel")

        assert await drawn(origin) == []
        assert (await origin.http.get(f"/v1/tax-bills/{form['tax_bill_no']}")).json()["status"] == 3


async def pass_to(customs: Running, moment: datetime) -> None:
    """Let time pass until a moment, and do what the service does every minute."""
    customs.wait(moment - customs.clock.now())
    async with customs.service.store.transaction() as tx:
        await end_overdue_forms(tx)


async def read(customs: Running, number: str) -> dict[str, Any]:
    return (await customs.http.get(f"/v1/gates/my/forms/{number}")).json()  # type: ignore[no-any-return]


async def bill_of(customs: Running, form: dict[str, Any]) -> tuple[int, int]:
    """Status of a form's bill, and sen still owed."""
    bill = (await customs.http.get(f"/v1/tax-bills/{form['tax_bill_no']}")).json()
    return bill["status"], bill["tax"]["amount_minor"] - bill["voided"]["amount_minor"]


async def payable(customs: Running) -> int:
    summary = (await customs.post(f"/v1/guarantees/{MEMBER}/summaries", {})).json()
    return 0 if summary["total"] is None else int(summary["total"]["amount_minor"])


class TestTransit:
    async def test_secures_its_tax_on_the_account_and_frees_it_on_arrival(
        self, origin: Running
    ) -> None:
        await account(origin, 35_200)
        k8 = await filed(origin, "K8", K8, GOODS)
        secured, due = await drawn(origin), await payable(origin)
        beside = await filed(origin, "K8", K8, GOODS, reference="R-2")

        await move(origin, k8["number"], "complete")
        await pass_to(origin, ARRIVE_BY + timedelta(seconds=1))

        assert (secured, due) == ([{"amount_minor": 35_200, "currency": "MYR"}], 0)
        assert k8["deadline"] == ARRIVE_BY.isoformat().replace("+00:00", "Z")
        assert [one["code"] for one in beside["findings"]] == ["guarantee-exhausted"]
        assert (await read(origin, k8["number"]))["state"] == "completed"
        assert await bill_of(origin, k8) == (3, 0)
        assert await drawn(origin) == []

    async def test_that_never_arrives_owes_what_it_secured(self, origin: Running) -> None:
        k8 = await filed(origin, "K8", K8, GOODS)
        await pass_to(origin, ARRIVE_BY)
        in_time = await read(origin, k8["number"])
        for _ in range(2):
            await pass_to(origin, ARRIVE_BY + timedelta(seconds=1))
        late = await read(origin, k8["number"])

        assert (in_time["state"], late["state"]) == ("released", "undischarged")
        assert (late["history"][-1]["reason"], late["deadline"]) == ("not-arrived", None)
        assert await bill_of(origin, late) == (1, 35_200)
        for step in ("complete", "cancel", "release", "inspect"):
            refused = await move(origin, k8["number"], step)
            assert problem(refused)[:2] == (409, "customs.filing-step-not-allowed")
        assert await payable(origin) == 35_200

    @pytest.mark.parametrize("reference", ["R-1", "R-YELLOW", "R-RED"])
    async def test_cancelled_frees_what_it_secured(self, origin: Running, reference: str) -> None:
        k8 = await filed(origin, "K8", K8, GOODS, reference=reference)
        await move(origin, k8["number"], "cancel")
        await pass_to(origin, ARRIVE_BY + timedelta(seconds=1))

        assert await bill_of(origin, k8) == (3, 0)
        assert (await read(origin, k8["number"]))["state"] == "cancelled"

    async def test_counts_its_days_from_the_release(self, origin: Running) -> None:
        k8 = await filed(origin, "K8", K8, GOODS, reference="R-YELLOW")
        origin.wait(timedelta(days=2))
        released = (await move(origin, k8["number"], "release")).json()

        later = (ARRIVE_BY + timedelta(days=2)).isoformat().replace("+00:00", "Z")
        assert (k8["deadline"], released["deadline"]) == (None, later)


class TestReturned:
    async def test_that_nobody_answers_is_cancelled_and_can_be_filed_again(
        self, origin: Running
    ) -> None:
        wrong = await filed(origin, "K1", K1 | {"gross_mass": "0.999"}, GOODS)
        await pass_to(origin, ANSWER_BY)
        in_time = await read(origin, wrong["number"])
        await pass_to(origin, ANSWER_BY + timedelta(seconds=1))
        late = await read(origin, wrong["number"])
        refused = await amend(origin, wrong["number"], boxes={"gross_mass": "1.200"})
        again = await filed(origin, "K1", K1, GOODS)

        assert wrong["deadline"] == ANSWER_BY.isoformat().replace("+00:00", "Z")
        assert (in_time["state"], late["state"]) == ("returned", "cancelled")
        assert late["history"][-1]["reason"] == "not-answered"
        assert problem(refused)[:2] == (409, "customs.filing-step-not-allowed")
        assert (again["number"], again["state"]) == (wrong["number"], "released")

    async def test_and_answered_has_no_deadline_or_a_new_one(self, origin: Running) -> None:
        wrong = await filed(origin, "K1", K1 | {"gross_mass": "0.999"}, GOODS)
        origin.wait(timedelta(days=3))
        still = (await amend(origin, wrong["number"], boxes={"gross_mass": "0.998"})).json()
        right = (await amend(origin, wrong["number"], boxes={"gross_mass": "1.200"})).json()

        later = (ANSWER_BY + timedelta(days=3)).isoformat().replace("+00:00", "Z")
        assert (still["deadline"], right["deadline"]) == (later, None)
