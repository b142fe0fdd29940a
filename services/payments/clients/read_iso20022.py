"""Banks' messages read: camt.053 and camt.054.

What is read is trusted no further than its form: the parser is the hardened one, only booked
entries count, amounts are read as decimals of the currency's own minor unit, and nothing that is
missing is guessed. Elements that we do not use are passed over, as versions and banks differ.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

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
