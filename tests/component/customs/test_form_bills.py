"""The tax bill of a K1: drawn on the importer's account, replaced by an edition, void with it."""

from typing import Any

from tests.builders.running import Running
from tests.component.customs.test_forms import GOODS, K1, MEMBER, amend, filed, move


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
