"""Flows with a mock server that http_request steps call, as a tested system would."""

from textwrap import dedent, indent

import pytest


def written(endpoints, steps):
    """Return a flow: a mock server with these endpoints, if there are any, then these steps."""
    text = "name: a\nenv: {who: Ada}\nsteps:\n"
    if endpoints:
        text += "  - id: up\n    action: mock_server_start\n    config:\n      endpoints:\n"
        text += indent(dedent(endpoints).strip("\n"), " " * 8) + "\n"
    return text + indent(dedent(steps).strip("\n"), "  ") + "\n"


@pytest.fixture
def passes(play):
    async def carry_out(endpoints, steps, **given):
        played = await play(written(endpoints, steps), **given)
        assert played.outcome.status == "passed", [
            (event.step_id, event.error_code, event.error_message, event.output)
            for event in played.events
            if getattr(event, "error_message", None)
        ]
        return played

    return carry_out


@pytest.fixture
def ends(play):
    """Play a flow of which a step must not pass; return its status, code and message."""

    async def carry_out(endpoints, steps, **given):
        played = await play(written(endpoints, steps), **given)
        last = [event for event in played.events if getattr(event, "status", "") in ("failed", "error")][-1]
        return last.status, last.error_code, last.error_message

    return carry_out
