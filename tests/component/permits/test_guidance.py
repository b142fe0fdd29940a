"""May it go, with which papers, and what would change the answer."""

from typing import Any

import pytest

from tests.builders.packs import a_version, publish_at_peer, without_coffee
from tests.builders.running import Running

COFFEE: dict[str, Any] = {
    "hs_code": "2101120000",
    "origin": "MY",
    "destination": "CN",
    "route": "air",
    "channel": "9610",
}
DURIAN: dict[str, Any] = {
    **COFFEE,
    "hs_code": "0811909022",
    "product": "frozen-durian",
    "route": "land",
}
EIGHT_PAPERS = {
    "commercial-invoice": "380",
    "packing-list": "271",
    "form-e": "864",
    "processing-certificate": "856",
    "health-certificate": "636",
    "phytosanitary-certificate": "851",
    "fama-conformity": "2",
    "maqis-export-permit": "811",
}


async def asked(permits: Running, facts: dict[str, Any]) -> dict[str, Any]:
    reply = await permits.post("/v1/guidance", facts)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def advice_on(permits: Running, facts: dict[str, Any]) -> dict[str, Any]:
    return dict((await asked(permits, facts))["advice"])


class TestGuidance:
    async def test_lets_coffee_and_pillows_go_as_direct_retail(self, permits: Running) -> None:
        for code in ("2101120000", "9404909000"):
            advice = await advice_on(permits, {**COFFEE, "hs_code": code})

            assert (advice["verdict"], advice["papers"]) == ("allowed", [])
            assert {rule["rule_id"] for rule in advice["rules"]} == {"M5", "C6"}
            assert advice["confidence"] == "unverified"

    async def test_blocks_frozen_durian_and_says_what_it_would_take(self, permits: Running) -> None:
        advice = await advice_on(permits, DURIAN)

        papers = {paper["paper"]: paper["document_code"] for paper in advice["papers"]}
        blockers = {blocker["code"] for blocker in advice["blockers"]}
        details = " ".join(blocker["detail"] for blocker in advice["blockers"])
        assert advice["verdict"] == "blocked"
        assert papers == EIGHT_PAPERS
        assert blockers == {"route-not-allowed", "channel-not-allowed", "fact-missing"}
        assert "plant_no" in details
        assert {blocker["rule_id"] for blocker in advice["blockers"]} == {"M6"}

    async def test_plans_the_papers_along_their_critical_path(self, permits: Running) -> None:
        advice = await advice_on(permits, DURIAN)

        starts = {paper["paper"]: paper["starts_after"] for paper in advice["papers"]}
        assert advice["critical_path"] == [
            "commercial-invoice",
            "packing-list",
            "processing-certificate",
            "health-certificate",
            "maqis-export-permit",
        ]
        assert (advice["total_days"], starts["maqis-export-permit"], starts["form-e"]) == (
            13,
            10,
            2,
        )
        assert advice["costs"] == [{"amount_minor": 16_000, "currency": "MYR"}]

    async def test_names_the_facts_that_would_change_the_answer(self, permits: Running) -> None:
        advice = await advice_on(permits, DURIAN)
        coffee = await advice_on(permits, COFFEE)

        remedied = advice["changes"][-1]
        assert remedied["facts"] == {
            "farm_certificate": "to be shown",
            "plant_no": "one listed in gacc-durian-plants",
            "route": "air",
            "channel": "0110",
        }
        assert (remedied["verdict"], remedied["papers"]) == ("allowed-with", 8)
        assert {"facts": {"channel": "1239"}, "verdict": "no-rule-found", "papers": 0} in (
            coffee["changes"]
        )

    async def test_lets_durian_go_once_everything_is_shown(self, permits: Running) -> None:
        facts = {
            **DURIAN,
            "route": "sea",
            "channel": "0110",
            "stated": {"farm_certificate": "MYGAP-PHG-0001", "plant_no": "MY-FD-0001"},
        }

        advice = await advice_on(permits, facts)

        assert (advice["verdict"], len(advice["papers"])) == ("allowed-with", 8)

    async def test_takes_the_stricter_reading_while_the_product_is_not_named(
        self, permits: Running
    ) -> None:
        unnamed = await advice_on(permits, {**DURIAN, "hs_code": "081190", "product": None})
        mango = await advice_on(permits, {**DURIAN, "product": "frozen-mango"})

        assert (unnamed["verdict"], mango["verdict"]) == ("blocked", "no-rule-found")

    async def test_never_allows_silently(self, permits: Running) -> None:
        questions = {
            "code-too-short": {**COFFEE, "hs_code": "21"},
            "no-rule": {**COFFEE, "hs_code": "9306300000"},
            "no-pack": {**COFFEE, "destination": "TH"},
        }
        for code, facts in questions.items():
            advice = await advice_on(permits, facts)

            assert advice["verdict"] == "no-rule-found"
            assert code in {gap["code"] for gap in advice["gaps"]}

    async def test_reads_national_digits_only_for_their_country(self, permits: Running) -> None:
        chinese = await advice_on(permits, COFFEE)
        malaysian = await advice_on(
            permits, {**COFFEE, "hs_code": "2101129900", "nomenclature": "MY"}
        )

        assert (chinese["verdict"], malaysian["verdict"]) == ("allowed", "allowed")

    async def test_answers_for_the_day_asked_about(self, permits: Running) -> None:
        fresh = {
            **DURIAN,
            "hs_code": "0810600000",
            "product": None,
            "route": "air",
            "channel": "0110",
            "stated": {"orchard_no": "MY-DU-0001"},
        }

        before = await advice_on(permits, {**fresh, "on": "2024-06-18"})
        after = await advice_on(permits, {**fresh, "on": "2024-06-19"})

        assert (before["verdict"], after["verdict"]) == ("no-rule-found", "allowed-with")
        assert {"facts": {"on": "2024-06-19"}, "verdict": "allowed-with", "papers": 1} in (
            before["changes"]
        )


