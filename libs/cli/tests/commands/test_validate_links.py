"""What `validate` says of links and of names that several files have is what a run does."""

import json

import pytest

from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.reach import reach_of
from testmesh_cli.sources import read_flow

pytestmark = pytest.mark.integration

LEAF = "name: leaf\nsteps: [{id: a, action: log, config: {message: x}}]\n"
ROWS = "name: a\ndata: {{file: {}}}\nsteps: [{{action: log, config: {{message: x}}}}]\n"


def calling(name, *references):
    steps = [f"  - {{action: run_flow, config: {{flow: {reference}}}}}" for reference in references]
    return "\n".join([f"name: {name}", "steps:", *steps, ""])


@pytest.fixture
def told(testmesh):
    """Returns by file the codes of the faults that were told."""

    def judged(*paths):
        files = json.loads(testmesh("validate", "--format", "json", *paths).stdout)["files"]
        return {file["file"]: [found["code"] for found in file["faults"]] for file in files}

    return judged


def test_what_a_linked_flow_names_is_looked_for_beside_the_link(testmesh, told, write, tmp_path):
    write("shared/common.yaml", calling("common", "local.yaml"))
    write("one/local.yaml", LEAF)
    for folder in ("one", "two"):
        write(f"{folder}/main.yaml", calling(folder, "common.yaml"))
        (tmp_path / folder / "common.yaml").symlink_to("../shared/common.yaml")

    assert told("one/main.yaml", "two/main.yaml") == {"one/main.yaml": [], "two/main.yaml": ["TM456"]}
    assert testmesh("run", "one/main.yaml").returncode == 0
    assert "TM456" in testmesh("run", "two/main.yaml").stdout


def test_a_link_back_to_who_calls_it_is_no_circle_where_what_it_names_is_another_file(testmesh, told, write, tmp_path):
    write("c/a.yaml", calling("a", "x/a.yaml"))
    write("c/x/x/a.yaml", LEAF)
    (tmp_path / "c/x/a.yaml").symlink_to("../a.yaml")

    assert told("c/a.yaml") == {"c/a.yaml": []}
    assert testmesh("run", "c/a.yaml").returncode == 0


def test_a_folder_that_is_a_link_holds_the_files_that_it_leads_to(told, write, tmp_path):
    write("flows/a.yaml", calling("a", "again/../b.yaml"))
    write("b.yaml", LEAF)
    write("deep/c.yaml", calling("c", "../flows/again/c.yaml"))
    (tmp_path / "flows/again").symlink_to(tmp_path / "deep")

    assert told("flows/a.yaml", "deep/c.yaml") == {"flows/a.yaml": [], "deep/c.yaml": ["TM454"]}


def test_a_link_that_leads_to_itself_is_a_fault_and_hides_no_other(told, write, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "rows.csv").symlink_to("rows.csv")
    write("a.yaml", calling("a", "loop.yaml", "gone.yaml"))
    write("b.yaml", ROWS.format("rows.csv"))

    assert told("a.yaml", "b.yaml") == {"a.yaml": ["TM456", "TM456"], "b.yaml": ["TM456"]}


def test_a_link_that_leads_to_itself_in_a_folder_is_told_as_a_file_that_cannot_be_read(testmesh, write, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    write("a.yaml", LEAF)

    assert "the file loop.yaml cannot be read: Too many levels of symbolic links" in testmesh("validate").stderr


def test_a_link_that_leads_to_itself_is_watched_like_a_file_that_is_not_there(write, tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    write("a.yaml", calling("a", "loop.yaml"))

    assert tmp_path / "loop.yaml" in reach_of(read_flow(tmp_path / "a.yaml"), NamedFlows())


REMOTE = ("run", "--remote", "--url", "http://127.0.0.1:9")


@pytest.mark.parametrize("command", [("validate",), ("run",), REMOTE])
def test_a_name_that_several_files_have_is_told_where_it_is_called_whatever_their_order(testmesh, write, command):
    write("a.yaml", calling("a", "leaf"))
    write("one.yaml", LEAF)
    write("two.yaml", LEAF)

    for order in (("one.yaml", "two.yaml"), ("two.yaml", "one.yaml")):
        done = testmesh(*command, "a.yaml", *order)

        assert "TM456" in done.stdout
        assert 'several files have a flow that is called "leaf": one.yaml, two.yaml' in done.stdout
    assert command == REMOTE or testmesh(*command, "one.yaml", "two.yaml").returncode == 0, "nobody calls it"


def test_a_flow_that_is_run_several_times_has_its_name_alone(testmesh, write):
    write("a.yaml", calling("a", "leaf"))
    write("leaf.yaml", LEAF)

    assert testmesh("run", "a.yaml", "leaf.yaml", "--repeat", "2").returncode == 0


def test_of_a_flow_with_many_faults_no_more_are_told_where_what_it_names_is_read_too(told, write):
    write("a.yaml", ROWS.format("gone.csv").replace("[{", "[" + "{action: lgo}, " * 100 + "{"))

    assert len(told("a.yaml")["a.yaml"]) == 100


def test_a_name_with_a_control_character_is_a_fault_and_no_crash(told, write):
    write("a.yaml", calling("a", '"leaf\\0.yaml"', "gone.yaml"))
    write("b.yaml", ROWS.format('"rows\\0.csv"'))

    assert told("a.yaml", "b.yaml") == {"a.yaml": ["TM204", "TM456"], "b.yaml": ["TM204"]}
