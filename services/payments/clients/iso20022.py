"""Banks' messages: camt.053 and camt.054 read and written, pain.001 written.

What is read is trusted no further than its form: the parser is the hardened one, only booked
entries count, amounts are read as decimals of the currency's own minor unit, and nothing that is
missing is guessed. Elements that we do not use are passed over, as versions and banks differ.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from lxml import etree

from services.payments.domain.statement import (
    BankEntry,
    Notification,
    Statement,
    StatementUnreadable,
)
from shared.kernel.errors import EroadError
from shared.kernel.money import AMOUNT_MINOR_MAX
from shared.kernel.xml import XmlRefused, read_xml
from shared.reference.currencies import digits_of

MESSAGE_BYTES_MAX = 1024 * 1024
ENTRIES_MAX = 2_000
TEXT_LENGTH_MAX, PARTY_LENGTH_MAX, ACCOUNT_LENGTH_MAX = 400, 140, 100
CAMT_053 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_READ = {"BkToCstmrStmt": "Stmt", "BkToCstmrDbtCdtNtfctn": "Ntfctn"}
_REFERENCES = (
    "Refs/EndToEndId",
    "Refs/InstrId",
    "Refs/PmtInfId",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Ustrd",
)
NOT_PROVIDED = "NOTPROVIDED"
REFERENCES_MAX = 10


class Order(NamedTuple):
    """One credit transfer that our bank shall make; amount in minor units."""

    reference: str
    amount_minor: int
    creditor: str
    creditor_account: str


class PaymentFile(NamedTuple):
    """Everything that leaves one of our accounts in one file."""

    reference: str
    account: str
    currency: str
    made_at: datetime
    orders: Sequence[Order]


def read_bank_message(body: bytes) -> list[Statement | Notification]:
    """Return the statements (camt.053) or notifications (camt.054) of a message in its order.

    Raises StatementUnreadable, naming the element.
    """
    try:
        root = read_xml(body, bytes_max=MESSAGE_BYTES_MAX, depth_max=24)
    except XmlRefused as refused:
        raise StatementUnreadable(str(refused)) from refused
    _without_namespaces(root)
    for message, part in _READ.items():
        found = root.find(message)
        if found is not None:
            read = _statement if part == "Stmt" else _notification
            parts = [read(each) for each in found.findall(part)]
            if not parts:
                raise StatementUnreadable(f"there is no {part}", field=part)
            return parts
    raise StatementUnreadable("neither camt.053 nor camt.054", field=str(root.tag)[:60])


def write_statement(statement: Statement, *, made_at: datetime) -> bytes:
    """Return a camt.053 of one statement."""
    root = etree.Element("Document", nsmap={None: CAMT_053})  # type: ignore[dict-item]
    message = etree.SubElement(root, "BkToCstmrStmt")
    name = f"{statement.account}-{statement.currency}-{statement.sequence}"[:35]
    _leaves(message, "GrpHdr", MsgId=name, CreDtTm=made_at.isoformat())
    stmt = etree.SubElement(message, "Stmt")
    _leaf(stmt, "Id", name)
    _leaf(stmt, "ElctrncSeqNb", str(statement.sequence))
    _leaf(stmt, "CreDtTm", made_at.isoformat())
    _leaves(
        stmt,
        "FrToDt",
        FrDtTm=statement.from_at.isoformat(),
        ToDtTm=statement.until_at.isoformat(),
    )
    account = etree.SubElement(stmt, "Acct")
    _leaf(etree.SubElement(etree.SubElement(account, "Id"), "Othr"), "Id", statement.account)
    _leaf(account, "Ccy", statement.currency)
    for kind, minor, at in (
        ("OPBD", statement.opening_minor, statement.from_at),
        ("CLBD", statement.closing_minor, statement.until_at),
    ):
        balance = etree.SubElement(stmt, "Bal")
        _leaf(etree.SubElement(etree.SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
        _amount(balance, minor, statement.currency)
        _leaves(balance, "Dt", DtTm=at.isoformat())
    for entry in statement.entries:
        _entry_out(stmt, entry, statement.currency)
    return _bytes(root)


def write_payment_file(file: PaymentFile) -> bytes:
    """Return a pain.001: one debit of our account for each order, with its control sums."""
    root = etree.Element("Document", nsmap={None: PAIN_001})  # type: ignore[dict-item]
    message = etree.SubElement(root, "CstmrCdtTrfInitn")
    total = _decimal(sum(order.amount_minor for order in file.orders), file.currency)
    sums = {"NbOfTxs": str(len(file.orders)), "CtrlSum": total}
    head = _leaves(
        message, "GrpHdr", MsgId=file.reference, CreDtTm=file.made_at.isoformat(), **sums
    )
    _leaves(head, "InitgPty", Nm=file.account)
    info = _leaves(message, "PmtInf", PmtInfId=file.reference, PmtMtd="TRF", **sums)
    _leaves(etree.SubElement(info, "ReqdExctnDt"), None, Dt=file.made_at.date().isoformat())
    _leaves(info, "Dbtr", Nm=file.account)
    debtor = etree.SubElement(info, "DbtrAcct")
    _leaf(etree.SubElement(etree.SubElement(debtor, "Id"), "Othr"), "Id", file.account)
    agent = etree.SubElement(etree.SubElement(info, "DbtrAgt"), "FinInstnId")
    _leaf(etree.SubElement(agent, "Othr"), "Id", NOT_PROVIDED)
    for order in file.orders:
        line = etree.SubElement(info, "CdtTrfTxInf")
        _leaves(line, "PmtId", InstrId=order.reference, EndToEndId=order.reference)
        amount = _leaf(
            etree.SubElement(line, "Amt"), "InstdAmt", _decimal(order.amount_minor, file.currency)
        )
        amount.set("Ccy", file.currency)
        _leaves(line, "Cdtr", Nm=order.creditor[:PARTY_LENGTH_MAX])
        creditor = etree.SubElement(etree.SubElement(line, "CdtrAcct"), "Id")
        _leaf(etree.SubElement(creditor, "Othr"), "Id", order.creditor_account)
        _leaves(line, "RmtInf", Ustrd=order.reference)
    return _bytes(root)


def _statement(element: etree._Element) -> Statement:
    account, currency = _account(element)
    balances = {
        _text(each, "Tp/CdOrPrtry/Cd"): _minor(each, currency) for each in element.findall("Bal")
    }
    opening = balances.get("OPBD", balances.get("PRCD"))
    closing = balances.get("CLBD")
    if opening is None or closing is None:
        raise StatementUnreadable("a statement has an opening and a closing balance", field="Bal")
    number = element.findtext("ElctrncSeqNb") or element.findtext("LglSeqNb") or ""
    if not number.isdigit() or not 0 < int(number) <= AMOUNT_MINOR_MAX:
        raise StatementUnreadable("a statement has a number", field="ElctrncSeqNb")
    statement = Statement(
        account=account,
        currency=currency,
        sequence=int(number),
        opening_minor=opening,
        closing_minor=closing,
        from_at=_moment(element, "FrToDt/FrDtTm"),
        until_at=_moment(element, "FrToDt/ToDtTm"),
        entries=_entries(element, currency),
    )
    statement.check()
    return statement


def _notification(element: etree._Element) -> Notification:
    account, currency = _account(element)
    return Notification(account=account, currency=currency, entries=_entries(element, currency))


def _account(element: etree._Element) -> tuple[str, str]:
    account = element.findtext("Acct/Id/IBAN") or element.findtext("Acct/Id/Othr/Id") or ""
    currency = element.findtext("Acct/Ccy") or ""
    if not account or len(account) > ACCOUNT_LENGTH_MAX:
        raise StatementUnreadable("the account is not named", field="Acct/Id")
    try:
        digits_of(currency)
    except EroadError as unknown:
        raise StatementUnreadable(unknown.message, field="Acct/Ccy") from unknown
    return account.strip(), currency


def _entries(element: etree._Element, currency: str) -> tuple[BankEntry, ...]:
    found = element.findall("Ntry")
    if len(found) > ENTRIES_MAX:
        raise StatementUnreadable(f"a message has at most {ENTRIES_MAX} entries", field="Ntry")
    entries = tuple(_entry(each, currency) for each in found if _is_booked(each))
    if len({entry.servicer_ref for entry in entries}) != len(entries):
        raise StatementUnreadable("two entries have one name", field="AcctSvcrRef")
    return entries


def _is_booked(element: etree._Element) -> bool:
    status = element.findtext("Sts/Cd") or (element.findtext("Sts") or "").strip()
    if status not in ("BOOK", "PDNG", "INFO", "FUTR"):
        raise StatementUnreadable("an entry says whether it is booked", field="Ntry/Sts")
    return status == "BOOK"


def _entry(element: etree._Element, currency: str) -> BankEntry:
    details = element.findall("NtryDtls/TxDtls")
    batch = element.findtext("NtryDtls/Btch/PmtInfId")
    named = [batch] if batch else []
    for each in details:
        named += [(leaf.text or "") for path in _REFERENCES for leaf in each.findall(path)]
    references = tuple(
        dict.fromkeys(ref.strip() for ref in named if ref.strip() not in ("", NOT_PROVIDED))
    )
    minor = _minor(element, currency)
    if minor == 0:
        raise StatementUnreadable("an entry moves something", field="Ntry/Amt")
    # Who sent it when money came in, who got it when money went out.
    side = "Dbtr" if minor > 0 else "Cdtr"
    first = details[0] if details else element
    party = first.findtext(f"RltdPties/{side}/Pty/Nm") or first.findtext(f"RltdPties/{side}/Nm")
    where = f"RltdPties/{side}Acct/Id"
    account = first.findtext(f"{where}/IBAN") or first.findtext(f"{where}/Othr/Id")
    text = element.findtext("AddtlNtryInf") or " ".join(references)
    return BankEntry(
        servicer_ref=_text(element, "AcctSvcrRef")[:ACCOUNT_LENGTH_MAX],
        amount_minor=minor,
        booked_at=_moment(element, "BookgDt/DtTm", "BookgDt/Dt"),
        references=references[:REFERENCES_MAX],
        is_reversal=(element.findtext("RvslInd") or "").strip() in ("true", "1"),
        text=text[:TEXT_LENGTH_MAX],
        party=(party or "")[:PARTY_LENGTH_MAX],
        party_account=(account or "")[:ACCOUNT_LENGTH_MAX],
    )


def _minor(element: etree._Element, currency: str) -> int:
    """Return a signed amount in minor units; more decimals than the currency has are refused."""
    amount = element.find("Amt")
    if amount is None or amount.get("Ccy") != currency:
        raise StatementUnreadable("an amount is in the account's currency", field="Amt")
    try:
        value = Decimal((amount.text or "").strip()).scaleb(digits_of(currency))
    except InvalidOperation as error:
        raise StatementUnreadable("an amount is a decimal number", field="Amt") from error
    if not value.is_finite() or value != value.to_integral_value() or value < 0:
        raise StatementUnreadable("an amount has no parts of a minor unit", field="Amt")
    if value > AMOUNT_MINOR_MAX:
        raise StatementUnreadable("an amount is larger than we keep", field="Amt")
    direction = _text(element, "CdtDbtInd")
    if direction not in ("CRDT", "DBIT"):
        raise StatementUnreadable("an amount is a credit or a debit", field="CdtDbtInd")
    return int(value) if direction == "CRDT" else -int(value)


def _moment(element: etree._Element, *paths: str) -> datetime:
    for path in paths:
        text = element.findtext(path)
        if text is None:
            continue
        try:
            read = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise StatementUnreadable("a moment is ISO 8601", field=path) from error
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    raise StatementUnreadable("a moment is missing", field=paths[0])


def _text(element: etree._Element, path: str) -> str:
    text = (element.findtext(path) or "").strip()
    if not text:
        raise StatementUnreadable(f"{path} is missing", field=path)
    return text


def _without_namespaces(root: etree._Element) -> None:
    for element in _elements(root):
        element.tag = etree.QName(element).localname


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))


def _entry_out(stmt: etree._Element, entry: BankEntry, currency: str) -> None:
    element = etree.SubElement(stmt, "Ntry")
    _amount(element, entry.amount_minor, currency)
    if entry.is_reversal:
        _leaf(element, "RvslInd", "true")
    _leaves(element, "Sts", Cd="BOOK")
    _leaves(element, "BookgDt", DtTm=entry.booked_at.isoformat())
    _leaf(element, "AcctSvcrRef", entry.servicer_ref)
    details = etree.SubElement(etree.SubElement(element, "NtryDtls"), "TxDtls")
    first = entry.references[0] if entry.references else NOT_PROVIDED
    _leaves(details, "Refs", EndToEndId=first)
    if entry.party or entry.party_account:
        side = "Dbtr" if entry.amount_minor > 0 else "Cdtr"
        parties = etree.SubElement(details, "RltdPties")
        if entry.party:
            _leaves(etree.SubElement(parties, side), "Pty", Nm=entry.party)
        if entry.party_account:
            holder = etree.SubElement(etree.SubElement(parties, f"{side}Acct"), "Id")
            _leaves(holder, "Othr", Id=entry.party_account)
    if entry.text:
        _leaf(element, "AddtlNtryInf", entry.text)


def _amount(parent: etree._Element, minor: int, currency: str) -> None:
    _leaf(parent, "Amt", _decimal(abs(minor), currency)).set("Ccy", currency)
    _leaf(parent, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")


def _decimal(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-digits_of(currency)):f}"


def _leaves(parent: etree._Element, tag: str | None, **leaves: str) -> etree._Element:
    element = parent if tag is None else etree.SubElement(parent, tag)
    for name, text in leaves.items():
        _leaf(element, name, text)
    return element


def _leaf(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = text
    return element


def _bytes(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