class TestWords:
    async def test_say_the_answer_in_three_languages(self, permits: Running) -> None:
        summary = (await advice_on(permits, DURIAN))["summary"]

        assert summary["en"].startswith(
            "HS 0811909022 from Malaysia to China, over land, direct retail: Not allowed like this."
        )
        assert "Papers: 8, 13 working days, 160.00 MYR." in summary["en"]
        assert "Bukan melalui darat; dibenarkan: melalui udara, melalui laut." in summary["ms"]
        assert "请提供注册加工厂编号" in summary["zh-Hans"]
        assert (
            "未核实"
            in (await advice_on(permits, {**COFFEE, "channel": "1239"}))["summary"]["zh-Hans"]
        )

    async def test_name_the_goods_instead_of_a_code(self, permits: Running) -> None:
        facts = {name: value for name, value in COFFEE.items() if name != "hs_code"}
        for words in ("white coffee", "kopi putih", "白咖啡"):
            advice = await advice_on(permits, {**facts, "words": words})

            assert (advice["verdict"], advice["facts"]["product"]) == ("allowed", "instant-coffee")
            assert advice["facts"]["hs_code"] == "210112"

    async def test_name_frozen_durian_and_what_it_would_take(self, permits: Running) -> None:
        facts = {name: value for name, value in COFFEE.items() if name != "hs_code"}
        for words in ("frozen durian", "durian beku", "冷冻榴莲", "frozen durain"):
            advice = await advice_on(permits, {**facts, "words": words, "route": "land"})

            assert (advice["verdict"], len(advice["papers"])) == ("blocked", 8), words
            remedy = advice["changes"][-1]["facts"]
            assert remedy["plant_no"] == "one listed in gacc-durian-plants"
            assert remedy["route"] == "air"

    async def test_are_asked_back_when_they_fit_several_goods(self, permits: Running) -> None:
        facts = {name: value for name, value in COFFEE.items() if name != "hs_code"}

        reply = await permits.post("/v1/guidance", {**facts, "words": "durian"})

        problem = reply.json()
        assert (reply.status_code, problem["code"]) == (422, "permits.goods-unclear")
        products = {one["product"] for one in problem["candidates"]}
        assert products >= {"frozen-durian", "fresh-durian"}

    async def test_are_asked_for_in_other_words_when_they_fit_none(self, permits: Running) -> None:
        facts = {name: value for name, value in COFFEE.items() if name != "hs_code"}

        reply = await permits.post("/v1/guidance", {**facts, "words": "zzzz qqqq"})

        problem = reply.json()
        assert (reply.status_code, problem["code"]) == (422, "permits.goods-unclear")
        assert "candidates" not in problem
        assert "other words" in problem["help"]


