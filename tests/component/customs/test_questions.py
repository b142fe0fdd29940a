"""Questions over HTTP that change nothing: landed cost, pre-clearance of a plan, drawback."""

from typing import Any

import pytest

from tests.builders.customs_events import yuan
from tests.builders.running import Running

COFFEE = {
    "hs_code": "2101120000",
    "origin": "MY",
    "quantity": 1,
    "unit_price_minor": 5_800,
}
PLAN = {"description": "Kinta Valley white coffee", "net_weight_g": 570}


def a_quote(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "destination": "CN",
        "channel": "9610",
        "currency": "CNY",
        "lines": list(lines or [COFFEE]),
        "freight_minor": 1_200,
        **changes,
    }


def a_plan(**changes: Any) -> dict[str, Any]:
    line = {**COFFEE, **PLAN}
    return {**a_quote(line), "tax_minor": 637, "paid_minor": 7_637, **changes}


class TestLandedCost:
    async def test_explains_every_figure(self, origin: Running) -> None:
        reply = await origin.http.post("/v1/landed-costs", json=a_quote())
        body = reply.json()

        assert reply.status_code == 200, reply.text
        assert body["tax"] == yuan("6.37").model_dump()
        assert body["total"] == yuan("76.37").model_dump()
        assert body["regime"] == "cbec.within-limits"
        assert body["confidence"] == "unverified"
        charge = body["charges"][0]
        assert (charge["tax"], charge["rate"], charge["rounding"]) == ("vat", "0.091", "half-up")
        assert {basis["rule"] for basis in charge["basis"]} == {"C18", "C4", "C2", "C5"}

    async def test_of_goods_given_away_is_their_tax(self, origin: Running) -> None:
        reply = await origin.http.post("/v1/landed-costs", json=a_quote(discount_minor=7_000))

        assert reply.json()["total"] == reply.json()["tax"] == yuan("6.37").model_dump()

    async def test_is_refused_with_the_authority_s_code(self, origin: Running) -> None:
        pillows = {**COFFEE, "hs_code": "9404909000", "quantity": 14, "unit_price_minor": 36_800}

        reply = await origin.http.post(
            "/v1/landed-costs", json=a_quote(pillows, freight_minor=30_000)
        )

        assert [finding["code"] for finding in reply.json()["findings"]] == ["-621005"]
        assert reply.json()["charges"] == []

    async def test_runs_the_rules_of_either_country(self, destination: Running) -> None:
        stand = {
            "hs_code": "3926909900",
            "origin": "CN",
            "quantity": 1,
            "unit_price_minor": 7_808,
        }
        quote = a_quote(stand, destination="MY", channel="air-courier", currency="MYR")

        reply = await destination.http.post("/v1/landed-costs", json=quote)

        assert reply.json()["tax"] == {"amount_minor": 781, "currency": "MYR"}

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"destination": "SG"}, (404, "packs.missing")),
            ({"discount_minor": 7_001}, (422, "customs.discount-too-large")),
            ({"channel": "9810"}, (422, "customs.channel-unknown")),
            ({"currency": "MYR"}, (422, "currency-mismatch")),
            ({"lines": [{**COFFEE, "hs_code": "210112"}]}, (422, "code-invalid")),
            ({"lines": [{**COFFEE, "hs_code": "9999999999"}]}, (422, "customs.rate-missing")),
            ({"on": "2015-01-01"}, (422, "packs.rule-missing")),
            ({"lines": []}, (422, "request-invalid")),
            (
                {"lines": [{**COFFEE, "quantity": 10**9, "unit_price_minor": 10**15}]},
                (422, "amount-out-of-range"),
            ),
        ],
    )
    async def test_is_refused_by_name(
        self, origin: Running, change: dict[str, Any], code: tuple[int, str]
    ) -> None:
        reply = await origin.http.post("/v1/landed-costs", json=a_quote() | change)

        assert (reply.status_code, reply.json()["code"]) == code


class TestPlan:
    async def test_is_answered_without_an_order(self, origin: Running) -> None:
        reply = await origin.http.post("/v1/pre-clearances", json=a_plan())

        assert reply.status_code == 200, reply.text
        assert (reply.json()["verdict"], reply.json()["order_id"]) == ("accepted", None)

    @pytest.mark.parametrize(
        ("change", "codes"),
        [
            ({"annual_used_minor": 2_596_000}, ["-621018"]),
            ({"tax_minor": 0, "paid_minor": 7_000}, ["C2"]),
            ({"paid_minor": 1}, ["C10"]),
        ],
    )
    async def test_is_refused_with_what_to_do(
        self, origin: Running, change: dict[str, Any], codes: list[str]
    ) -> None:
        reply = await origin.http.post("/v1/pre-clearances", json=a_plan(**change))

        assert [finding["code"] for finding in reply.json()["findings"]] == codes
        assert all(finding["remedy"] for finding in reply.json()["findings"])


class TestDrawback:
    async def test_of_too_little_is_refused_with_its_rule(self, origin: Running) -> None:
        asked = {
            "scheme": "drawback.manufacture",
            "duty_paid_minor": 14_320,
            "currency": "MYR",
            "paid_on": "2026-03-01",
            "exported_on": "2026-09-01",
            "claimed_on": "2026-09-02",
        }

        reply = await origin.http.post("/v1/drawback-checks", json=asked)

        assert (reply.json()["granted"], reply.json()["reason"]) == (False, "below-minimum")
        assert reply.json()["amount"] == {"amount_minor": 14_320, "currency": "MYR"}
        assert reply.json()["basis"]["rule"] == "M8"

    async def test_without_notice_is_refused_to_a_maker(self, origin: Running) -> None:
        asked = {
            "scheme": "drawback.manufacture",
            "duty_paid_minor": 20_000,
            "currency": "MYR",
            "paid_on": "2026-03-01",
            "exported_on": "2026-09-01",
            "claimed_on": "2026-09-02",
        }

        silent = await origin.http.post(
            "/v1/drawback-checks", json={**asked, "notice_given": False}
        )
        noticed = await origin.http.post("/v1/drawback-checks", json=asked)

        assert (silent.json()["reason"], noticed.json()["reason"]) == ("notice-missing", None)
