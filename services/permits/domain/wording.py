"""An answer in plain words: English, Malay and Chinese, from what rules say and packs' labels."""

from collections.abc import Iterator, Mapping

from services.permits.domain.advice import Advice, Gap, Verdict
from services.permits.domain.control import Blocker, Condition
from services.permits.domain.facts import Facts
from shared.packs.values import money_text
from shared.reference.currencies import digits_of

LANGUAGES = ("en", "ms", "zh-Hans")
Labels = Mapping[str, Mapping[str, str]]

_SAYS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "way": "{goods} from {origin} to {destination}, {route}, {channel}: {verdict}.",
        "papers": "Papers: {count}, {days} working days, {cost}.",
        "prohibited": "These goods may not be traded at all.",
        "route-not-allowed": "Not {route}; allowed: {allowed}.",
        "channel-not-allowed": "Not as {channel}; allowed: {allowed}.",
        "fact-missing": "Show {fact}.",
        "not-listed": "What you state is not on {register}.",
        "value-over-limit": "The value is over what this channel allows.",
        "no-pack": "The rules of {country} are not installed here.",
        "no-rule": "No rule found for these goods in {country}, unverified.",
        "code-too-short": "The goods code is too short for {country}: name more digits.",
        "value-currency": "State the value in the currency in which {country} limits it.",
        "before-first-rule": "Nothing is known of {country} before its first rule.",
        "unverified": "Some of these rules are not verified.",
    },
    "ms": {
        "way": "{goods} dari {origin} ke {destination}, {route}, {channel}: {verdict}.",
        "papers": "Dokumen: {count}, {days} hari bekerja, {cost}.",
        "prohibited": "Barang ini tidak boleh diperdagangkan langsung.",
        "route-not-allowed": "Bukan {route}; dibenarkan: {allowed}.",
        "channel-not-allowed": "Bukan sebagai {channel}; dibenarkan: {allowed}.",
        "fact-missing": "Tunjukkan {fact}.",
        "not-listed": "Apa yang dinyatakan tiada dalam {register}.",
        "value-over-limit": "Nilainya melebihi had saluran ini.",
        "no-pack": "Peraturan {country} tidak dipasang di sini.",
        "no-rule": "Tiada peraturan ditemui untuk barang ini di {country}, belum disahkan.",
        "code-too-short": "Kod barang terlalu pendek untuk {country}: beri lebih digit.",
        "value-currency": "Nyatakan nilai dalam mata wang had {country}.",
        "before-first-rule": "Tiada apa diketahui tentang {country} sebelum peraturan pertamanya.",
        "unverified": "Sebahagian peraturan ini belum disahkan.",
    },
    "zh-Hans": {
        "way": "{goods},{origin}至{destination},{route},{channel}:{verdict}。",
        "papers": "单证{count}份,{days}个工作日,{cost}。",
        "prohibited": "此类货物禁止进出口。",
        "route-not-allowed": "不可{route};允许:{allowed}。",
        "channel-not-allowed": "不可以{channel}方式;允许:{allowed}。",
        "fact-missing": "请提供{fact}。",
        "not-listed": "所填内容不在{register}中。",
        "value-over-limit": "货值超过该渠道的限额。",
        "no-pack": "此处未安装{country}的规则。",
        "no-rule": "未找到{country}对此类货物的规则,未核实。",
        "code-too-short": "商品编码对{country}而言过短,请补足位数。",
        "value-currency": "请以{country}限额所用的币种填写价值。",
        "before-first-rule": "{country}在其首条规则之前无规则可查。",
        "unverified": "部分规则未经核实。",
    },
}


def summary_of(facts: Facts, advice: Advice, labels: Labels) -> Mapping[str, str]:
    """Return the answer in a few sentences, by language."""
    return {
        language: " ".join(_Speaker(language, facts, labels).sentences(advice))
        for language in LANGUAGES
    }


class _Speaker:
    """Says one answer in one language."""

    def __init__(self, language: str, facts: Facts, labels: Labels) -> None:
        self._language = language
        self._says = _SAYS[language]
        self._facts = facts
        self._labels = labels

    def sentences(self, advice: Advice) -> Iterator[str]:
        yield self._way(advice.verdict)
        for blocker in advice.blockers:
            yield self._blocker(blocker)
        for gap in advice.gaps:
            yield self._gap(gap)
        if advice.plan.papers:
            yield self._papers(advice)
        if advice.rules and not advice.is_sourced:
            yield self._says["unverified"]

    def _way(self, verdict: Verdict) -> str:
        facts = self._facts
        return self._says["way"].format(
            goods=f"HS {facts.hs_code}",
            origin=self._label("country", facts.origin),
            destination=self._label("country", facts.destination),
            route=self._label("route", facts.route),
            channel=self._label("channel", facts.channel),
            verdict=self._label("verdict", verdict.value),
        )

    def _papers(self, advice: Advice) -> str:
        cost = " + ".join(
            money_text(each, {each.currency: digits_of(each.currency)})
            for each in advice.plan.costs
        )
        return self._says["papers"].format(
            count=len(advice.plan.papers), days=advice.plan.total_days, cost=cost
        )

    def _blocker(self, blocker: Blocker) -> str:
        subject = blocker.condition or Condition(requires="")
        return self._says[blocker.code].format(
            route=self._label("route", self._facts.route),
            channel=self._label("channel", self._facts.channel),
            allowed=", ".join(self._label(subject.requires, each) for each in subject.allowed),
            fact=self._label("fact", subject.fact),
            register=self._label("register", subject.register),
        )

    def _gap(self, gap: Gap) -> str:
        return self._says[gap.code].format(country=self._label("country", gap.country))

    def _label(self, kind: str, code: str) -> str:
        words = self._labels.get(f"{kind}.{code}")
        return code if words is None else words[self._language]
