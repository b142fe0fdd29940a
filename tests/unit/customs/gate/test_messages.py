"""Every message of China's gate survives the way from XML to values and back, byte for byte."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.customs.clients.gate_xml import read_message, write_message
from services.customs.domain.gate.elements import ELEMENTS
from services.customs.domain.gate.messages import MESSAGES, MessageType
from tests.builders.customs_gate import list_621, sample_message, xml

KINDS = list(MESSAGES.values())
NAMED = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])


class TestEveryMessage:
    @NAMED
    def test_round_trips(self, kind: MessageType) -> None:
        message = sample_message(kind)

        once = write_message(message)
        again = read_message(once)

        assert again == message
        assert write_message(again) == once

    @NAMED
    def test_names_each_missing_element(self, kind: MessageType) -> None:
        whole = write_message(sample_message(kind, documents=1, lines=1)).decode()
        required = [one for one in (*kind.head_fields, *kind.line_fields) if one.is_required]

        for one in required:
            tag = one.tag
            start, end = f"<ceb:{tag}>", f"</ceb:{tag}>"
            cut = whole[: whole.index(start)] + whole[whole.index(end) + len(end) :]
            (document,) = read_message(cut.encode()).documents
            assert [f.tag.split("/")[-1] for f in document.faults] == [tag]

    def test_are_answered_by_a_message_that_exists(self) -> None:
        assert {kind.answer for kind in KINDS if kind.answer} <= set(MESSAGES)

    def test_have_no_element_twice(self) -> None:
        for kind in KINDS:
            for fields in (kind.head_fields, kind.line_fields):
                names = [one.element.name for one in fields]
                assert len(names) == len(set(names)), kind.name


class TestElement:
    def test_reads_a_moment_as_china_writes_it(self) -> None:
        read = ELEMENTS["appTime"].read("20260901201500")

        assert read == datetime(2026, 9, 1, 12, 15, tzinfo=UTC)
        assert ELEMENTS["appTime"].write(read) == "20260901201500"

    def test_keeps_every_digit_of_an_amount(self) -> None:
        amount = ELEMENTS["goodsValue"]

        assert amount.read("12345678912345.12345") == Decimal("12345678912345.12345")
        assert amount.write(Decimal("58.00")) == "58.00"

    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("goodsValue", "1e5"),
            ("goodsValue", "-1"),
            ("goodsValue", "1.123456"),
            ("goodsValue", "NaN"),
            ("packNo", "1.5"),
            ("appTime", "20260230120000"),
            ("appTime", "2026-09-01T12"),
            ("ieDate", "20261301"),
            ("currency", "1420"),
        ],
    )
    def test_refuses_what_it_can_not_hold(self, tag: str, text: str) -> None:
        with pytest.raises(ValueError, match=r"^(is|has) "):
            ELEMENTS[tag].read(text)


class TestDocument:
    def test_shows_all_that_is_wrong_at_once(self) -> None:
        good = list_621()
        body = xml(621, good).decode()
        body = body.replace("<ceb:packNo>1</ceb:packNo>", "<ceb:packNo>one</ceb:packNo>")
        body = body.replace("<ceb:gcode>2101120000</ceb:gcode>", "<ceb:gcode></ceb:gcode>")
        body = body.replace("<ceb:copNo>", "<ceb:colour>red</ceb:colour><ceb:copNo>")

        (document,) = read_message(body.encode()).documents

        assert [fault.tag for fault in document.faults] == [
            "InventoryHead/colour",
            "InventoryHead/packNo",
            "InventoryList[1]/gcode",
        ]

    def test_can_not_be_written_without_what_its_message_requires(self) -> None:
        lacking = {k: v for k, v in list_621().head.items() if k != "order_id"}

        with pytest.raises(KeyError, match="orderNo"):
            xml(621, replace(list_621(), head=lacking))
