"""What only the buyer's hub sees, the buyer's year and who paid: yes or no is all that leaves."""

from typing import Any

from shared.contracts.customs.events import BuyerChecked
from tests.builders.customs_events import BUYER_ID, Parcel
from tests.builders.running import Running
from tests.component.customs.steps import declaration_of, hear_all, hear_document

A_017, A_042 = Parcel("A-017"), Parcel("A-042")
STRANGER = {"payer_id_number": "110101190001010018", "payer_name": "王伟"}


async def recorded(customs: Running, used_minor: int, *, year: int = 2026) -> dict[str, Any]:
    body = {"id_number": BUYER_ID, "year": year, "used_minor": used_minor, "currency": "CNY"}
    reply = await customs.post("/v1/allowances", body)
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def found(customs: Running) -> list[tuple[tuple[str, ...], list[str]]]:
    said = await customs.said(BuyerChecked)
    return [(event.checked, [finding.code for finding in event.findings]) for event in said]


class TestBuyerChecked:
    async def test_says_yes_of_a_buyer_who_pays_within_the_year(self, destination: Running) -> None:
        await destination.hear(A_017.placed())
        await destination.hear(A_017.captured())

        assert await found(destination) == [
            (("annual-limit",), []),
            (("annual-limit", "payer"), []),
        ]
        assert [e.audience for e in await destination.envelopes()] == ["my-kul", "my-kul"]

    async def test_says_no_of_a_buyer_whose_year_is_used_up(self, destination: Running) -> None:
        await recorded(destination, 2_596_000)
        await destination.hear(A_017.placed())

        assert await found(destination) == [(("annual-limit",), ["-621018"])]
        said = b"".join(envelope.data for envelope in await destination.envelopes())
        assert BUYER_ID.encode() not in said
        assert b"2596000" not in said

    async def test_says_no_of_a_payer_who_did_not_order(self, destination: Running) -> None:
        await destination.hear(A_042.captured(**STRANGER))
        await destination.hear(A_042.placed())

        assert await found(destination) == [(("annual-limit", "payer"), ["C11"])]


class TestYear:
    async def test_is_charged_with_what_was_released(self, destination: Running) -> None:
        await recorded(destination, 2_592_999)
        await hear_all(destination, A_017)
        await hear_all(destination, A_042)

        first = await declaration_of(destination, A_017)
        second = await declaration_of(destination, A_042)

        assert first["status"] == 800
        assert [finding["code"] for finding in second["findings"]] == ["-621018"]

    async def test_is_not_charged_twice_for_one_parcel(self, destination: Running) -> None:
        await recorded(destination, 2_593_000)
        await hear_all(destination, A_017)
        await hear_document(destination, "payment", A_017.captured())

        assert await found(destination) == [
            (("annual-limit",), []),
            (("annual-limit", "payer"), []),
        ]

    async def test_is_given_back_for_a_parcel_sent_back(self, destination: Running) -> None:
        await recorded(destination, 2_592_999)
        red = Parcel("A-081-RED")
        await hear_all(destination, red)
        await destination.post(
            f"/v1/declarations/{red.declaration_id}/send-back", {"reason": "not-allowed"}
        )
        await hear_all(destination, A_017)

        assert (await declaration_of(destination, A_017))["status"] == 800

    async def test_is_the_year_of_the_import(self, destination: Running) -> None:
        await recorded(destination, 2_600_000, year=2025)
        await hear_all(destination, A_017)

        assert (await declaration_of(destination, A_017))["status"] == 800

    async def test_is_replaced_by_a_newer_record_and_never_repeats_the_person(
        self, destination: Running
    ) -> None:
        await recorded(destination, 100)

        shown = await recorded(destination, 200)

        assert shown == {"year": 2026, "used": {"amount_minor": 200, "currency": "CNY"}}
