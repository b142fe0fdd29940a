"""How a topic is set up on Kafka so that nothing is lost, when it is new and when it exists."""

import logging
from collections.abc import Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

from shared.messaging.bus import TopicSpec

MESSAGE_BYTES_MAX = 1_048_588
ANY_TIME_MS = str(2**63 - 1)
SET = 0
"""Kafka's word for giving a setting a value; others remove it or change a list."""
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


class _SetResponse(Response):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _SetStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _SetResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(
                        ("name", String("utf-8")),
                        ("operation", Int8),
                        ("value", String("utf-8")),
                    ),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class _Set(Request[_SetStruct]):  # type: ignore[misc]
    """IncrementalAlterConfigs (KIP-339): set some of a topic's settings and leave the others.

    aiokafka has only AlterConfigs, which forgets every setting that it does not name. To name
    those that a broker tells of would lose what was set a moment ago and it has not heard of yet.
    """

    API_KEY = 44

    def __init__(self, topic: str, settings: Mapping[str, str]) -> None:
        self._topic = topic
        self._settings = settings

    def build(self, request_struct_class: type[_SetStruct]) -> _SetStruct:
        configs = [(name, SET, value) for name, value in self._settings.items()]
        return request_struct_class([(ConfigResourceType.TOPIC, self._topic, configs)], False)


async def settle(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    """Give topics that exist the settings their owner wants; whatever else was set is kept.

    A cluster may forbid its services to change topics: then what differs is only logged.
    """
    for topic in topics:
        await _settle_one(admin, topic)


async def _settle_one(admin: AIOKafkaAdminClient, topic: NewTopic) -> None:
    [told] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    held = {name: value for name, value, *_ in told.resources[0][4]}
    differing = {
        name: value for name, value in topic.topic_configs.items() if held.get(name) != value
    }
    if not differing:
        return
    answer = await admin._send_request(_Set(topic.name, differing))
    code, refusal, *_ = answer.resources[0]
    if code:
        _log.warning("%s keeps other settings than %s: %s", topic.name, differing, refusal)