class TestBadQuestions:
    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"destination": "MY"}, "permits.facts-contradictory", "destination"),
            (
                {"value": {"amount_minor": -1, "currency": "CNY"}},
                "permits.facts-contradictory",
                "value",
            ),
            ({"product": "frozen-durian"}, "permits.facts-contradictory", "product"),
            ({"nomenclature": "TH"}, "permits.facts-contradictory", "nomenclature"),
            ({"channel": "4711"}, "permits.channel-unknown", "channel"),
            ({"hs_code": "7701000000"}, "permits.hs-unknown", "hs_code"),
            (
                {"origin": "CN", "destination": "MY", "channel": "air-courier", "route": "sea"},
                "permits.facts-contradictory",
                "route",
            ),
        ],
    )
    async def test_are_refused_by_name(
        self, permits: Running, changes: dict[str, Any], code: str, field: str
    ) -> None:
        reply = await permits.post("/v1/guidance", {**COFFEE, **changes})

        assert (reply.status_code, reply.json()["code"]) == (422, code)
        assert reply.json()["field"] == field

    async def test_with_a_longer_code_than_the_country_s_are_refused(
        self, permits: Running
    ) -> None:
        shorter = a_version("CN", "2026.10", key="goods.nomenclature", digits="8")
        await publish_at_peer(permits, shorter)

        reply = await permits.post("/v1/guidance", COFFEE)

        assert (reply.status_code, reply.json()["code"]) == (422, "permits.hs-unknown")
        assert "codes of CN have 8 digits" in reply.json()["detail"]

    @pytest.mark.parametrize(
        ("hs_code", "missing"),
        [
            ("2101120000", {"MY": 4, "CN": 0}),
            ("21011200", {"MY": 4, "CN": 2}),
            ("210112", {"MY": 4, "CN": 4}),
        ],
    )
    async def test_with_a_shorter_code_say_how_many_digits_are_missing(
        self, permits: Running, hs_code: str, missing: dict[str, int]
    ) -> None:
        answer = await asked(permits, {**COFFEE, "hs_code": hs_code})
        replayed = await permits.http.get(f"/v1/guidance/{answer['answer_id']}")

        assert answer["digits_missing"] == replayed.json()["digits_missing"] == missing

    async def test_about_a_day_before_every_rule_say_so(self, permits: Running) -> None:
        advice = await advice_on(permits, {**COFFEE, "on": "1999-01-01"})

        assert advice["verdict"] == "no-rule-found"
        assert {gap["code"] for gap in advice["gaps"]} == {"before-first-rule"}

    @pytest.mark.parametrize("goods", [{}, {"hs_code": "2101", "words": "coffee"}])
    async def test_name_the_goods_exactly_once(
        self, permits: Running, goods: dict[str, str]
    ) -> None:
        facts = {name: value for name, value in COFFEE.items() if name != "hs_code"}

        reply = await permits.post("/v1/guidance", {**facts, **goods})

        assert reply.status_code == 422


