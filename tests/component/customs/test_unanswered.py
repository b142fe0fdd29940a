"""What was returned has a named deadline; unanswered by it, it comes to its end by itself."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.customs.usecases.end_unanswered import (
    end_unanswered_declarations,
    end_unanswered_lists,
)
from shared.contracts.customs.events import DeclarationReturned, DeclarationSentBack
from tests.builders.customs_events import WRONG_PHONE, Parcel
from tests.builders.customs_gate import changed, list_621, waybill_511, withdrawal_623
from tests.builders.customs_gate_exports import list_603, waybill_505
from tests.builders.running import Running
from tests.component.customs.steps import (
    all_declarations,
    declaration_of,
    hear_all,
    hear_document,
    steps,
)
from tests.component.customs.test_export_lists import PAPERS, only, send_papers
from tests.component.customs.test_gate import CODES, register, send, send_four, statuses

ANSWER_BY = datetime(2026, 9, 15, 23, 59, 59, tzinfo=UTC)
PAPERS_BY = datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)
"""180 days after 1 September 2026, when the booking came."""
SECOND = timedelta(seconds=1)
A_001 = Parcel()
DIFFERS = waybill_505(gross_mass=Decimal("2.41"))


@pytest.fixture
async def gate(destination: Running) -> Running:
    """Customs of cn-hgh, where the sample firms are one member's."""
    await register(destination, *CODES, "SITE")
    return destination


async def pass_to(customs: Running, moment: datetime, *, times: int = 2) -> None:
    """Let time pass until a moment, and do twice what the service does every minute."""
    customs.wait(moment - customs.clock.now())
    for _ in range(times):
        async with customs.service.store.transaction() as tx:
            await end_unanswered_declarations(tx)
            await end_unanswered_lists(tx)


