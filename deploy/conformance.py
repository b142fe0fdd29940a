"""What another hub's operator runs against a hub: does it keep to the road's rules?

The asking hub must be one that the other trusts. It asks as itself and changes nothing: what it
sends wrong must be refused, each time with a reason of its own. The report is signed, so it can be
shown to others.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx
import msgspec

from services.exchange.domain.frame import Frame, decode_header, unpack
from services.exchange.domain.hub_document import DocumentRefused, HubDocument, read_document
from services.exchange.domain.keys import KeyRing, PeerKey, SigningKey
from services.exchange.domain.receive import Opened, open_frame
from services.exchange.domain.records import ArrivalRules, Quarantined, QuarantineReason
from services.exchange.domain.request import Asked, sign_request
from services.exchange.domain.schema_set import Difference, difference, read_schema_set
from services.exchange.domain.stream import Stream, StreamPosition
from services.exchange.domain.tree_head import HeadReason, SignedHead, check_head, follows
from shared.contracts.published import leaving_schemas
from shared.kernel.errors import EroadError

REPORT = "application/vnd.eroad.conformance+json;v=1"
NOBODY = "zz-zzz"
"""A hub that is not there."""
QUESTIONS_MAX = 50
OVERSIZE_BYTES = 2 * 1024 * 1024
OLD = timedelta(minutes=10)
TIMEOUT_S = 20.0


class Broken(Exception):
    """The hub does not keep to a rule; the text says how."""


class Check(NamedTuple):
    """One rule, whether the hub keeps to it, and what was seen."""

    name: str
    passed: bool
    says: str


@dataclass
class Kit:
    """Asks one hub, as a peer that it trusts; `root` is what its anchor pins."""

    url: str
    hub: str
    root: PeerKey
    asking: str
    key: SigningKey
    http: httpx.AsyncClient
    now: Callable[[], datetime]
    is_training: bool = False
    """Whether the hub's clock may be moved: then the moment of a request counts for nothing."""
    ring: KeyRing = field(init=False)
    document: HubDocument | None = None
    differs: Difference | None = None
    """How the types that it speaks differ from those published here; None where it says none."""
    frames: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ring = KeyRing(self.hub)

    async def run(self) -> list[Check]:
        """Go through every rule, each on its own."""
        rules: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("document-signed-by-its-root", self._document),
            ("speaks-the-published-types", self._types),
            ("refuses-an-unsigned-request", self._unsigned),
            ("refuses-a-request-to-another-hub", self._misdirected),
            ("refuses-a-changed-request", self._changed),
            ("refuses-an-old-request", self._old),
            ("refuses-nonsense", self._nonsense),
            ("refuses-an-oversize-request", self._oversize),
            ("frames-signed-dense-and-chained", self._dense),
            ("records-owned-and-addressed", self._owned),
            ("frames-again-byte-for-byte", self._again),
            ("shows-no-stream-of-another-hub", self._foreign),
            ("refuses-a-receipt-for-nothing", self._receipt),
            ("evidence-log-only-grows", self._log),
        ]
        if self.is_training:
            rules = [rule for rule in rules if rule[0] != "refuses-an-old-request"]
        return [await self._checked(name, rule) for name, rule in rules]

    async def _checked(self, name: str, rule: Callable[[], Awaitable[str]]) -> Check:
        try:
            return Check(name, True, await rule())
        except Broken as broken:
            return Check(name, False, str(broken))
        except (httpx.HTTPError, EroadError, msgspec.DecodeError) as error:
            return Check(name, False, f"{type(error).__name__}: {error}")

    async def _document(self) -> str:
        reply = await self.http.get(f"{self.url}/.well-known/eroad", timeout=TIMEOUT_S)
        try:
            document = read_document(reply.content, hub=self.hub, root=self.root, now=self.now())
        except DocumentRefused as refused:
            raise Broken(f"{refused.reason.value}: {refused.message}") from refused
        self.document = document
        self.ring.replace(document.ring_keys())
        if not any(key.covers(self.now()) and not key.revoked for key in document.ring_keys()):
            raise Broken("no key of it may sign now")
        return f"version {document.version}, epoch {document.epoch}"

    async def _types(self) -> str:
        """A type or version more is no fault: who does not know it keeps it raw."""
        reply = await self.http.get(f"{self.url}/.well-known/eroad/schemas", timeout=TIMEOUT_S)
        if reply.status_code != 200:
            raise Broken(f"it answers {reply.status_code}")
        spoken = read_schema_set(reply.content, self.ring)
        self.differs = difference(spoken.types, leaving_schemas())
        unlike = [f"{kind}: {', '.join(n)}" for kind, n in self.differs._asdict().items() if n]
        if self.differs.missing or self.differs.other_hash:
            raise Broken("; ".join(unlike))
        return "; ".join((f"{len(spoken.types)} types, set {spoken.schema_set}", *unlike))

    async def _unsigned(self) -> str:
        body = _feed_question({})
        reply = await self.http.post(f"{self.url}/v1/feed", content=body, timeout=TIMEOUT_S)
        return _refused(reply, {401})

    async def _misdirected(self) -> str:
        return _refused(await self._ask("/v1/feed", _feed_question({}), to=NOBODY), {401})

    async def _changed(self) -> str:
        other = _feed_question({f"{self.hub}/{self.asking}/orders/0": 1})
        return _refused(await self._ask("/v1/feed", _feed_question({}), sent=other), {401})

    async def _old(self) -> str:
        at = self.now() - OLD
        return _refused(await self._ask("/v1/feed", _feed_question({}), at=at), {401})

    async def _nonsense(self) -> str:
        said = _refused(await self._ask("/v1/feed", b'{"positions": 7}'), {422})
        _refused(await self._ask("/v1/feed", b"\xff{"), {400, 422})
        return said

    async def _oversize(self) -> str:
        return _refused(await self._ask("/v1/feed", b" " * OVERSIZE_BYTES), {413})

    async def _dense(self) -> str:
        """Take every stream from its beginning: each number once, each header behind the last."""
        positions: dict[str, StreamPosition] = {}
        for _ in range(QUESTIONS_MAX):
            asked = {key: stands.seq for key, stands in positions.items()}
            reply = await self._ask("/v1/feed", _feed_question(asked))
            if reply.status_code != 200:
                raise Broken(f"the feed answers {reply.status_code}")
            came = unpack(reply.content, frames_max=500)
            if not came:
                break
            for frame in came:
                self._take(frame, positions)
        records = sum(stands.seq for stands in positions.values())
        return f"{records} records in {len(self.frames)} frames of {len(positions)} streams"

    def _take(self, frame: Frame, positions: dict[str, StreamPosition]) -> None:
        header = decode_header(frame.header)
        stream = Stream(self.hub, self.asking, header.stream, header.p)
        epoch = self.document.epoch if self.document and self.document.epoch > 1 else None
        stands = positions.get(stream.key, StreamPosition(epoch_allowed=epoch))
        opened = open_frame(frame, stands, stream=stream, ring=self.ring)
        if not isinstance(opened, Opened):
            raise Broken(f"{stream.key} behind {stands.seq}: {opened}")
        positions[stream.key] = opened.position
        self.frames.append(frame)

    async def _owned(self) -> str:
        """Each record is the hub's own, of its stream's service, and meant for who asks."""
        unlike = {QuarantineReason.UNKNOWN_TYPE, QuarantineReason.NEWER_VERSION}
        seen = 0
        for frame in self.frames:
            header = decode_header(frame.header)
            stream = Stream(self.hub, self.asking, header.stream, header.p)
            now = None if self.is_training else self.now()
            rules = ArrivalRules(stream=stream, types={}, now=now)
            opened = open_frame(
                frame,
                StreamPosition(header.first - 1, header.prev, header.epoch),
                stream=stream,
                ring=self.ring,
            )
            assert isinstance(opened, Opened), "it was opened before"
            for record in rules.judge_all(header.numbers, opened.lines, opened.leaves):
                if isinstance(record, Quarantined) and record.reason not in unlike:
                    raise Broken(f"{stream.key} number {record.seq}: {record.reason.value}")
                seen += 1
        return f"{seen} records"

    async def _again(self) -> str:
        if not self.frames:
            return "nothing crosses to this hub yet"
        held = self.frames[0]
        header = decode_header(held.header)
        stream = Stream(self.hub, self.asking, header.stream, header.p)
        question = {"stream": stream.key, "first": header.first, "last": header.last}
        reply = await self._ask("/v1/frames", msgspec.json.encode(question))
        if unpack(reply.content, frames_max=500)[:1] != [held]:
            raise Broken(f"{stream.key} from {header.first} is not what the feed had")
        return f"{stream.key} from {header.first}"

    async def _foreign(self) -> str:
        question = {"stream": f"{self.hub}/{NOBODY}/orders/0", "first": 1, "last": 500}
        reply = await self._ask("/v1/frames", msgspec.json.encode(question))
        if reply.status_code != 200 or reply.content:
            raise Broken(f"it answers {reply.status_code} with {len(reply.content)} bytes")
        return "nothing is shown"

    async def _receipt(self) -> str:
        nothing = base64.b64encode(b"{}").decode()
        stream = f"{self.hub}/{self.asking}/orders/0"
        given = {"stream": stream, "first": 2**52, "body": nothing, "signature": nothing}
        reply = await self._ask("/v1/receipts", msgspec.json.encode({"receipts": [given]}))
        if reply.status_code != 200 or reply.json()["taken"] != 0:
            raise Broken(f"it answers {reply.status_code}: {reply.text[:200]}")
        return str(reply.json()["refused"][0]["reason"])

    async def _log(self) -> str:
        first = await self._ask("/v1/tree-head", msgspec.json.encode({"epoch": 1, "size": 0}))
        if first.status_code == 404:
            return "nothing is logged yet"
        before, _ = _shown(first)
        held = check_head(before, self.ring)
        if isinstance(held, HeadReason):
            raise Broken(held.value)
        question = msgspec.json.encode({"epoch": held.epoch, "size": held.size})
        signed, path = _shown(await self._ask("/v1/tree-head", question))
        head = check_head(signed, self.ring)
        if isinstance(head, HeadReason):
            raise Broken(head.value)
        epoch = self.document.epoch if self.document else 1
        reason = follows(head, held=held, path=path, epoch_announced=epoch)
        if reason is not None:
            raise Broken(reason.value)
        return f"{head.size} entries"

    async def _ask(
        self,
        path: str,
        body: bytes,
        *,
        to: str = "",
        at: datetime | None = None,
        sent: bytes | None = None,
    ) -> httpx.Response:
        """Ask as this hub; `to`, `at` and `sent` make the signature one over something else."""
        asked = Asked("POST", path, "", body)
        signed = sign_request(
            asked, by=self.asking, to=to or self.hub, key=self.key, now=at or self.now()
        )
        return await self.http.post(
            f"{self.url}{path}",
            content=body if sent is None else sent,
            headers={**signed, "Content-Type": "application/json"},
            timeout=TIMEOUT_S,
        )


