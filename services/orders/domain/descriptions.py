"""Which descriptions of goods say too little.

The words follow the European Commission's list of unacceptable goods descriptions for ICS2 (its
"stop words") and the WCO guideline it is built on, from memory; the Chinese and Malay ones are
their plain translations. A description is vague when it has nothing beside such words: "gift" and
"auto parts" are refused, "coffee gift box" is not.
"""

import re
import unicodedata

_VAGUE = """
    accessories accessory apparel appliance appliances articles article cargo chemicals chemical
    clothes clothing commodities commodity components component consignment consolidated
    electronics electronic equipment fak foodstuff foodstuffs freight gift gifts goods
    haberdashery hazardous household item items machinery machines material materials
    merchandise miscellaneous misc order orders others other package packages parcel parcels part
    parts personal pieces piece present presents product products promotional sample samples
    spare stuff supplies thing things tools toys unknown various
    hadiah barang barangan sampel alat ganti bungkusan pelbagai
"""
_QUALIFIERS = "auto car computer electrical leather machine metal mobile phone plastic"
_FILLERS = "a all an and as assorted contain dan for kinds new of said the to"

VAGUE_WORDS = frozenset(_VAGUE.split())
QUALIFIERS = frozenset(_QUALIFIERS.split())
"""Words that name a good by themselves, but not beside a vague one: "phone" and "phone parts"."""
FILLERS = frozenset(_FILLERS.split())
VAGUE_CHINESE = re.compile(
    r"(?:礼品|礼物|赠品|配件|零件|样品|物品|货物|商品|产品|日用品|杂货|其他|包裹|个人|的|和)+"
)
LETTERS_MIN = 2
_WORD = re.compile(r"[^\W\d_]+")


def is_vague(description: str) -> bool:
    """Say whether a description leaves open what the good is."""
    found = _WORD.findall(unicodedata.normalize("NFKC", description).casefold())
    words = [word for word in found if word not in FILLERS]
    if sum(map(len, words)) < LETTERS_MIN:
        return True
    vague = [word for word in words if word in VAGUE_WORDS or VAGUE_CHINESE.fullmatch(word)]
    return bool(vague) and all(word in vague or word in QUALIFIERS for word in words)