def words(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def standing(one: dict[str, Any]) -> tuple[int, str, str | None]:
    """Status, why it was withdrawn, and the deadline."""
    return one["status"], one["withdrawn"], one["deadline"]


class TestPapers:
    async def test_that_never_all_come_end_the_parcel_and_say_so_once(
        self, destination: Running
    ) -> None:
        await hear_all(destination, A_001, besides=["waybill"])
        waits = standing(await declaration_of(destination, A_001))
        await pass_to(destination, PAPERS_BY)
        assert standing(await declaration_of(destination, A_001)) == waits

        await pass_to(destination, PAPERS_BY + SECOND)
        await hear_document(destination, "waybill", A_001.waybill(), times=2)

        assert waits == (1, "", words(PAPERS_BY))
        assert standing(await declaration_of(destination, A_001)) == (700, "", None)
        (said,) = await destination.said(DeclarationSentBack)
        assert (said.logistics_no, said.reason) == (A_001.logistics_no, "papers-missing")

    async def test_that_come_on_the_last_day_are_in_time(self, destination: Running) -> None:
        await hear_all(destination, A_001, besides=["waybill"])
        await pass_to(destination, PAPERS_BY)

        await hear_document(destination, "waybill", A_001.waybill())
        await pass_to(destination, PAPERS_BY + SECOND)

        assert standing(await declaration_of(destination, A_001)) == (800, "", None)

    async def test_of_a_withdrawn_parcel_are_not_waited_for(self, gate: Running) -> None:
        await send(gate, 621, list_621())
        await send(gate, 623, withdrawal_623())

        await pass_to(gate, PAPERS_BY + SECOND)

        (gone,) = await all_declarations(gate)
        assert standing(gone) == (1, "withdrawn-by-declarant", None)


class TestDeclaration:
    async def test_that_nobody_answers_is_sent_back_and_said_once(
        self, destination: Running
    ) -> None:
        await hear_all(destination, A_001, waybill=A_001.waybill(consignee_phone=WRONG_PHONE))
        await pass_to(destination, ANSWER_BY)
        in_time = await declaration_of(destination, A_001)
        await pass_to(destination, ANSWER_BY + SECOND)
        await hear_document(destination, "waybill", A_001.waybill(version=2), times=2)
        late = await declaration_of(destination, A_001)

        (returned,) = await destination.said(DeclarationReturned)
        assert returned.answer_by == ANSWER_BY
        assert standing(in_time) == (100, "", words(ANSWER_BY))
        assert (steps(late), late["deadline"]) == ([2, 3, 100, 700], None)
        assert [one.reason for one in await destination.said(DeclarationSentBack)] == [
            "not-answered"
        ]
        for door in ("submissions", "cancellations"):
            path = f"/v1/declarations/{A_001.declaration_id}/{door}"
            refused = await destination.post(path)
            assert (refused.status_code, refused.json()["code"]) == (
                409,
                "customs.step-not-allowed",
            )

    async def test_answered_has_no_deadline_or_a_new_one(self, destination: Running) -> None:
        wrong = A_001.waybill(consignee_phone=WRONG_PHONE)
        await hear_all(destination, A_001, waybill=wrong)
        destination.wait(timedelta(days=3))
        same = wrong.model_copy(update={"version": 2, "carrier_code": "777"})
        await hear_document(destination, "waybill", same)
        still = await declaration_of(destination, A_001)
        other = A_001.waybill(version=3, consignee_phone=WRONG_PHONE, consignee_name="Nobody")
        await hear_document(destination, "waybill", other)
        again = await declaration_of(destination, A_001)
        await hear_document(destination, "waybill", A_001.waybill(version=4))
        await pass_to(destination, ANSWER_BY + timedelta(days=9))
        right = await declaration_of(destination, A_001)

        assert still["deadline"] == words(ANSWER_BY)
        assert standing(again) == (100, "", words(ANSWER_BY + timedelta(days=3)))
        assert standing(right) == (800, "", None)

    async def test_that_never_reached_the_authority_has_one_too(self, gate: Running) -> None:
        await send_four(gate, "A-UNSENT")
        (failed,) = await all_declarations(gate)
        await pass_to(gate, ANSWER_BY + SECOND)
        (late,) = await all_declarations(gate)

        assert standing(failed) == (4, "", words(ANSWER_BY))
        assert steps(late) == [2, 4, 700]

    async def test_withdrawn_waits_for_nobody_until_it_is_listed_again(self, gate: Running) -> None:
        await send_four(gate, m511=changed(waybill_511(), consignee_phone="1"))
        await send(gate, 623, withdrawal_623())
        await pass_to(gate, ANSWER_BY + SECOND)
        (gone,) = await all_declarations(gate)
        now = gate.clock.now()
        issued = (now + timedelta(hours=8, seconds=1)).replace(tzinfo=None)
        again = changed(list_621(), function_code="2", issue_date_time=issued)
        for _ in range(2):
            await send(gate, 621, again)
        (back,) = await all_declarations(gate)

        assert standing(gone) == (100, "withdrawn-by-declarant", None)
        assert standing(back) == (100, "", words(ANSWER_BY + timedelta(days=15)))
        assert steps(back) == [2, 3, 100, 2, 3, 100]


class TestExportList:
    async def test_that_nobody_answers_is_withdrawn_and_can_be_listed_again(
        self, gate: Running
    ) -> None:
        await send_papers(gate, m505=DIFFERS)
        await pass_to(gate, ANSWER_BY)
        in_time = await only(gate)
        await pass_to(gate, ANSWER_BY + SECOND)
        late = await only(gate)
        right: dict[str, Any] = {"function_code": "2"}
        issued = (ANSWER_BY + timedelta(hours=8, seconds=2)).replace(tzinfo=None)
        await send(gate, 505, waybill_505(**right, issue_date_time=issued))
        still = await only(gate)
        relisted = statuses(await send(gate, 603, list_603(**right, issue_date_time=issued)))

        assert standing(in_time) == (100, "", words(ANSWER_BY))
        assert standing(late) == standing(still) == (100, "not-answered", None)
        assert late["version"] == in_time["version"] + 1
        assert relisted == ["800"]

    async def test_listed_again_as_wrong_as_before_is_answered_anew(self, gate: Running) -> None:
        await send_papers(gate, m505=DIFFERS)
        await pass_to(gate, ANSWER_BY + SECOND)
        issued = (ANSWER_BY + timedelta(hours=8, seconds=2)).replace(tzinfo=None)
        again = list_603(function_code="2", issue_date_time=issued)
        for _ in range(2):
            await send(gate, 603, again)

        found = await only(gate)
        assert standing(found) == (100, "", words(ANSWER_BY + timedelta(days=15)))
        assert steps(found) == [2, 3, 100, 2, 3, 100]

    async def test_that_never_reached_the_authority_has_a_deadline_too(self, gate: Running) -> None:
        for message, build in PAPERS.items():
            await send(gate, message, build("A-UNSENT"))
        failed = await only(gate)
        await pass_to(gate, ANSWER_BY + SECOND)

        assert standing(failed) == (4, "", words(ANSWER_BY))
        assert standing(await only(gate)) == (4, "not-answered", None)
