"""How a topic is set up on Kafka so that nothing is lost, when it is new and when it exists."""

import logging
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.messaging.bus import TopicSpec

MESSAGE_BYTES_MAX = 1_048_588
ANY_TIME_MS = str(2**63 - 1)
OF_THE_TOPIC = 1
"""Kafka's word for a setting made on the topic itself, not one that it inherits."""
_log = logging.getLogger(__name__)


def new_topic(spec: TopicSpec, replicas: int) -> NewTopic:
    """Return the topic as its owner wants it."""
    keep_ms = -1 if spec.retention_s is None else spec.retention_s * 1_000
    if spec.compact:
        cleanup = "compact" if spec.retention_s is None else "compact,delete"
    else:
        cleanup = "delete"
    return NewTopic(
        spec.name,
        spec.partitions,
        replicas,
        topic_configs={
            "cleanup.policy": cleanup,
            "retention.ms": str(keep_ms),
            "max.message.bytes": str(MESSAGE_BYTES_MAX),
            "min.insync.replicas": str(max(1, replicas - 1)),
            "unclean.leader.election.enable": "false",
            "message.timestamp.type": "CreateTime",
            # A hub in training runs ahead of the wall clock; the broker must not refuse that.
            "message.timestamp.after.max.ms": ANY_TIME_MS,
            "message.timestamp.before.max.ms": ANY_TIME_MS,
        },
    )


async def settle(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    """Give topics that exist the settings their owner wants; whatever else was set is kept.

    A cluster may forbid its services to change topics: then what differs is only logged.
    """
    for topic in topics:
        await _settle_one(admin, topic)


async def _settle_one(admin: AIOKafkaAdminClient, topic: NewTopic) -> None:
    wanted = topic.topic_configs
    [held] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    settings = {name: (value, source) for name, value, _, source, *_ in held.resources[0][4]}
    differing = {
        name: value for name, value in wanted.items() if settings.get(name, ("", 0))[0] != value
    }
    if not differing:
        return
    # Kafka forgets every setting of the topic that this call does not name.
    own = {name: value for name, (value, source) in settings.items() if source == OF_THE_TOPIC}
    resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, {**own, **wanted})
    [answer] = await admin.alter_configs([resource])
    code, refusal, *_ = answer.resources[0]
    if code:
        _log.warning("%s keeps other settings than %s: %s", topic.name, differing, refusal)
