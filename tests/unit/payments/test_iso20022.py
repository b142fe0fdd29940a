"""Banks' messages: what is written is read again, and what is wrong is refused by name."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from services.payments.clients.read_iso20022 import ENTRIES_MAX, read_bank_message
from services.payments.clients.write_iso20022 import (
    Order,
    PaymentFile,
    write_payment_file,
    write_statement,
)
from services.payments.domain.statement import (
    BankEntry,
    Notification,
    Statement,
    StatementUnbalanced,
    StatementUnreadable,
)

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
ENTRIES = (
    BankEntry("B1", -5_000, NOON, ("REF1",), text="payout", party_account="ICBK/1"),
    BankEntry("B2", 1_234, NOON, (), is_reversal=True, party="Wang Wu", party_account="MBB/2"),
)
STATEMENT = Statement(
    account="simulated",
    currency="CNY",
    sequence=7,
    opening_minor=-100,
    closing_minor=-3_866,
    from_at=NOON,
    until_at=NOON + timedelta(days=1),
    entries=ENTRIES,
)
DOCUMENT = write_statement(STATEMENT, made_at=NOON).decode()


def refused(document: str) -> StatementUnreadable:
    with pytest.raises(StatementUnreadable) as caught:
        read_bank_message(document.encode())
    return caught.value


class TestStatement:
    def test_is_read_as_it_was_written(self) -> None:
        assert read_bank_message(DOCUMENT.encode()) == [STATEMENT]

    def test_of_a_currency_without_decimals_has_none(self) -> None:
        document = DOCUMENT.replace("CNY", "JPY")

        assert refused(document).field == "Amt"

    def test_that_does_not_add_up_is_refused(self) -> None:
        with pytest.raises(StatementUnbalanced):
            read_bank_message(DOCUMENT.replace(">12.34<", ">12.35<").encode())

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            (">12.34<", ">12.345<", "Amt"),
            (">12.34<", ">NaN<", "Amt"),
            (">12.34<", ">-12.34<", "Amt"),
            (">12.34<", ">9e99<", "Amt"),
            ("<Ccy>CNY</Ccy>", "<Ccy>XXX</Ccy>", "Acct/Ccy"),
            ("<AcctSvcrRef>B2</AcctSvcrRef>", "", "AcctSvcrRef"),
            ("<AcctSvcrRef>B2</AcctSvcrRef>", "<AcctSvcrRef>B1</AcctSvcrRef>", "AcctSvcrRef"),
            ("<Cd>BOOK</Cd>", "<Cd>MAYBE</Cd>", "Ntry/Sts"),
            ("<ElctrncSeqNb>7</ElctrncSeqNb>", "", "ElctrncSeqNb"),
            ("<Cd>CLBD</Cd>", "<Cd>XPCD</Cd>", "Bal"),
            ("<FrDtTm>2026", "<FrDtTm>never", "FrToDt/FrDtTm"),
        ],
    )
    def test_that_lacks_or_garbles_something_names_it(self, old: str, new: str, field: str) -> None:
        assert old in DOCUMENT
        assert refused(DOCUMENT.replace(old, new)).field == field

    def test_takes_nothing_from_outside(self) -> None:
        entity = '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        head, body = DOCUMENT.split("?>", 1)

        assert "document type" in refused(f"{head}?>{entity}{body}").message
        assert "well-formed" in refused("<Document>").message
        assert "neither" in refused("<Document><Other/></Document>").message

    def test_has_a_bounded_number_of_entries(self) -> None:
        one = DOCUMENT[DOCUMENT.index("<Ntry>") : DOCUMENT.index("</Ntry>") + 7]

        many = DOCUMENT.replace(one, one * (ENTRIES_MAX + 1))

        assert refused(many).field == "Ntry"

    def test_counts_only_what_is_booked(self) -> None:
        pending = DOCUMENT.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>").replace(
            '<Amt Ccy="CNY">38.66</Amt>', '<Amt Ccy="CNY">1.00</Amt>'
        )

        (read,) = read_bank_message(pending.encode())

        assert read.entries == ()


class TestNotification:
    def test_is_read_without_balances_and_in_the_older_form(self) -> None:
        document = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02">
          <BkToCstmrDbtCdtNtfctn><Ntfctn><Acct><Id><IBAN>X1</IBAN></Id><Ccy>MYR</Ccy></Acct>
          <Ntry><Amt Ccy="MYR">10</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
          <BookgDt><Dt>2026-09-01</Dt></BookgDt><AcctSvcrRef>N1</AcctSvcrRef><NtryDtls><TxDtls>
          <Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
          <RltdPties><Dbtr><Nm>Siti</Nm></Dbtr></RltdPties>
          <RmtInf><Ustrd>A-001</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Ntfctn>
          </BkToCstmrDbtCdtNtfctn></Document>"""

        (read,) = read_bank_message(document.encode())

        assert isinstance(read, Notification)
        (entry,) = read.entries
        assert (read.account, entry.amount_minor, entry.party) == ("X1", 1_000, "Siti")
        assert entry.references == ("A-001",)


class TestPaymentFile:
    def test_has_control_sums_and_one_order_for_each_payment(self) -> None:
        orders = [Order("REF1", 41_411_9, "Kinta", "MBB/1"), Order("REF2", 1, "Ah", "MBB/2")]
        document = write_payment_file(PaymentFile("FILE1", "simulated", "MYR", NOON, orders))
        root = etree.fromstring(document)
        space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}

        def texts(path: str) -> list[str]:
            return [each.text or "" for each in root.findall(path, space)]

        amounts = texts(".//p:InstdAmt")
        assert texts(".//p:CtrlSum") == ["4141.20", "4141.20"]
        assert sum(map(Decimal, amounts)) == Decimal("4141.20")
        assert texts(".//p:NbOfTxs") == ["2", "2"]
        assert texts(".//p:EndToEndId") == ["REF1", "REF2"]
        assert texts(".//p:PmtInfId") == ["FILE1"]