class TestFewerPieces:
    async def test_would_come_within_the_single_limit(self, permits: Running) -> None:
        pillows = {
            **COFFEE,
            "hs_code": "9404909000",
            "quantity": 14,
            "value": {"amount_minor": 545_200, "currency": "CNY"},
        }

        advice = await advice_on(permits, pillows)

        assert [each["code"] for each in advice["blockers"]] == ["value-over-limit"]
        assert {"facts": {"quantity": "12"}, "verdict": "allowed", "papers": 0} in advice["changes"]

    async def test_are_not_allowed_while_value_and_limit_differ_in_currency(
        self, permits: Running
    ) -> None:
        value = {"amount_minor": 332_572, "currency": "MYR"}
        pillows = {**COFFEE, "hs_code": "9404909000", "quantity": 14, "value": value}

        advice = await advice_on(permits, pillows)

        assert advice["verdict"] == "no-rule-found"
        assert [(gap["code"], gap["country"]) for gap in advice["gaps"]] == [
            ("value-currency", "CN")
        ]


class TestAnswers:
    async def test_have_one_id_for_the_same_facts_and_rules(self, permits: Running) -> None:
        first = await asked(permits, COFFEE)
        second = await asked(permits, {**COFFEE, "nomenclature": "CN", "on": "2026-09-01"})
        other = await asked(permits, {**COFFEE, "route": "sea"})

        assert second == first
        assert other["answer_id"] != first["answer_id"]

    async def test_are_replayed_and_computed_again(self, permits: Running) -> None:
        given = await asked(permits, DURIAN)

        replayed = (await permits.http.get(f"/v1/guidance/{given['answer_id']}")).json()

        assert (replayed["is_current"], replayed["is_reproduced"]) == (True, True)
        assert replayed["advice"] == given["advice"]

    async def test_stay_what_they_were_when_the_rules_change(self, permits: Running) -> None:
        given = await asked(permits, COFFEE)
        await publish_at_peer(permits, without_coffee())

        replayed = (await permits.http.get(f"/v1/guidance/{given['answer_id']}")).json()
        again = await asked(permits, COFFEE)

        assert (replayed["is_current"], replayed["is_reproduced"]) == (False, True)
        assert replayed["advice"] == given["advice"]
        assert again["answer_id"] != given["answer_id"]
        assert again["advice"]["verdict"] == "blocked"

    async def test_are_found_by_their_id_only(self, permits: Running) -> None:
        reply = await permits.http.get(f"/v1/guidance/ans_my-kul_{'0' * 26}")

        assert (reply.status_code, reply.json()["code"]) == (404, "permits.answer-not-found")


class TestGoods:
    async def test_show_their_headings_and_how_sure_the_index_is(self, permits: Running) -> None:
        reply = await permits.http.get("/v1/goods", params={"q": "white coffee"})

        best = reply.json()["items"][0]
        assert (best["hs_code"], best["confidence"]) == ("21011200", 100)
        assert [heading["hs_code"] for heading in best["path"]] == ["21", "2101", "210112"]
        assert (best["digits"], best["is_complete_for"]) == ({"CN": 10, "MY": 10}, [])

    @pytest.mark.parametrize(
        ("misspelt", "product"),
        [
            ("matress", "mattress"),
            ("lipstik", "lipstick"),
            ("biskuit", "biscuits"),
            ("durain frozen", "frozen-durian"),
        ],
    )
    async def test_are_found_although_misspelt(
        self, permits: Running, misspelt: str, product: str
    ) -> None:
        reply = await permits.http.get("/v1/goods", params={"q": misspelt})

        best = reply.json()["items"][0]
        assert best["product"] == product
        assert 70 <= best["confidence"] < 100

    async def test_are_found_in_three_languages(self, permits: Running) -> None:
        for words in ("white coffee", "kopi putih", "白咖啡", "浓缩", "WHITE COFF"):
            reply = await permits.http.get("/v1/goods", params={"q": words})

            assert reply.json()["items"][0]["product"] == "instant-coffee", words

    async def test_fall_back_on_some_of_the_words_and_on_none(self, permits: Running) -> None:
        some = await permits.http.get("/v1/goods", params={"q": "latex elephant"})
        none = [
            (await permits.http.get("/v1/goods", params={"q": question})).json()["items"]
            for question in ('"*) OR (', "***", "elephant")
        ]

        named = {item["product"] for item in some.json()["items"] if item["product"]}
        assert named >= {"pillow", "mattress", "latex"}
        assert none == [[], [], []]
