"""What a hostile or clumsy sender may try, and how the gate's parser answers."""

import pytest

from services.customs.clients.gate_xml import MESSAGE_BYTES_MAX, read_message
from services.customs.domain.gate.message import (
    MessageTooLong,
    MessageTypeUnknown,
    MessageUnreadable,
)
from services.customs.domain.gate.messages import MESSAGES, NAMESPACE
from shared.kernel.xml import DEPTH_MAX
from tests.builders.customs_gate import order_311, sample_message, xml

GOOD = xml(311, order_311()).decode()
BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]>"""


def unreadable(body: bytes) -> str:
    with pytest.raises(MessageUnreadable) as refused:
        read_message(body)
    return refused.value.message


class TestParser:
    def test_takes_no_document_type_and_no_entities(self) -> None:
        body = GOOD.replace("<?xml version='1.0' encoding='UTF-8'?>", BOMB)
        expanding = body.replace("TASIK-A001", "&c;")

        assert BOMB in body
        assert "document type" in unreadable(body.encode())
        assert unreadable(expanding.encode())

    def test_reads_no_file_and_asks_no_server(self) -> None:
        outside = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        body = GOOD.replace("?>", f"?>{outside}", 1).replace("TASIK-A001", "&x;")

        assert unreadable(body.encode())

    @pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
    def test_takes_utf_8_only(self, encoding: str) -> None:
        said = GOOD.replace("UTF-8", encoding)

        assert "UTF-8" in unreadable(said.encode(encoding))

    def test_takes_no_other_encoding_by_name(self) -> None:
        ascii_only = GOOD.encode("ascii", "xmlcharrefreplace").decode()

        assert "not UTF-8" in unreadable(ascii_only.replace("UTF-8", "GB2312").encode())

    def test_stops_at_a_depth(self) -> None:
        nested = "<a>" * (DEPTH_MAX + 1) + "</a>" * (DEPTH_MAX + 1)
        body = f'<ceb:CEB311Message xmlns:ceb="{NAMESPACE}">{nested}</ceb:CEB311Message>'

        assert "nested" in unreadable(body.encode())

    def test_stops_at_a_size(self) -> None:
        assert "bytes" in unreadable(GOOD.encode() + b" " * MESSAGE_BYTES_MAX)

    @pytest.mark.parametrize("body", [b"", b"not xml", GOOD[:-20].encode(), b"<a/>\x00"])
    def test_refuses_what_is_no_xml(self, body: bytes) -> None:
        assert unreadable(body)

    def test_knows_its_messages_by_namespace_and_name(self) -> None:
        with pytest.raises(MessageTypeUnknown):
            read_message(b"<CEB999Message/>")
        with pytest.raises(MessageTypeUnknown):
            read_message(GOOD.replace(NAMESPACE, "urn:other").encode())

    def test_says_that_a_signature_is_there(self) -> None:
        signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><a/></Signature>'
        signed = GOOD.replace("</ceb:CEB311Message>", f"{signature}</ceb:CEB311Message>")

        assert read_message(signed.encode()).is_signed
        assert not read_message(GOOD.encode()).is_signed


class TestSizes:
    def test_take_a_hundred_documents_and_not_one_more(self) -> None:
        assert len(read_message(xml(311, *[order_311()] * 100)).documents) == 100
        with pytest.raises(MessageTooLong, match="101 documents"):
            read_message(xml(311, *[order_311()] * 101))

    def test_take_ninety_nine_lines_and_not_one_more(self) -> None:
        kind = MESSAGES["CEB621Message"]
        fits, too_long = (sample_message(kind, documents=1, lines=n) for n in (99, 100))

        (document,) = read_message(xml(621, *fits.documents)).documents
        assert len(document.lines) == 99
        with pytest.raises(MessageTooLong, match="100 lines"):
            read_message(xml(621, *too_long.documents))

    def test_take_at_least_one_document(self) -> None:
        assert "no document" in unreadable(xml(311))
