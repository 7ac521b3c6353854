"""What each service really says and hears is what the map of topics says."""

import importlib
import inspect
from unittest.mock import MagicMock

import pytest

from testmesh_chassis.bus import Bus
from testmesh_chassis.bus.bus import Declared, NotInMapError
from testmesh_contracts.topics import CONTROL, FLOW_EVENTS, TOPICS, Service

SERVICES: tuple[Service, ...] = ("api", "runner", "scheduler", "storage")


def declared(service: Service) -> Declared:
    """Let a service declare itself on a bus that never starts."""
    declare = importlib.import_module(f"testmesh_{service}.subscribers").declare
    bus = Bus("redis://127.0.0.1:1/0", service, "drawn")
    others = len(inspect.signature(declare).parameters) - 1
    declare(bus, *(MagicMock() for _ in range(others)))
    return bus.declared


def mapped(service: Service) -> Declared:
    return Declared(
        said=frozenset(topic.name for topic in TOPICS if service in topic.said_by),
        heard=frozenset((topic.name, way) for topic in TOPICS for who, way in topic.heard_by if who == service),
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_and_hears_what_the_map_says_and_nothing_else(service):
    found, drawn = declared(service), mapped(service)

    assert (found.said, found.heard) == (drawn.said, drawn.heard)


@pytest.mark.parametrize("service", SERVICES)
def test_a_subscriber_that_is_missing_in_the_map_cannot_be_declared(service, monkeypatch):
    name, way = min(mapped(service).heard)
    topic = next(topic for topic in TOPICS if topic.name == name)
    without = tuple(heard for heard in topic.heard_by if heard != (service, way))
    monkeypatch.setitem(topic.__dict__, "heard_by", without)

    with pytest.raises(NotInMapError, match=name.replace(".", r"\.")):
        declared(service)


def test_a_planted_subscriber_is_refused_by_its_name():
    bus = Bus("redis://127.0.0.1:1/0", "api", "planted")

    with pytest.raises(NotInMapError, match=r"api does not compete flows\.events in topics\.py"):
        bus.compete(FLOW_EVENTS, MagicMock())
    with pytest.raises(NotInMapError, match=r"api does not fold executions\.control"):
        bus.hears(CONTROL, "fold")


def test_every_topic_is_said_by_someone():
    assert [topic.name for topic in TOPICS if not topic.said_by] == []
