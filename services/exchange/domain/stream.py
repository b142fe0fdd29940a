"""A stream and how far it has come.

A stream is one origin's events of one area (the owning service) for one destination, in one
partition. Its sequence is dense: policy filters before numbers are given, so a hole means loss.
"""

from dataclasses import dataclass, replace

GENESIS = "0" * 64
"""The chain head before the first frame."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Who tells whom about what."""

    origin: str
    dest: str
    area: str
    partition: int = 0

    @classmethod
    def of_key(cls, key: str) -> "Stream":
        """The stream of this name, which must be one."""
        origin, dest, area, partition = key.split("/")
        return cls(origin, dest, area, int(partition))

    @property
    def key(self) -> str:
        """The key of its frames on a bus, and its name in logs."""
        return f"{self.origin}/{self.dest}/{self.area}/{self.partition}"

    @property
    def service(self) -> str:
        """The service at the origin whose events these are."""
        return self.area.split(".", 1)[0]

    @property
    def topic(self) -> str:
        """The topic, on the origin's bus, that the destination may read."""
        return f"eroad.{self.dest}.{self.area}.v1"


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """The last sequence number done, the hash of the header it came in, and the epoch.

    An origin raises the epoch after it lost a key or was restored from a backup. The new epoch
    goes on where the destination stands: the origin learns `seq` and `chain` from the last
    receipt, so no number is ever used for two records that were both applied. The destination
    takes the first frame of a new epoch only while `epoch_allowed` names it or a later one, set
    when the origin's root-signed hub document announces that epoch and an operator has agreed.

    A restored origin asks what the destination holds before it signs anything new. From then on
    frames of epochs before `epoch_due` hold no further than `epoch_behind`: what lies behind is
    signed anew, and a late frame on a log would be a second record under one number.
    """

    seq: int = 0
    chain: str = GENESIS
    epoch: int = 1
    epoch_allowed: int | None = None
    epoch_due: int = 1
    epoch_behind: int = 0

    @classmethod
    def unmet(cls, *, announced: int, due: int) -> "StreamPosition":
        """Where a stream stands of which nothing came yet: its origin's document announces an
        epoch, and asked of its other streams for `due`, not naming this one."""
        return cls(epoch_allowed=announced if announced > 1 else None, epoch_due=due)

    def after(self, *, last: int, chain: str, epoch: int) -> "StreamPosition":
        """The position once the frame ending in `last` is done."""
        allowed = self.epoch_allowed
        if allowed is not None and allowed <= epoch:
            allowed = None
        return replace(self, seq=last, chain=chain, epoch=epoch, epoch_allowed=allowed)
