"""Statements of accounts: they add up, page by page, in three formats, to those who may read."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from tests.builders.running import Running
from tests.component.payments.story import (
    CN,
    ORDER,
    SELLER,
    proceeds_reclaimed,
    proceeds_released,
)

AVAILABLE = f"seller:{SELLER}:available"
CAMT = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


async def proceeds(at: Running, count: int) -> None:
    """Let the seller be paid for `count` orders, one an hour, 10.00, 10.01, ... CNY each."""
    for n in range(count):
        amount = {"amount_minor": 1_000 + n, "currency": "CNY"}
        event = proceeds_released(
            f"order {n}", amount=amount, commission={**amount}, tax={**amount}
        )
        await at.hear(event, key=ORDER, origin=CN)
        at.wait(timedelta(hours=1))


async def told(at: Running, code: str = AVAILABLE, **query: Any) -> Any:
    now = at.clock.now()
    asked = {
        "currency": "CNY",
        "from": (now - timedelta(days=30)).isoformat(),
        "until": now.isoformat(),
        **query,
    }
    return await at.http.get(f"/v1/accounts/{code}/statement", params=asked)


class TestStatement:
    async def test_tells_each_posting_with_what_caused_it(self, sellers: Running) -> None:
        await proceeds(sellers, 2)
        await sellers.hear(
            proceeds_reclaimed(amount={"amount_minor": 500, "currency": "CNY"}), origin=CN
        )
        sellers.wait(timedelta(hours=1))

        statement = (await told(sellers)).json()

        money = [
            (line["side"], line["amount_minor"], line["change_minor"], line["balance_minor"])
            for line in statement["lines"]
        ]
        assert money == [
            ("credit", 1_000, 1_000, 1_000),
            ("credit", 1_001, 1_001, 2_001),
            ("debit", 500, -500, 1_501),
        ]
        last = statement["lines"][-1]
        assert last["cause"] == "payments.proceeds-reclaimed.v1"
        assert (last["about"], last["counter_account"]) == (ORDER, f"due_from_hub:{CN}")
        assert (statement["opening_minor"], statement["closing_minor"]) == (0, 1_501)
        assert (statement["debits_minor"], statement["credits_minor"]) == (500, 2_001)
        assert "next_cursor" not in statement

    async def test_opens_with_what_was_there_before_and_closes_before_what_came_later(
        self, sellers: Running
    ) -> None:
        start = sellers.clock.now()
        await proceeds(sellers, 5)

        statement = (
            await told(
                sellers,
                **{
                    "from": (start + timedelta(hours=1)).isoformat(),
                    "until": (start + timedelta(hours=3)).isoformat(),
                },
            )
        ).json()

        assert [line["amount_minor"] for line in statement["lines"]] == [1_001, 1_002]
        assert (statement["opening_minor"], statement["closing_minor"]) == (1_000, 3_003)

    async def test_has_pages_that_continue_each_other(self, sellers: Running) -> None:
        await proceeds(sellers, 7)
        pages: list[Any] = []
        cursor: str | None = None

        while cursor or not pages:
            page = (await told(sellers, limit=3, **({"cursor": cursor} if cursor else {}))).json()
            pages.append(page)
            cursor = page.get("next_cursor")

        amounts = [line["amount_minor"] for page in pages for line in page["lines"]]
        assert amounts == [1_000 + n for n in range(7)]
        assert [len(page["lines"]) for page in pages] == [3, 3, 1]
        edges = [(page["brought_minor"], page["carried_minor"]) for page in pages]
        assert edges == [(0, 3_003), (3_003, 6_015), (6_015, 7_021)]
        assert {page["closing_minor"] for page in pages} == {7_021}

    async def test_of_an_asset_counts_on_its_own_side(self, sellers: Running) -> None:
        await proceeds(sellers, 1)

        statement = (await told(sellers, f"due_from_hub:{CN}")).json()

        assert [line["side"] for line in statement["lines"]] == ["debit"]
        assert statement["closing_minor"] == 1_000


class TestFormats:
    async def test_csv_has_a_line_for_each_posting_and_a_link_to_the_next_page(
        self, sellers: Running
    ) -> None:
        await proceeds(sellers, 3)

        reply = await told(sellers, format="csv", limit=2)
        link = reply.headers["link"].removeprefix("<").partition(">")[0]
        rest = await sellers.http.get(link)

        assert reply.headers["content-type"].startswith("text/csv")
        rows = [*csv.DictReader(io.StringIO(reply.text)), *csv.DictReader(io.StringIO(rest.text))]
        assert [row["balance_minor"] for row in rows] == ["1000", "2001", "3003"]
        assert {row["currency"] for row in rows} == {"CNY"}
        assert "link" not in rest.headers

    async def test_camt_carries_the_same_balances_and_entries(self, sellers: Running) -> None:
        await proceeds(sellers, 3)

        pages = [await told(sellers, format="camt.053", limit=2)]
        pages.append(await sellers.http.get(pages[0].headers["link"][1:].partition(">")[0]))
        roots = [etree.fromstring(page.content) for page in pages]

        def texts(path: str) -> list[list[str | None]]:
            return [[each.text for each in root.findall(path, CAMT)] for root in roots]

        assert texts(".//c:Bal/c:Tp/c:CdOrPrtry/c:Cd") == [["OPBD", "ITBD"], ["ITBD", "CLBD"]]
        assert texts(".//c:Bal/c:Amt") == [["0.00", "20.01"], ["20.01", "30.03"]]
        assert texts(".//c:Ntry/c:Amt") == [["10.00", "10.01"], ["10.02"]]
        assert texts(".//c:Acct/c:Nm") == [[AVAILABLE], [AVAILABLE]]
        lengths = [len(text or "") for page in texts(".//c:AcctSvcrRef") for text in page]
        assert lengths == [26, 26, 26]


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"from": "2026-09-01T12:00:00"}, 422, "request-invalid"),
            ({"until": "2036-09-01T12:00:00Z"}, 422, "payments.period-wrong"),
            (
                {"from": "2026-09-01T00:00:00Z", "until": "2026-08-01T00:00:00Z"},
                422,
                "payments.period-wrong",
            ),
            ({"currency": "MYR"}, 404, "payments.account-not-found"),
            ({"cursor": "dHJmXzE"}, 422, "cursor-malformed"),  # trf_1
            ({"cursor": "ZGVzay8xLzA"}, 422, "cursor-malformed"),  # desk/1/0, a batch never made
            ({"limit": 2_001}, 422, "request-invalid"),
        ],
    )
    async def test_say_what_is_wrong(
        self, sellers: Running, changes: dict[str, Any], status: int, code: str
    ) -> None:
        await proceeds(sellers, 1)

        reply = await told(sellers, **changes)

        assert (reply.status_code, reply.json()["code"]) == (status, code)

    async def test_members_read_their_own_accounts_only(self, sellers: Running) -> None:
        await proceeds(sellers, 1)
        now = sellers.clock.now()
        query = {
            "currency": "CNY",
            "from": (now - timedelta(days=1)).isoformat(),
            "until": now.isoformat(),
        }

        async def as_member(member: str, code: str) -> int:
            headers = sellers.office.headers("payments:read", member_id=member)
            reply = await sellers.http.get(
                f"/v1/accounts/{code}/statement", params=query, headers=headers
            )
            return reply.status_code

        assert await as_member(SELLER, AVAILABLE) == 200
        assert await as_member(ORDER, AVAILABLE) == 404
        assert await as_member(SELLER, f"due_from_hub:{CN}") == 404
