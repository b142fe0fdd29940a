"""Banks' messages written: camt.053 for whoever reads statements, pain.001 for our banks.

The order of elements and their lengths follow the message definitions: a validating reader takes
what leaves here.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from services.payments.clients.read_iso20022 import NOT_PROVIDED, PARTY_LENGTH_MAX
from services.payments.domain.account_statement import AccountStatement, StatementLine
from services.payments.domain.statement import BankEntry, Statement, reference_of
from shared.reference.currencies import digits_of

CAMT_053 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
NAME_LENGTH_MAX, NAME_LENGTH_SHORT = 70, 35


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


def write_statement(statement: Statement, *, made_at: datetime) -> bytes:
    """Return a camt.053 of one bank statement."""
    name = f"{statement.account}-{statement.currency}-{statement.sequence}"[:NAME_LENGTH_SHORT]
    root, stmt = _begin(name, made_at)
    _leaf(stmt, "ElctrncSeqNb", str(statement.sequence))
    _period(stmt, made_at, statement.from_at, statement.until_at)
    _account_out(stmt, statement.account, statement.currency)
    _balance(stmt, "OPBD", statement.opening_minor, statement.currency, statement.from_at)
    _balance(stmt, "CLBD", statement.closing_minor, statement.currency, statement.until_at)
    for entry in statement.entries:
        _entry_out(stmt, entry, statement.currency)
    return _bytes(root)


def write_account_statement(statement: AccountStatement, *, made_at: datetime) -> bytes:
    """Return one page of an account's statement as camt.053.

    The account is identified by its number, its code is its name. Balances between two pages of a
    period are interim ones, so whoever holds all pages sees that none is missing.
    """
    key, currency = statement.account, statement.account.currency
    number = str(key.number)
    root, stmt = _begin(f"{number}-{statement.from_at:%y%m%d%H%M%S}", made_at)
    _period(stmt, made_at, statement.from_at, statement.until_at)
    _account_out(stmt, number, currency, name=key.code)
    opening, closing = ("OPBD", "CLBD")
    if not statement.is_first:
        opening = "ITBD"
    if not statement.is_last:
        closing = "ITBD"
    _balance(stmt, opening, statement.brought_minor, currency, statement.from_at)
    _balance(stmt, closing, statement.carried_minor, currency, statement.until_at)
    for line in statement.lines:
        _line_out(stmt, line, currency)
    return _bytes(root)


def _begin(name: str, made_at: datetime) -> tuple[etree._Element, etree._Element]:
    root = etree.Element("Document", nsmap={None: CAMT_053})  # type: ignore[dict-item]
    message = etree.SubElement(root, "BkToCstmrStmt")
    _leaves(message, "GrpHdr", MsgId=name, CreDtTm=made_at.isoformat())
    return root, _leaves(message, "Stmt", Id=name)


def _period(stmt: etree._Element, made_at: datetime, since: datetime, until: datetime) -> None:
    _leaf(stmt, "CreDtTm", made_at.isoformat())
    _leaves(stmt, "FrToDt", FrDtTm=since.isoformat(), ToDtTm=until.isoformat())


def _account_out(stmt: etree._Element, number: str, currency: str, name: str = "") -> None:
    account = etree.SubElement(stmt, "Acct")
    _leaf(etree.SubElement(etree.SubElement(account, "Id"), "Othr"), "Id", number)
    _leaf(account, "Ccy", currency)
    if name:
        _leaf(account, "Nm", name[:NAME_LENGTH_MAX])


def _balance(stmt: etree._Element, kind: str, minor: int, currency: str, at: datetime) -> None:
    balance = etree.SubElement(stmt, "Bal")
    _leaf(etree.SubElement(etree.SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
    _amount(balance, minor, currency)
    _leaves(balance, "Dt", DtTm=at.isoformat())


def _line_out(stmt: etree._Element, line: StatementLine, currency: str) -> None:
    element = etree.SubElement(stmt, "Ntry")
    _amount(element, line.change_minor, currency)
    _booked(element, line.at, reference_of(line.transfer_id), kind=line.purpose)
    details = etree.SubElement(etree.SubElement(element, "NtryDtls"), "TxDtls")
    _leaves(details, "Refs", EndToEndId=reference_of(line.about) or NOT_PROVIDED)
    why = f"{line.command} because of {line.cause} {line.cause_id}; with {line.counter_account}"
    _leaf(element, "AddtlNtryInf", why)


def _booked(element: etree._Element, at: datetime, servicer_ref: str, *, kind: str) -> None:
    _leaves(element, "Sts", Cd="BOOK")
    _leaves(element, "BookgDt", DtTm=at.isoformat())
    _leaf(element, "AcctSvcrRef", servicer_ref)
    _leaves(etree.SubElement(element, "BkTxCd"), "Prtry", Cd=kind)


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


def _entry_out(stmt: etree._Element, entry: BankEntry, currency: str) -> None:
    element = etree.SubElement(stmt, "Ntry")
    _amount(element, entry.amount_minor, currency)
    if entry.is_reversal:
        _leaf(element, "RvslInd", "true")
    _booked(element, entry.booked_at, entry.servicer_ref, kind=NOT_PROVIDED)
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
