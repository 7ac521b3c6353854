"""What a flow names goes with it to the server: rows from files, flows that it calls, each as it was when accepted."""

import base64
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.house.running import TESTMESH, House

pytestmark = pytest.mark.e2e
PARENT = """\
name: {name}
inputs: {{who: {{type: string}}}}
data: {{file: data/people.csv}}
steps:
  - id: greet
    action: run_flow
    config: {{flow: parts/greet.yaml, inputs: {{who: "${{who}}"}}}}
    assert: ['greeting == "{word} " + who']
"""
CHILD = """\
name: {name}
inputs: {{who: {{type: string, required: true}}}}
steps:
  - id: say
    action: set
    config: {{greeting: "{word} ${{who}}"}}
    output: {{greeting: greeting}}
    assert: ['greeting != ""']
outputs: {{greeting: greeting}}
"""
PEOPLE = "who\nAda\nBob\n"


class Author:
    """Somebody with a folder of flows and the command."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def write_family(self, name: str, word: str = "hello") -> None:
        self.write("flow.yaml", PARENT.format(name=name, word=word))
        self.write("parts/greet.yaml", CHILD.format(name=f"greet for {name}", word=word))
        self.write("data/people.csv", PEOPLE)

    def testmesh(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(TESTMESH), *arguments, "--url", self.house.record["url"]]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def flow(self, name: str) -> dict[str, Any]:
        (item,) = self.house.api.get("/flows", params={"name": name}).json()["items"]
        found: dict[str, Any] = self.house.api.get(f"/flows/{item['id']}").json()
        return found

    def run(self, name: str) -> dict[str, Any]:
        answer = self.house.api.post("/executions", json={"flow_id": self.flow(name)["id"]})
        assert answer.status_code == 202, answer.text
        return self.house.until_finished(answer.json()["id"])


@pytest.fixture
def author(house: House, tmp_path: Path) -> Author:
    return Author(house, tmp_path)


def statuses(execution: dict[str, Any]) -> dict[str, str]:
    return {step["path"]: step["status"] for step in execution["steps"]}


GREETED = {"greet[0]/say": "passed", "greet[0]": "passed", "greet[1]/say": "passed", "greet[1]": "passed"}


def test_a_pushed_flow_runs_with_its_rows_and_the_flows_it_calls(author: Author):
    author.write_family("family")

    pushed = author.testmesh("push", "flow.yaml")
    again = author.testmesh("push", "flow.yaml")
    found = author.run("family")

    assert [line.split("  version")[0] for line in pushed.stdout.splitlines()] == [
        "created  greet for family",
        "created  family",
    ], pushed.stderr
    assert [line.split()[0] for line in again.stdout.splitlines()] == ["unchanged", "unchanged"]
    assert (found["status"], found["error_message"]) == ("passed", None)
    assert statuses(found) == GREETED
    kept = author.flow("family")
    assert kept["source"] == PARENT.format(name="family", word="hello")
    assert kept["calls"] == {"parts/greet.yaml": "greet for family"}
    assert list(kept["files"]) == ["data/people.csv"]


def test_other_rows_are_another_version_and_are_what_runs(author: Author):
    author.write_family("rows")
    author.testmesh("push", "flow.yaml")
    author.write("data/people.csv", "who\nCyd\n")

    pushed = author.testmesh("push", "flow.yaml")
    found = author.run("rows")

    assert pushed.stdout.splitlines()[-1].startswith("updated  rows  version 2")
    assert (found["status"], found["flow_version"]) == ("passed", 2)
    assert statuses(found) == {"greet[0]/say": "passed", "greet[0]": "passed"}


def test_a_flow_that_is_sent_runs_with_what_it_names_and_leaves_nothing_behind(author: Author):
    author.write_family("sent")
    author.write("other.yaml", 'name: other\nsteps: [{id: c, action: run_flow, config: {flow: "sent"}}]\n')

    done = author.testmesh("run", "--remote", "-o", "json", "flow.yaml", "other.yaml")

    flows = {flow["name"]: flow for flow in json.loads(done.stdout)["flows"]}
    assert done.returncode == 0, done.stdout
    assert statuses(author.house.execution(flows["sent"]["execution_id"])) == GREETED
    inside = {f"c/{path}": status for path, status in GREETED.items()} | {"c": "passed"}
    assert statuses(author.house.execution(flows["other"]["execution_id"])) == inside
    for name in ("sent", "other", "greet for sent"):
        assert author.house.api.get("/flows", params={"name": name}).json()["items"] == []


def test_what_was_accepted_runs_though_the_called_flow_was_changed_meanwhile(author: Author):
    author.write_family("pinned")
    author.testmesh("push", "flow.yaml")
    flow_id = author.flow("pinned")["id"]
    runner = author.house.pid("runner")
    os.kill(runner, signal.SIGSTOP)
    try:
        accepted = author.house.api.post("/executions", json={"flow_id": flow_id})
        author.write("parts/greet.yaml", CHILD.format(name="greet for pinned", word="changed"))
        author.testmesh("push", "parts/greet.yaml")
    finally:
        os.kill(runner, signal.SIGCONT)

    first = author.house.until_finished(accepted.json()["id"])
    second = author.run("pinned")

    assert (accepted.status_code, first["status"]) == (202, "passed"), first["error_message"]
    assert second["status"] == "failed"


def test_rows_that_cannot_be_read_or_did_not_come_along_are_refused_at_their_line(author: Author):
    author.write_family("bare")
    (author.folder / "data/people.csv").unlink()

    pushed = author.testmesh("push", "flow.yaml")
    run = author.testmesh("run", "--remote", "-o", "json", "flow.yaml")
    posted = author.house.api.post("/executions", json={"source": PARENT.format(name="bare", word="x")})
    saved = author.house.api.post(
        "/flows", content=PARENT.format(name="bare", word="x"), headers={"Content-Type": "application/yaml"}
    )

    assert pushed.returncode == 3
    assert 'flow.yaml:3:7: "data/people.csv": cannot be read' in pushed.stderr
    assert (run.returncode, json.loads(run.stdout)["flows"][0]["error_code"]) == (3, "TM456")
    for answer, pointer in ((posted, "/source"), (saved, "/data/file")):
        assert (answer.status_code, answer.json()["code"]) == (422, "flow_incomplete")
        first, second = answer.json()["errors"]
        assert (first["code"], first["line"], first["pointer"]) == ("TM456", 3, pointer)
        assert (second["code"], second["line"]) == ("TM456", 5)
    assert author.house.api.get("/flows", params={"name": "bare"}).json()["items"] == []


def test_flows_that_call_one_another_are_refused_before_anything_is_accepted(author: Author):
    calling = "name: {}\nsteps: [{{id: c, action: run_flow, config: {{flow: {}}}}}]\n"
    author.write("a.yaml", calling.format("circle a", "b.yaml"))
    author.write("b.yaml", calling.format("circle b", "a.yaml"))
    pushed = author.testmesh("push", "a.yaml")
    run = author.testmesh("run", "--remote", "a.yaml")
    for path, name, other in (("a.yaml", "circle a", "circle b"), ("b.yaml", "circle b", "circle a")):
        author.write(path, calling.format(name, other))
        assert author.house.api.post(
            "/flows", content=calling.format(name, other), headers={"Content-Type": "application/yaml"}
        ).is_success

    stored = author.house.api.post("/executions", json={"flow_id": author.flow("circle a")["id"]})

    assert (pushed.returncode, run.returncode) == (3, 3)
    assert "circle a → circle b → circle a" in pushed.stderr
    assert (stored.status_code, stored.json()["code"]) == (422, "flows_call_one_another")
    assert "circle a → circle b → circle a" in stored.json()["detail"]


def test_a_flow_that_nobody_knows_is_refused_at_the_step_that_calls_it(author: Author):
    source = "name: lonely\nsteps:\n  - {id: c, action: run_flow, config: {flow: nobody}}\n"

    answer = author.house.api.post("/executions", json={"items": [{"source": source}]})

    assert (answer.status_code, answer.json()["code"]) == (422, "called_flow_not_found")
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["line"]) == ("/items/0/source", 3)


def test_the_files_of_a_flow_have_a_limit_that_is_told(author: Author):
    author.write_family("heavy")
    row = "x" * 1023 + "\n"
    author.write("data/people.csv", "who\n" + row * (16 * 1024))
    just = {"source": PARENT.format(name="heavy", word="x").replace("parts/greet.yaml", "nobody")}
    too_much = {**just, "files": {"data/people.csv": base64.b64encode((row * 16_385).encode()).decode()}}
    allowed = {**just, "files": {"data/people.csv": base64.b64encode((row * 16_384).encode()).decode()}}

    pushed = author.testmesh("push", "flow.yaml")
    refused = author.house.api.post("/flows", json=too_much)
    kept = author.house.api.post("/flows", json=allowed)

    assert pushed.returncode == 2
    assert "than the 16777216 bytes" in pushed.stderr
    assert (refused.status_code, refused.json()["code"]) == (413, "files_too_large")
    assert kept.status_code == 201, kept.text


def test_no_path_of_the_server_is_ever_read(author: Author):
    secret = author.folder / "secret.csv"
    secret.write_text("who\nAda\n")
    inside = os.path.relpath(secret, Path.cwd())
    for path in (str(secret), inside):
        source = PARENT.format(name="thief", word="hello").replace("data/people.csv", path)
        answer = author.house.api.post("/executions", json={"source": source})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "TM456")
