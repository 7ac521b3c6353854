"""Runners: who works, and how much (`runners.events`)."""

from typing import Literal

from testmesh_contracts.message import Message, Timestamp


class RunnerJoined(Message):
    """A runner started to take work."""

    type: Literal["runner.joined"] = "runner.joined"
    runner_id: str
    hostname: str
    version: str
    slots: int
    actions: list[str] = []
    labels: dict[str, str] = {}
    at: Timestamp


class RunnerHeartbeat(Message):
    """A runner is alive."""

    type: Literal["runner.heartbeat"] = "runner.heartbeat"
    runner_id: str
    running: int
    slots: int
    state: Literal["ready", "draining"] = "ready"
    at: Timestamp


class RunnerLeft(Message):
    """A runner takes no more work; it said so itself, or its heartbeat stopped."""

    type: Literal["runner.left"] = "runner.left"
    runner_id: str
    reason: str
    at: Timestamp
