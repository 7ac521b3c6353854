"""What flows call is found once, however many ways lead to it."""

from collections import Counter

from testmesh_cli.neighbours import Neighbours
from testmesh_cli.sources import read_flow

LEAF = "name: leaf\nsteps: [{id: a, action: log, config: {message: x}}]\n"


class Counting(Neighbours):
    """Counts how often is looked for each thing that a flow calls."""

    def __init__(self, files):
        super().__init__(files)
        self.asked = Counter()

    def called(self, reference, caller):
        self.asked[caller.path, reference] += 1
        return super().called(reference, caller)


def test_each_call_is_looked_for_once_for_all_flows_that_lead_to_it(tmp_path):
    (tmp_path / "leaf.yaml").write_text(LEAF)
    for number in range(8):
        steps = "".join(
            f"  - {{action: run_flow, config: {{flow: {called}.yaml}}}}\n" for called in [*range(number), "leaf"]
        )
        (tmp_path / f"{number}.yaml").write_text(f"name: n{number}\nsteps:\n{steps}")
    files = [read_flow(tmp_path / f"{number}.yaml") for number in range(8)]
    neighbours = Counting(files)

    assert not any(neighbours.is_too_much(file) for file in files)
    assert not any(neighbours.why_refused(one, other) for one in files for other in files if other.path < one.path)
    assert len(neighbours.asked) == sum(range(1, 9))
    assert set(neighbours.asked.values()) == {1}
