"""Origin advice and terms over HTTP: figures, their reasons, and who owes what."""

from typing import Any

import pytest

from tests.builders.running import Running

MATTRESS: dict[str, Any] = {
    "destination": "CN",
    "channel": "0110",
    "currency": "CNY",
    "lines": [
        {"hs_code": "9404210000", "origin": "MY", "quantity": 1, "unit_price_minor": 548_000}
    ],
    "freight_minor": 22_000,
}


class TestOriginAdvice:
    async def test_says_what_form_e_saves(self, origin: Running) -> None:
        reply = (await origin.http.post("/v1/origin-advice", json=MATTRESS)).json()
        best = reply["options"][0]

        assert (best["scheme"], best["certificate"]) == ("acfta", "E")
        assert best["saving"] == {"amount_minor": 64_410, "currency": "CNY"}
        assert best["is_worth_it"] is True
        assert best["basis"]["confidence"] == "unverified"

    @pytest.mark.parametrize(
        ("hs_code", "quantity", "price_minor"),
        [("2101120000", 1, 5_800), ("2101120000", 2, 5_800), ("9404909000", 1, 36_800)],
    )
    async def test_says_that_it_saves_nothing_where_the_tariff_is_nothing(
        self, origin: Running, hs_code: str, quantity: int, price_minor: int
    ) -> None:
        line = {**MATTRESS["lines"][0], "hs_code": hs_code, "quantity": quantity}
        parcel = {
            **MATTRESS,
            "channel": "9610",
            "lines": [{**line, "unit_price_minor": price_minor}],
        }

        reply = (await origin.http.post("/v1/origin-advice", json=parcel)).json()

        savings = [option["saving"]["amount_minor"] for option in reply["options"]]
        assert {*savings} <= {0}
        assert not any(option["is_worth_it"] for option in reply["options"])

    async def test_answers_each_agreement_in_money(self, origin: Running) -> None:
        reply = (await origin.http.post("/v1/origin-advice", json=MATTRESS)).json()

        savings = {one["scheme"]: one["saving"]["amount_minor"] for one in reply["options"]}
        assert savings == {"acfta": 64_410, "rcep": 25_764}

    async def test_is_what_a_landed_cost_with_the_proof_takes_off(self, origin: Running) -> None:
        proofs = [{"scheme": "rcep", "issued_on": "2026-08-01"}]
        with_proof = {**MATTRESS, "lines": [{**MATTRESS["lines"][0], "proofs": proofs}]}

        plain = (await origin.http.post("/v1/landed-costs", json=MATTRESS)).json()
        proven = (await origin.http.post("/v1/landed-costs", json=with_proof)).json()

        outcomes = {one["scheme"]: one["outcome"] for one in proven["preferences"]}
        assert outcomes == {"acfta": "no-proof", "rcep": "applied"}
        assert plain["tax"]["amount_minor"] - proven["tax"]["amount_minor"] == 25_764
        assert [basis["key"] for basis in proven["charges"][0]["basis"]][:2] == [
            "preferential-duty.rcep",
            "origin.rcep",
        ]

    async def test_covers_goods_of_one_origin(self, origin: Running) -> None:
        lines = [MATTRESS["lines"][0], {**MATTRESS["lines"][0], "origin": "TH"}]
        reply = await origin.http.post("/v1/origin-advice", json={**MATTRESS, "lines": lines})

        assert reply.json()["code"] == "customs.origins-mixed"


class TestTerms:
    async def test_split_a_landed_cost_between_seller_and_buyer(self, origin: Running) -> None:
        body = {**MATTRESS, "insurance_minor": 1_000}
        asked = {
            code: (
                await origin.http.post("/v1/landed-costs", json={**body, "incoterm": code})
            ).json()
            for code in ("EXW", "CPT", "CIP", "DDP")
        }
        sellers = {code: r["terms"]["seller_pays"]["amount_minor"] for code, r in asked.items()}
        tax = asked["DDP"]["tax"]["amount_minor"]

        assert sellers == {"EXW": 0, "CPT": 22_000, "CIP": 23_000, "DDP": 22_000 + tax}
        for reply in asked.values():
            paid = reply["terms"]["seller_pays"], reply["terms"]["buyer_pays"]
            assert sum(p["amount_minor"] for p in paid) == reply["total"]["amount_minor"]

    async def test_explain_every_charge(self, origin: Running) -> None:
        reply = (await origin.http.post("/v1/landed-costs", json=MATTRESS)).json()

        assert [charge["explanation"] for charge in reply["charges"]] == [
            "duty on 5700.00 CNY at 10 %, rounded half-up: 570.00 CNY (rules C18, C8)",
            "vat on 6270.00 CNY at 13 %, rounded half-up: 815.10 CNY (rules C18, C8)",
        ]

    async def test_refuse_a_term_of_an_older_edition(self, origin: Running) -> None:
        reply = await origin.http.post("/v1/landed-costs", json={**MATTRESS, "incoterm": "DDU"})

        assert reply.json()["code"] == "customs.incoterm-unknown"
