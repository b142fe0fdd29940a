"""China's cross-border messages by name: which elements each has, in which order.

Names are the authority's own (unified version 202205). `?` marks an element that may be absent.
Answers carry no sender; everything else ends in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from services.customs.domain.gate.elements import ELEMENTS, Element

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
VERSION = "1.0"


@dataclass(frozen=True)
class Field:
    """One element where a message has it."""

    tag: str
    element: Element
    is_required: bool


@dataclass(frozen=True)
class MessageType:
    """One kind of message: the tag of a document in it, of its head and of its lines.

    Without `head` the fields stand in the document itself; without `line` there are no lines.
    """

    name: str
    document: str
    head: str
    line: str
    head_fields: tuple[Field, ...]
    line_fields: tuple[Field, ...]
    has_sender: bool
    answer: str

    @cached_property
    def number(self) -> str:
        return self.name[3:6]

    @cached_property
    def head_tags(self) -> frozenset[str]:
        return frozenset(one.tag for one in self.head_fields)

    @cached_property
    def line_tags(self) -> frozenset[str]:
        return frozenset(one.tag for one in self.line_fields)


def _fields(names: str) -> tuple[Field, ...]:
    return tuple(
        Field(tag=name.rstrip("?"), element=ELEMENTS[name.rstrip("?")], is_required=name[-1] != "?")
        for name in names.split()
    )


_APP = "guid appType appTime appStatus"
_PLATFORM = "ebpCode ebpName ebcCode ebcName"
_CARRIER = "logisticsNo logisticsCode logisticsName"
_BUYER = "buyerIdType buyerIdNumber buyerName buyerTelephone"
_PARTS = "msgCount msgSeqNo"


def _message(
    number: int,
    tags: str,
    fields: str,
    lines: str = "",
    *,
    answer: int = 0,
    has_sender: bool = True,
) -> MessageType:
    document, head, line = [*tags.split(), "", ""][:3]
    return MessageType(
        name=f"CEB{number}Message",
        document=document,
        head="" if head == "-" else head,
        line=line,
        head_fields=_fields(fields),
        line_fields=_fields(lines),
        has_sender=has_sender,
        answer=f"CEB{answer}Message" if answer else "",
    )


def _answer(number: int, document: str, keys: str) -> MessageType:
    return _message(
        number, document, f"guid {keys} returnStatus returnTime returnInfo", has_sender=False
    )


_IMPORT = (
    _message(
        311,
        "Order OrderHead OrderList",
        f"{_APP} orderType orderNo {_PLATFORM} goodsValue freight discount taxTotal acturalPaid "
        "currency buyerRegNo buyerName buyerTelephone buyerIdType buyerIdNumber payCode? payName? "
        "payTransactionId? batchNumbers? consignee consigneeTelephone consigneeAddress "
        "consigneeDistrict? note?",
        "gnum itemNo? itemName gmodel itemDescribe? barCode? unit qty price totalPrice currency "
        "country note?",
        answer=312,
    ),
    _message(
        411,
        "Payment PaymentHead",
        f"{_APP} payCode payName payTransactionId orderNo ebpCode ebpName payerIdType "
        "payerIdNumber payerName telephone? amountPaid currency payTime note?",
        answer=412,
    ),
    _message(
        511,
        "Logistics LogisticsHead",
        f"{_APP} logisticsCode logisticsName logisticsNo billNo? orderNo? freight insuredFee "
        "currency weight packNo goodsInfo? consignee consigneeAddress consigneeTelephone note?",
        answer=512,
    ),
    _message(
        621,
        "Inventory InventoryHead InventoryList",
        f"{_APP} orderNo {_PLATFORM} {_CARRIER} copNo preNo? assureCode emsNo? invtNo? ieFlag "
        f"declTime customsCode portCode ieDate {_BUYER} consigneeAddress agentCode agentName "
        "areaCode? areaName? tradeMode trafMode trafNo? voyageNo? billNo? loctNo? licenseNo? "
        "country freight insuredFee currency wrapType? packNo grossWeight netWeight note?",
        "gnum itemRecordNo? itemNo? itemName? gcode gname gmodel barCode? country tradeCountry? "
        "currency qty unit qty1 unit1 qty2? unit2? price totalPrice note?",
        answer=622,
    ),
    _message(
        623,
        "InvtCancel",
        f"{_APP} customsCode orderNo {_PLATFORM} {_CARRIER} copNo preNo? invtNo {_BUYER} "
        "agentCode agentName reason note?",
        answer=624,
    ),
    _message(
        625,
        "InvtRefund InvtRefundHead InvtRefundList",
        f"{_APP} customsCode orderNo {_PLATFORM} {_CARRIER} copNo preNo? invtNo {_BUYER} "
        "agentCode agentName reason note?",
        "gnum gcode gname qty unit note?",
        answer=626,
    ),
    _message(
        816,
        "Tax TaxHeadRd TaxListRd",
        "guid returnTime invtNo taxNo customsTax valueAddedTax consumptionTax status entDutyNo? "
        "note? assureCode ebcCode? logisticsCode? agentCode? customsCode? orderNo? logisticsNo?",
        "gnum gcode taxPrice customsTax valueAddedTax consumptionTax",
        has_sender=False,
    ),
    _message(
        818,
        "Tax TaxHeadStatus",
        "guid returnTime invtNo taxNo status entDutyNo? assureCode?",
        has_sender=False,
    ),
)

_EXPORT = (
    _message(
        213,
        "InvtRefund InvtRefundHead InvtRefundList",
        f"{_APP} customsCode {_PLATFORM} {_CARRIER} coElNo invtNo agentCode agentName billNo? "
        "ieFlag trafMode trafName? portCode reason country voyageNo? note?",
        "gnum gcode gname gmodel? qty qty1? unit unit1? note?",
        answer=214,
    ),
    _message(
        215,
        "InvtRefundDetail",
        f"{_APP} customsCode operatorCode operatorName logisticsCode logisticsName logisticsNo "
        "invtNo coElNo billNo? ieFlag trafMode trafName? voyageNo? location? note?",
        answer=216,
    ),
    _message(
        303,
        "Order OrderHead OrderList",
        f"{_APP} orderType orderNo {_PLATFORM} goodsValue freight currency note?",
        "gnum itemNo itemName itemDescribe? barCode? unit currency qty price totalPrice note?",
        answer=304,
    ),
    _message(
        403,
        "Receipts",
        f"{_APP} {_PLATFORM} orderNo payCode? payName payNo? charge currency accountingDate note?",
        answer=404,
    ),
    _message(
        505,
        "Logistics",
        f"{_APP} logisticsCode logisticsName logisticsNo freight insuredFee currency grossWeight "
        "packNo goodsInfo? ebcCode ebcName ebcTelephone? note?",
        answer=506,
    ),
    _message(
        507,
        "Arrival ArrivalHead ArrivalList",
        f"{_APP} customsCode copNo operatorCode operatorName loctNo? ieFlag trafMode billNo? "
        f"domesticTrafNo? logisticsCode logisticsName {_PARTS} note?",
        "gnum logisticsNo totalPackageNo? note?",
        answer=508,
    ),
    _message(
        509,
        "Departure DepartureHead DepartureList",
        f"{_APP} customsCode copNo logisticsCode logisticsName trafMode trafName? voyageNo billNo "
        f"leaveTime {_PARTS} note?",
        "gnum totalPackageNo? logisticsNo note?",
        answer=510,
    ),
    _message(
        603,
        "Inventory InventoryHead InventoryList",
        f"{_APP} customsCode ebpCode ebpName orderNo logisticsCode logisticsName logisticsNo copNo "
        "preNo? invtNo? ieFlag portCode ieDate statisticsFlag agentCode agentName ebcCode ebcName "
        "ownerCode ownerName iacCode? iacName? emsNo? tradeMode trafMode trafName? voyageNo? "
        "billNo? totalPackageNo? loctNo? licenseNo? country POD freight fCurrency fFlag "
        "insuredFee iCurrency iFlag wrapType packNo grossWeight netWeight note?",
        "gnum itemNo? itemRecordNo? itemName? gcode gname gmodel barCode? country currency qty "
        "qty1 qty2? unit unit1 unit2? price totalPrice note?",
        answer=604,
    ),
    _message(
        605,
        "InvtCancel",
        f"{_APP} customsCode copNo invtNo reason agentCode agentName ebcCode ebcName note?",
        answer=606,
    ),
    _message(
        607,
        "WayBill WayBillHead WayBillList",
        f"{_APP} customsCode copNo agentCode agentName loctNo? trafMode trafName? voyageNo billNo "
        f"domesticTrafNo? grossWeight logisticsCode logisticsName {_PARTS} note?",
        "gnum totalPackageNo? logisticsNo note?",
        answer=608,
    ),
    _message(
        701,
        "SummaryApply SummaryApplyHead SummaryApplyList",
        f"{_APP} customsCode copNo agentCode agentName ebcCode ebcName declAgentCode "
        f"declAgentName summaryFlag itemNameFlag? {_PARTS}",
        "invtNo",
        answer=702,
    ),
    _message(
        792,
        "SummaryResult SummaryResultHead SummaryResultList",
        "guid customsCode sumNo opDate declSeqNo decState agentCode agentName ebcCode ebcName "
        f"declAgentCode declAgentName grossWeight netWeight {_PARTS}",
        "invtNo logisticsNo gnum gcode",
        has_sender=False,
    ),
)

_LIST_KEYS = "customsCode ebpCode ebcCode agentCode copNo preNo? invtNo?"
_ANSWERS = (
    _answer(312, "OrderReturn", "ebpCode ebcCode orderNo"),
    _answer(412, "PaymentReturn", "payCode payTransactionId"),
    _answer(512, "LogisticsReturn", "logisticsCode logisticsNo"),
    _answer(622, "InventoryReturn", _LIST_KEYS),
    _answer(624, "InvtCancelReturn", _LIST_KEYS),
    _answer(626, "InvtRefundReturn", "customsCode agentCode ebpCode ebcCode copNo preNo? invtNo?"),
    _answer(214, "InvtRefundReturn", "customsCode agentCode ebpCode ebcCode coElNo invtNo?"),
    _answer(216, "InvtRefundDetailReturn", "customsCode operatorCode coElNo invtNo?"),
    _answer(304, "OrderReturn", "ebpCode ebcCode orderNo"),
    _answer(404, "ReceiptsReturn", "ebpCode ebcCode orderNo payNo?"),
    _answer(506, "LogisticsReturn", "logisticsCode logisticsNo"),
    _answer(508, "ArrivalReturn", "customsCode copNo logisticsCode? billNo?"),
    _answer(510, "DepartureReturn", "customsCode copNo logisticsCode billNo"),
    _answer(604, "InventoryReturn", "customsCode ebpCode? ebcCode agentCode copNo preNo? invtNo?"),
    _answer(606, "InvtCancelReturn", "customsCode ebcCode agentCode copNo invtNo?"),
    _answer(608, "WayBillReturn", "customsCode copNo agentCode? billNo"),
    _answer(702, "SummaryApplyReturn", "customsCode copNo agentCode ebcCode"),
)

MESSAGES: Mapping[str, MessageType] = MappingProxyType(
    {message.name: message for message in (*_IMPORT, *_EXPORT, *_ANSWERS)}
)

SENDER_FIELDS = ("copCode", "copName", "dxpMode", "dxpId", "note")
