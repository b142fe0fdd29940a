"""Goods found by plain words in three languages: an inverted index in memory.

It holds the nomenclature and the words that packs give their goods. Chinese is written without
spaces, so characters that stand together in a question must stand together in what is found. A
word nobody uses is read as the one it is most like. Ranked by BM25 over weighted columns.
"""

import heapq
import math
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from shared.reference.nomenclature import Nomenclature

WORDS_MAX = 12
LANGUAGES = ("en", "ms", "zh-Hans")
SPELLING_SCORE_MIN = 75
SPELLING_LENGTH_MIN = 4
"""Shorter words resemble too many others."""
_CJK = r"\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_LEFT_OUT = frozenset({"a", "an", "and", "for", "in", "of", "or", "the", "with", "dan", "dalam"})
_COLUMN_WEIGHTS = (8.0, 6.0, 2.0, 1.0)
"""What people call it counts most, then what the code says, its heading, its chapter."""
_SATURATION, _LENGTH_SHARE = 1.2, 0.75
"""BM25's usual k1 and b."""
_LAST = "\U0010ffff"
_SHARED_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class GoodsWords:
    """A kind of goods: its code, its name in rules, and what people call it, by language."""

    code: str
    product: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GoodsFound:
    """A kind of goods that a question found. `confidence` is the share of the question's words
    that it has, in percent; a misread word counts by how like it is. Without `product` it is a
    code of the nomenclature that no rule has a name for.
    """

    code: str
    product: str
    words: tuple[str, ...]
    path: tuple[tuple[str, str], ...]
    confidence: int


@dataclass(frozen=True)
class _Term:
    """A word of a question: the weight it has in each row that has it, how sure it was meant."""

    weights: Mapping[int, float]
    sureness: int


