"""What a watch knows of files at one moment."""

from testmesh_cli.watching.due import due_between
from testmesh_cli.watching.scene import Looker

FLOW = "name: A\nsteps:\n  - {id: say, action: log, config: {message: one}}\n"


def test_a_flow_that_is_saved_while_one_looks_is_due_at_the_next_look(tmp_path):
    flow = tmp_path / "a.yaml"
    flow.write_text(FLOW)

    def saves(files):
        flow.write_text(FLOW.replace("one", "two"))
        return files

    looker = Looker([tmp_path], [], saves)
    first = looker.look()
    second = looker.look()

    assert b"one" in first.flows[flow].source
    assert due_between(first, second, []).why == {flow: "it changed"}
    assert b"two" in second.flows[flow].source


def test_two_links_that_change_places_are_changes_of_both(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(f"n\n{name}\n")
    links = tmp_path / "a.csv", tmp_path / "b.csv"
    (tmp_path / "a.yaml").write_text("name: A\ndata: {file: a.csv}\nsteps: [{action: log, config: {message: x}}]\n")
    (tmp_path / "b.yaml").write_text("name: B\ndata: {file: b.csv}\nsteps: [{action: log, config: {message: x}}]\n")

    def lead(*names):
        for link, name in zip(links, names, strict=True):
            link.unlink(missing_ok=True)
            link.symlink_to(name)

    looker = Looker([tmp_path], [], list)
    lead("one.csv", "two.csv")
    first = looker.look()
    lead("two.csv", "one.csv")

    assert due_between(first, looker.look(), []).why.keys() == {tmp_path / "a.yaml", tmp_path / "b.yaml"}


def test_flows_that_reach_themselves_through_a_link_end(tmp_path):
    (tmp_path / "sub").symlink_to(".")
    call = "name: A\nsteps:\n  - {id: call, action: run_flow, config: {flow: sub/a.yaml}}\n"
    (tmp_path / "a.yaml").write_text(call)

    scene = Looker([tmp_path / "a.yaml"], [], list).look()

    assert tmp_path / "sub/a.yaml" in scene.reach[tmp_path / "a.yaml"]
    assert tmp_path in scene.folders
