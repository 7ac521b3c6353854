"""A run that is over is gone at once: a runner's memory must not wait for the garbage collector."""

import gc

import pytest

from testmesh_engine.executor.course import Course

FLOWS = {
    "passes": "name: a\nsteps: [{action: set, config: {id: '${UUID} ${random_int(1, 9)}'}, assert: [len(id) > 1]}]",
    "fails": """name: a
steps:
  - action: fail
    config: {message: no}
    on_error: {steps: [{action: log, config: {message: "${error.message}"}}]}
""",
    "breaks": "name: a\nsteps: [{action: set, config: {a: '${1 / 0}'}}]",
    "loops": """name: a
steps:
  - {action: for_each, config: {items: [1, 2], steps: [{action: log, config: {message: '${item}'}}]}}
  - {action: set, config: {n: 1}, retry: {max_attempts: 2, delay: 1ms}, assert: [n == 2]}
""",
    "is beside another": """name: a
steps:
  - action: parallel
    config:
      branches:
        - {name: one, steps: [{action: fail, config: {message: no}}]}
        - {name: two, steps: [{action: delay, config: {duration: 10ms}}]}
""",
    "is late": "name: a\nsteps: [{action: delay, config: {duration: 10s}, timeout: 10ms}]",
}


def courses() -> int:
    return sum(isinstance(found, Course) for found in gc.get_objects())


@pytest.fixture
def uncollected():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("how", FLOWS)
@pytest.mark.usefixtures("uncollected")
async def test_nothing_of_a_run_waits_for_the_collector(play, how: str):
    outcome = (await play(FLOWS[how])).outcome

    assert courses() == 0, outcome
