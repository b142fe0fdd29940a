"""What exactly is signed: DSSE's pre-authentication encoding, which binds the kind to the bytes.

Without it a signature over one kind of document could be passed off as one over another.
Source: secure-systems-lab/dsse, protocol.md.
"""

FRAME = "application/vnd.eroad.frame+json;v=1"
RECEIPT = "application/vnd.eroad.receipt+json;v=1"
CONTRACT = "application/vnd.eroad.contract+json;v=1"
HUB_DOCUMENT = "application/vnd.eroad.hub+json;v=1"
TREE_HEAD = "application/vnd.eroad.tree-head+json;v=1"
ERASURE = "application/vnd.eroad.erasure+json;v=1"
SCHEMA_SET = "application/vnd.eroad.schema-set+json;v=1"
SNAPSHOT = "application/vnd.eroad.snapshot+json;v=1"
SNAPSHOT_RECEIPT = "application/vnd.eroad.snapshot-receipt+json;v=1"


def pre_authentication_encoding(payload_type: str, body: bytes) -> bytes:
    """`DSSEv1`, then the type and the body, each after its length in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