def report_of(kit: Kit, checks: Sequence[Check]) -> dict[str, Any]:
    """The report as a DSSE envelope, signed with the asking hub's key."""
    said = {
        "v": 1,
        "hub": kit.hub,
        "url": kit.url,
        "document_version": kit.document.version if kit.document else 0,
        "asked_by": kit.asking,
        "at": kit.now().isoformat(),
        "training": kit.is_training,
        "conforms": all(check.passed for check in checks),
        "checks": [check._asdict() for check in checks],
        "schemas": kit.differs and kit.differs._asdict(),
    }
    payload = msgspec.json.encode(said, order="sorted")
    return {
        "payloadType": REPORT,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [
            {
                "keyid": kit.key.kid,
                "sig": base64.b64encode(kit.key.sign(REPORT, payload)).decode(),
            }
        ],
    }


def _feed_question(positions: Mapping[str, int]) -> bytes:
    return msgspec.json.encode({"positions": positions})


def _refused(reply: httpx.Response, statuses: set[int]) -> str:
    """The code of the refusal, or Broken: a hub says what is wrong in RFC 9457's words."""
    if reply.status_code not in statuses:
        raise Broken(f"it answers {reply.status_code}")
    if not reply.headers.get("content-type", "").startswith("application/problem+json"):
        raise Broken("the refusal is no problem+json")
    code = reply.json().get("code")
    if not isinstance(code, str):
        raise Broken("the refusal has no code")
    return code


def _shown(reply: httpx.Response) -> tuple[SignedHead, list[bytes]]:
    if reply.status_code != 200:
        raise Broken(f"it answers {reply.status_code}")
    shown = reply.json()
    body, signature = (base64.b64decode(shown[part]) for part in ("body", "signature"))
    return SignedHead(body, signature), [base64.b64decode(node) for node in shown["path"]]
