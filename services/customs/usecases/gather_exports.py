"""Look at export lists again after a paper came: open, declare, release what can be."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from services.customs.domain.authority import SIMULATOR
from services.customs.domain.export_list import ExportList
from services.customs.domain.gate.receipt import list_number
from services.customs.domain.lanes import RiskFacts
from services.customs.domain.retail_export import ExportListRules, ExportPapers, export_findings
from services.customs.domain.status import Status
from services.customs.store.export_lists import FiledPaper
from services.customs.store.tx import CustomsTx
from services.customs.usecases.rebate_by_list import note_exported
from shared.kernel.ids import derived_id

WAITING = frozenset({Status.STORED, Status.RETURNED, Status.SEND_FAILED})
"""Where a list whose papers are there is declared, for the first time or again."""


async def file_export_papers(tx: CustomsTx, filed: Collection[FiledPaper]) -> None:
    """Keep papers, then look at every list they concern. What came before changes nothing."""
    orders = {one.order_key for one in filed if one.order_key is not None}
    parcels = {one.logistics_no for one in filed if one.logistics_no is not None}
    await tx.locks.hold(orders | parcels)
    await tx.export_lists.keep(list(filed))
    for numbers in (await tx.export_lists.parcels_of(orders)).values():
        parcels.update(numbers)
    await gather_exports(tx, parcels)


async def gather_exports(tx: CustomsTx, logistics_nos: Collection[str]) -> None:
    """Bring the lists of these parcels as far as their papers allow."""
    papers = await tx.export_lists.papers(logistics_nos)
    keys = {one.goods_list.order_key for one in papers.values() if one.goods_list is not None}
    await tx.locks.hold({*logistics_nos, *keys})
    known = await tx.export_lists.of_parcels(papers)
    on = tx.rulebook.day_of(tx.country, tx.now)
    rules = tx.rulebook.export_list_rules(tx.country, on=on)
    new, changed = [], []
    for number in sorted(papers):
        before = known.get(number)
        after = _brought_on(tx, before or _opened(tx, papers[number]), papers[number], rules)
        if before is None:
            new.append(after)
        elif after != before:
            changed.append(after)
    await tx.export_lists.add(new)
    await tx.export_lists.save(changed)
    await note_exported(tx, [one for one in (*new, *changed) if _is_let_go(known, one)])


def _is_let_go(known: Mapping[str, ExportList], one: ExportList) -> bool:
    """Say whether these papers released a list."""
    before = known.get(one.logistics_no)
    return one.released_at is not None and (before is None or before.released_at is None)


def _opened(tx: CustomsTx, papers: ExportPapers) -> ExportList:
    goods_list = papers.goods_list
    assert goods_list is not None, "a parcel is looked at from its list on"
    list_id = derived_id("exl", tx.hub, goods_list.logistics_no)
    return ExportList(
        id=list_id,
        number=list_number(list_id),
        logistics_no=goods_list.logistics_no,
        order_key=goods_list.order_key,
        declared=goods_list,
    )


def _brought_on(
    tx: CustomsTx, one: ExportList, papers: ExportPapers, rules: ExportListRules
) -> ExportList:
    assert papers.goods_list is not None, "a parcel is looked at from its list on"
    here = one.listed_anew(papers.goods_list)
    if here.status in WAITING and not here.withdrawn and not papers.missing(rules.papers):
        here = _declared(tx, here, papers, rules)
    if here.status is Status.ACCEPTED and not papers.missing(rules.release_papers):
        here = here.routed(at=tx.now, by=SIMULATOR)
    return here


def _declared(
    tx: CustomsTx, one: ExportList, papers: ExportPapers, rules: ExportListRules
) -> ExportList:
    goods_list = papers.goods_list
    assert goods_list is not None, "a parcel is looked at from its list on"
    on = tx.rulebook.day_of(tx.country, tx.now)
    deadline = tx.rulebook.answer_by(tx.country, on=on)
    if one.status is Status.STORED and tx.rulebook.fails_to_send(goods_list.order_no):
        return one.not_sent(at=tx.now, by=SIMULATOR, deadline=deadline)
    findings = export_findings(papers, rules)
    if one.status is Status.RETURNED and findings and one.findings == findings:
        return one
    latest = replace(one, order_key=goods_list.order_key, declared=goods_list)
    sent = latest.sent(at=tx.now, by=SIMULATOR)
    if findings:
        return sent.returned(findings, at=tx.now, by=SIMULATOR, deadline=deadline)
    lane = tx.rulebook.lane(
        tx.country,
        "export",
        subject=goods_list.logistics_no,
        order_no=goods_list.order_no,
        on=on,
        facts=RiskFacts(hs_codes=tuple(line.hs_code for line in goods_list.lines)),
    )
    return sent.accepted(lane, at=tx.now, by=SIMULATOR)
