"""What the steps of a complaint and its subjects are called in each language of the hubs."""

import re
from collections.abc import Mapping
from decimal import Decimal

from services.orders.domain.complaint import Step
from shared.kernel.money import Money
from shared.reference.currencies import digits_of

LANGUAGES = ("en", "ms", "zh-Hans")
DEFAULT = "en"

STEPS: Mapping[str, tuple[str, str, str]] = {
    "opened": (
        "The buyer complained and claims {amount}.",
        "Pembeli membuat aduan dan menuntut {amount}.",
        "买家提出投诉，要求赔付{amount}。",
    ),
    "seller-offered": (
        "The seller offers {amount}.",
        "Penjual menawarkan {amount}.",
        "卖家愿意赔付{amount}。",
    ),
    "seller-rejected": (
        "The seller rejects the complaint.",
        "Penjual menolak aduan ini.",
        "卖家拒绝该投诉。",
    ),
    "offer-accepted": (
        "The buyer accepted the offer of {amount}; the complaint is closed.",
        "Pembeli menerima tawaran {amount}; aduan ditutup.",
        "买家接受赔付{amount}，投诉已结案。",
    ),
    "raised-to-hub": (
        "The hub now decides.",
        "Hab kini membuat keputusan.",
        "已提交枢纽裁决。",
    ),
    "hub-granted": (
        "The hub grants {amount}.",
        "Hab memberikan {amount}.",
        "枢纽裁定赔付{amount}。",
    ),
    "hub-dismissed": (
        "The hub dismisses the complaint.",
        "Hab menolak aduan ini.",
        "枢纽驳回该投诉。",
    ),
    "raised-to-ombudsman": (
        "The ombudsman now decides.",
        "Ombudsman kini membuat keputusan.",
        "已提交申诉专员裁决。",
    ),
    "ombudsman-granted": (
        "The ombudsman grants {amount}; this is final.",
        "Ombudsman memberikan {amount}; keputusan ini muktamad.",
        "申诉专员终局裁定赔付{amount}。",
    ),
    "ombudsman-dismissed": (
        "The ombudsman dismisses the complaint; this is final.",
        "Ombudsman menolak aduan ini; keputusan ini muktamad.",
        "申诉专员终局驳回该投诉。",
    ),
    "ombudsman-silent": (
        "The ombudsman did not decide in time; the buyer gets {amount}.",
        "Ombudsman tidak memutuskan tepat pada masanya; pembeli menerima {amount}.",
        "申诉专员逾期未裁决，买家获赔{amount}。",
    ),
    "hub-decision-stands": (
        "Nobody appealed; the hub's decision stands.",
        "Tiada rayuan; keputusan hab kekal.",
        "无人申诉，枢纽裁决生效。",
    ),
    "offer-lapsed": (
        "The buyer did not answer the offer; the complaint is closed.",
        "Pembeli tidak menjawab tawaran; aduan ditutup.",
        "买家未答复赔付方案，投诉已结案。",
    ),
    "not-pursued": (
        "The buyer did not go on; the complaint is closed.",
        "Pembeli tidak meneruskan; aduan ditutup.",
        "买家未继续投诉，已结案。",
    ),
    "withdrawn": (
        "The buyer withdrew the complaint.",
        "Pembeli menarik balik aduan.",
        "买家撤回投诉。",
    ),
    "evidence-added": (
        "Evidence was added.",
        "Bukti telah ditambah.",
        "已补充证据。",
    ),
}


def sentence_of(step: Step, language: str) -> str:
    """Return what happened, in words; a step of a newer hub that has none here keeps its code."""
    texts = STEPS.get(step.what)
    if texts is None:
        return step.what
    amount = "" if step.amount is None else _written(step.amount)
    return texts[LANGUAGES.index(language)].format(amount=amount)


def _written(money: Money) -> str:
    """Write an amount with the digits that ISO 4217 gives its currency."""
    digits = digits_of(money.currency)
    return f"{money.currency} {Decimal(money.minor).scaleb(-digits):.{digits}f}"


_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*"
)


def language_of(accept_language: str | None) -> str:
    """Return the best of our languages for an Accept-Language header (RFC 9110, RFC 4647)."""
    wanted = []
    for place, part in enumerate((accept_language or "").split(",")):
        match = _RANGE.fullmatch(part)
        if match and (weight := match[2] or "1").rstrip("0.") != "":
            wanted.append((-int((weight + "000").replace(".", "")[:4]), place, match[1].lower()))
    for _, _, tag in sorted(wanted):
        found = _ours(tag)
        if found:
            return found
    return DEFAULT


def _ours(tag: str) -> str:
    """Chinese without a script, or as written in China, is simplified Chinese."""
    if tag in ("zh", "zh-cn", "zh-sg") or tag.startswith("zh-hans"):
        return "zh-Hans"
    return next((ours for ours in ("en", "ms") if tag.split("-")[0] == ours), "")
