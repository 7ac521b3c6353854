"""What shows why a step did not pass is kept by its action, once, and has no say in how the step ended."""

import pytest

from testmesh_contracts.events import ArtifactStored
from testmesh_sdk import Action, ActionConfig, ActionError, ActionFailure, ActionResult


class Shows(Action):
    """Fails, passes or breaks down as it is told, and shows why."""

    name = "shows"

    class config(ActionConfig):  # noqa: N801 - the name of the class attribute
        how: str

    class result(ActionResult):  # noqa: N801 - the name of the class attribute
        word: str = "here"

    async def run(self, config, context):
        if config.how == "fails":
            raise ActionFailure("it is otherwise")
        if config.how == "errs":
            raise ActionError("TM599", "it cannot be judged")
        return self.result()

    async def show_failure(self, context):
        if context.step_id == "breaks":
            raise RuntimeError("no camera")
        await context.attach("why.txt", b"because", "text/plain")


def kept(played):
    return [(event.path, event.name) for event in played.events if isinstance(event, ArtifactStored)]


@pytest.mark.parametrize(
    ("step", "count"),
    [
        ("config: {how: passes}", 0),
        ("config: {how: passes}, assert: ['word == \"there\"']", 1),
        ("config: {how: fails}", 1),
        ("config: {how: errs}", 1),
        ("config: {how: errs}, retry: {max_attempts: 3, delay: 1ms, on: [error]}", 1),
        ("config: {how: fails}, allow_failure: true", 1),
    ],
)
async def test_it_is_kept_once_behind_the_last_try_of_what_did_not_pass(play, step, count):
    played = await play(f"name: a\nsteps: [{{id: a, action: shows, {step}}}]\n", Shows)

    assert kept(played) == [("a", "why.txt")] * count


async def test_that_it_cannot_be_kept_is_logged_and_changes_nothing(play):
    played = await play("name: a\nsteps: [{id: breaks, action: shows, config: {how: fails}}]\n", Shows)

    assert (played["breaks"].status, played["breaks"].error_code) == ("failed", "TM421")
    assert "what shows why could not be kept: RuntimeError: no camera" in played.lines
