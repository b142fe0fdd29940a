"""A bad record is put aside with the failing check; its neighbours are accepted."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.exchange.domain.line import envelope_of, line_of
from services.exchange.domain.merkle import leaf_hash
from services.exchange.domain.policy import compile_guard
from services.exchange.domain.receive import Apply
from services.exchange.domain.records import (
    CLOCK_AHEAD_MAX,
    Accepted,
    ArrivalRules,
    Quarantined,
    QuarantineReason,
    TypeRule,
)
from services.exchange.service import agreements_of_all
from tests.builders.eroad import (
    NOW,
    RELEASED,
    RELEASED_SCHEMA,
    STREAM,
    a_frame,
    an_envelope,
    received,
    some_lines,
    some_rules,
)


def judge(
    seq: int,
    line: bytes,
    rules: ArrivalRules = some_rules(),  # it is immutable
) -> Accepted | Quarantined:
    return rules.judge(seq, line, leaf_hash(line))


def quarantined(**changes: Any) -> QuarantineReason:
    judged = judge(1, line_of(an_envelope(**changes)))
    assert isinstance(judged, Quarantined), judged
    return judged.reason


class TestAccepted:
    def test_keeps_number_envelope_and_bytes(self) -> None:
        line = line_of(an_envelope())

        assert judge(7, line) == Accepted(7, an_envelope(), line, leaf_hash(line))

    @pytest.mark.parametrize("audience", ["", "cn-hgh", "de-fra,cn-hgh"])
    def test_when_we_are_in_the_audience(self, audience: str) -> None:
        judged = judge(1, line_of(an_envelope(audience=audience)))

        assert isinstance(judged, Accepted)

    def test_with_a_field_that_a_newer_peer_added(self) -> None:
        content = {"order_id": "ord-1", "carbon_g": 12}

        judged = judge(1, line_of(an_envelope(content=content)))

        assert isinstance(judged, Accepted)

    def test_up_to_ten_minutes_before_its_time(self) -> None:
        line = line_of(an_envelope(time="2026-09-01T12:50:00+00:00"))

        assert isinstance(judge(1, line), Accepted)


class TestQuarantined:
    def test_when_the_line_is_no_event(self) -> None:
        judged = judge(4, b'{"id":1}')

        assert isinstance(judged, Quarantined)
        assert (judged.seq, judged.reason) == (4, QuarantineReason.MALFORMED_EVENT)
        assert judged.line == b'{"id":1}'

    @pytest.mark.parametrize("time", ["yesterday", "2026-09-01T12:39:00"])
    def test_when_its_time_is_none(self, time: str) -> None:
        assert quarantined(time=time) is QuarantineReason.MALFORMED_EVENT

    def test_when_the_origin_does_not_own_it(self) -> None:
        assert quarantined(hub="de-fra") is QuarantineReason.NOT_OWNER

    @pytest.mark.parametrize(
        "source", ["hub:de-fra/customs", "hub:my-kul/payments", "hub:my-kul/customs2", "customs"]
    )
    def test_when_its_source_is_not_the_origins_service(self, source: str) -> None:
        assert quarantined(source=source) is QuarantineReason.NOT_OWNER

    def test_when_its_type_belongs_to_another_service(self) -> None:
        assert quarantined(type="payments.payout-sent.v1") is QuarantineReason.NOT_OWNER

    def test_when_it_is_meant_for_another_hub(self) -> None:
        assert quarantined(audience="de-fra,cn-hghx") is QuarantineReason.WRONG_AUDIENCE

    def test_when_it_is_more_than_ten_minutes_before_its_time(self) -> None:
        late = "2026-09-01T12:50:00.001+00:00"

        assert quarantined(time=late) is QuarantineReason.FROM_THE_FUTURE

    def test_when_no_agreement_covers_its_type(self) -> None:
        assert quarantined(type="customs.duty-waived.v1") is QuarantineReason.UNKNOWN_TYPE

    def test_when_its_type_is_known_here_in_an_older_version_only(self) -> None:
        newer = quarantined(type="customs.export-released.v2")

        assert newer is QuarantineReason.NEWER_VERSION

    def test_when_its_data_fails_the_schema_it_was_given(self) -> None:
        seen: list[bytes] = []

        def picky(data: bytes) -> str | None:
            seen.append(data)
            return "order_id is missing"

        rule = TypeRule(validate=picky, guard=compile_guard(RELEASED_SCHEMA))
        rules = ArrivalRules(stream=STREAM, types={RELEASED: rule}, now=NOW)

        judged = judge(1, line_of(an_envelope()), rules)

        assert isinstance(judged, Quarantined)
        assert judged.reason is QuarantineReason.SCHEMA
        assert judged.detail == "order_id is missing"
        assert seen == [an_envelope().data]

    @pytest.mark.parametrize(
        "extra", [b'"\xff"', b"[" * 2000 + b"]" * 2000], ids=["no UTF-8", "too deep"]
    )
    def test_when_a_part_that_no_schema_names_is_unreadable(self, extra: bytes) -> None:
        rules = ArrivalRules(
            stream=STREAM, types=agreements_of_all({RELEASED: RELEASED_SCHEMA}).rules(), now=NOW
        )
        line = line_of(an_envelope()).replace(b'"order_id"', b'"new":' + extra + b',"order_id"')

        judged = judge(1, line, rules)

        assert isinstance(judged, Quarantined)
        assert judged.reason.value in ("schema", "malformed-event")
        assert "JSON" in judged.detail or "recursion" in judged.detail

    def test_when_it_brings_a_field_that_should_have_stayed_at_home(self) -> None:
        content = {"order_id": "ord-1", "buyer_phone": "+60123456789"}

        judged = judge(1, line_of(an_envelope(content=content)))

        assert isinstance(judged, Quarantined)
        assert judged.reason is QuarantineReason.FORBIDDEN_FIELD
        assert judged.detail == "$.buyer_phone should have stayed at home"

    def test_alone_while_the_rest_of_its_frame_is_accepted(self) -> None:
        bad = line_of(an_envelope(2, hub="de-fra"))
        frame, sent = a_frame([some_lines(1)[0], bad, b"nonsense", *some_lines(1, start=4)])

        decision = received(frame)

        assert isinstance(decision, Apply)
        assert [type(record).__name__ for record in decision.records] == [
            "Accepted",
            "Quarantined",
            "Quarantined",
            "Accepted",
        ]
        assert decision.position == sent


class TestClocks:
    """Who says what stands on machines whose clocks run ahead or behind, each by its own."""

    @pytest.mark.parametrize("seed", range(20))
    def test_that_run_apart_cost_time_and_never_order_or_a_record(self, seed: int) -> None:
        draw = random.Random(seed)
        said = [
            line_of(
                an_envelope(
                    number,
                    subject=f"dossier-{draw.randint(1, 5)}",
                    time=(NOW + timedelta(minutes=draw.randint(-300, 300))).isoformat(),
                )
            )
            for number in range(1, 31)
        ]
        told: list[bytes] = []
        waiting, now, reasons = said, NOW, set[QuarantineReason]()
        while waiting:
            judged = judged_at(now, waiting)
            told += [each.line for each in judged if isinstance(each, Accepted)]
            aside = [each for each in judged if isinstance(each, Quarantined)]
            for line in told:
                assert said_at(line) <= now + CLOCK_AHEAD_MAX
            reasons |= {each.reason for each in aside}
            waiting, now = [each.line for each in aside], now + timedelta(hours=1)

        assert now > NOW + timedelta(hours=1)
        assert reasons == {QuarantineReason.FROM_THE_FUTURE, QuarantineReason.BEHIND_ANOTHER}
        assert sorted(told) == sorted(said)
        assert by_subject(told) == by_subject(said)

    def test_are_not_asked_where_a_hub_may_move_its_own(self) -> None:
        line = line_of(an_envelope(time="2031-01-01T00:00:00+00:00"))

        assert isinstance(judge(1, line, replace(some_rules(), now=None)), Accepted)

    @pytest.mark.parametrize(
        ("time", "is_taken"),
        [
            ("2026-09-01T20:50:00+08:00", True),
            ("2026-09-01T20:50:01+08:00", False),
            ("2026-09-01T04:50:01-08:00", False),
        ],
    )
    def test_in_any_zone_say_the_same_moment(self, time: str, is_taken: bool) -> None:
        assert isinstance(judge(1, line_of(an_envelope(time=time))), Accepted) is is_taken


def judged_at(now: datetime, lines: list[bytes]) -> list[Accepted | Quarantined]:
    rules = replace(some_rules(), now=now)
    return rules.judge_all(range(1, len(lines) + 1), lines, [leaf_hash(line) for line in lines])


def said_at(line: bytes) -> datetime:
    return datetime.fromisoformat(envelope_of(line).time)


def by_subject(lines: Iterable[bytes]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for line in lines:
        found.setdefault(envelope_of(line).subject, []).append(line)
    return found