class GoodsIndex:
    """Finds goods; read-only once built, so requests may share it."""

    def __init__(self, goods: Sequence[GoodsWords], nomenclature: Nomenclature) -> None:
        self.nomenclature = nomenclature
        self._goods = (*goods, *_unnamed(nomenclature))
        rows = [self._row(one) for one in self._goods]
        self._texts = ["\n".join(row) for row in rows]
        self._weights = _weights(rows)
        self._vocabulary = sorted(self._weights)
        self._spellings = [w for w in self._vocabulary if len(w) >= SPELLING_LENGTH_MIN]
        self._codes: dict[str, set[str]] = defaultdict(set)
        for one in goods:
            self._codes[one.product].add(one.code)
        self._plurals: dict[str, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            self._plurals[_singular(word)].append(word)

    def find(self, question: str, *, limit: int) -> list[GoodsFound]:
        """Return the goods that have every word of the question, else those that have some.

        A question of digits only finds the codes that begin with them.
        """
        tokens = _tokens(question)
        if len(tokens) == 1 and tokens[0].isdigit():
            return self._beginning(tokens[0], limit=limit)
        terms = [self._term(token) for token in tokens]
        weights = [term.weights for term in terms]
        rows = set(weights[0]).intersection(*weights[1:]) if weights else set[int]()
        ranked = heapq.nsmallest(
            limit,
            (
                (-_sureness(terms, number), -sum(each.get(number, 0.0) for each in weights), number)
                for number in rows or set().union(*weights)
            ),
        )
        return [self._found(number, -sureness // len(terms)) for sureness, _, number in ranked]

    def codes_of(self, product: str) -> tuple[str, ...]:
        """Return the codes under which rules name a product."""
        return tuple(sorted(self._codes.get(product, ())))

    def _beginning(self, digits: str, *, limit: int) -> list[GoodsFound]:
        numbers = [n for n, one in enumerate(self._goods) if one.code.startswith(digits)]
        first = heapq.nsmallest(limit, numbers, key=lambda n: (self._goods[n].code, n))
        return [self._found(number, 100) for number in first]

    def _row(self, one: GoodsWords) -> tuple[str, str, str, str]:
        known = self.nomenclature.descriptions
        own = " , ".join((one.product.replace("-", " "), *one.words))
        code = one.code
        parts = (own, known.get(code[:6], ""), known.get(code[:4], ""), known.get(code[:2], ""))
        return (_folded(parts[0]), _folded(parts[1]), _folded(parts[2]), _folded(parts[3]))

    def _term(self, token: str) -> _Term:
        if _IS_CJK.match(token):
            return _Term(self._together(token), 100)
        begin, end = (bisect_left(self._vocabulary, word) for word in (token, token + _LAST))
        words = {*self._vocabulary[begin:end], *self._plurals.get(_singular(token), ())}
        if words or len(token) < SPELLING_LENGTH_MIN:
            return _Term(self._heaviest(words), 100)
        like = process.extractOne(
            token, self._spellings, scorer=fuzz.ratio, score_cutoff=SPELLING_SCORE_MIN
        )
        return _Term({}, 0) if like is None else _Term(self._weights[like[0]], int(like[1]))

    def _together(self, characters: str) -> Mapping[int, float]:
        """Return the rows in which these characters stand side by side."""
        each = [self._weights.get(character, {}) for character in characters]
        rows = set.intersection(*map(set, each))
        return {
            number: sum(weights[number] for weights in each)
            for number in rows
            if characters in self._texts[number]
        }

    def _heaviest(self, words: Iterable[str]) -> Mapping[int, float]:
        """Return the rows that have any of these words, by the weight of the one that counts."""
        found = [self._weights[word] for word in words]
        if len(found) == 1:
            return found[0]
        heaviest: dict[int, float] = {}
        for weights in found:
            for number, weight in weights.items():
                if weight > heaviest.get(number, 0.0):
                    heaviest[number] = weight
        return heaviest

    def _found(self, number: int, confidence: int) -> GoodsFound:
        one = self._goods[number]
        return GoodsFound(
            code=one.code,
            product=one.product,
            words=one.words,
            path=self.nomenclature.path(one.code),
            confidence=confidence,
        )


def _sureness(terms: Sequence[_Term], number: int) -> int:
    return sum(term.sureness for term in terms if number in term.weights)


def _weights(rows: Sequence[tuple[str, ...]]) -> dict[str, dict[int, float]]:
    """Return how much each word says about each row that has it: BM25 over weighted columns."""
    split: dict[str, list[str]] = {}
    for text in {text for row in rows for text in row}:
        split[text] = list(_words(text))
    columns = [[len(split[text]) for text in column] for column in zip(*rows, strict=True)]
    usual = [max(sum(lengths) / len(lengths), 1.0) for lengths in columns]
    counted: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for number, row in enumerate(rows):
        for text, weight, length in zip(row, _COLUMN_WEIGHTS, usual, strict=True):
            words = split[text]
            share = 1 - _LENGTH_SHARE + _LENGTH_SHARE * len(words) / length
            for word in words:
                counted[word][number] += weight / share
    return {
        word: _saturated(found, math.log(1 + (len(rows) - len(found) + 0.5) / (len(found) + 0.5)))
        for word, found in counted.items()
    }


def _saturated(found: Mapping[int, float], rarity: float) -> dict[int, float]:
    top = rarity * (_SATURATION + 1)
    return {number: top * count / (count + _SATURATION) for number, count in found.items()}


def _unnamed(nomenclature: Nomenclature) -> Iterator[GoodsWords]:
    for code in sorted(nomenclature.descriptions):
        if len(code) == _SHARED_DIGITS:
            yield GoodsWords(code=code, product="", words=())


def _folded(text: str) -> str:
    """Return the text without case, accents and full-width forms."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def _words(text: str) -> Iterator[str]:
    """Return the words of a folded text; every Chinese character is one."""
    for token in _TOKEN.findall(text):
        if _IS_CJK.match(token):
            yield from token
        else:
            yield token


def _singular(word: str) -> str:
    """Return an English plural as its singular; two words of one singular are the same."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _tokens(question: str) -> list[str]:
    """Return the words of a question that say something; a run of Chinese is one."""
    found = _TOKEN.findall(_folded(question))[:WORDS_MAX]
    return [token for token in found if token not in _LEFT_OUT]
