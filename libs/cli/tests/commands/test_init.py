"""`testmesh init` makes a project that can be run at once, and touches nothing that is there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator

from testmesh_cli.commands.init import _asked

pytestmark = pytest.mark.integration

FLOWS = ("flows/health.yaml", "flows/order.yaml", "flows/prices.yaml")
NAMES = ["my tests", "Prüfung 検査", "on", "1.0", "a: b # c", 'it\'s "so"', "$(touch gone)", "a\nb", "-x", "${{ x }}"]


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shop(begin, until):
    process = begin("demo", "--port", "0")
    return process.stdout.readline().removeprefix("shop: ").strip()


def test_a_new_project_is_green_against_the_demo_shop(testmesh, shop):
    made = testmesh("init")
    done = testmesh("run", "--var", f"base_url={shop}")

    assert (made.returncode, made.stderr) == (0, "")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 passed, 0 failed, 0 errors" in done.stdout


def test_where_the_shop_is_not_up_the_first_run_is_no_failure_of_the_shop(testmesh, nobody):
    testmesh("init")
    done = testmesh("run", "--var", f"base_url={nobody}")

    assert done.returncode == 3
    assert "is the service running?" in done.stdout


def test_the_flows_are_valid_without_a_remark_and_nothing_else_is_taken_for_one(testmesh):
    testmesh("init", "--ci", "github")
    done = testmesh("validate")

    assert (done.returncode, done.stdout, done.stderr) == (0, "3 valid, 0 not valid\n", "")


def test_the_tree_that_is_printed_is_what_was_written(testmesh, tmp_path):
    said = testmesh("init", "shop", "--ci", "gitlab").stdout

    names = [line.split(" ")[-1] for line in said.partition("\n\n")[0].splitlines()]
    assert names[0] == "shop/"
    assert {name for name in names if not name.endswith("/")} == {
        Path(path).name for path in files_in(tmp_path / "shop")
    }


def test_the_three_commands_that_it_names_next_lead_into_the_project(testmesh):
    def commands(*arguments):
        said = testmesh("init", *arguments).stdout.partition("Next:\n")[2]
        return [line.partition("#")[0].strip() for line in said.splitlines()]

    assert commands("my tests") == ["cd 'my tests'", "testmesh demo", "testmesh run"]
    assert commands() == ["testmesh demo", "testmesh run", "testmesh validate"]


def test_what_is_there_is_kept_and_named_and_the_rest_is_written(testmesh, write, tmp_path):
    mine = {"README.md": "mine\n", ".vscode/settings.json": "{}\n", "flows/health.yaml": "mine: too\n"}
    for name, text in mine.items():
        write(name, text)

    done = testmesh("init")

    assert done.returncode == 0
    assert {name: (tmp_path / name).read_text() for name in mine} == mine
    assert done.stdout.count("was there, kept as it is") == 3
    assert "8 files written; 3 that were there kept (--force replaces them)." in done.stdout
    assert (tmp_path / "flows/order.yaml").exists()


def test_with_force_what_is_there_is_replaced_and_that_is_said(testmesh, write, tmp_path):
    write("README.md", "mine\n")

    done = testmesh("init", "--force")

    assert "README.md  (was there, replaced)" in done.stdout
    assert (tmp_path / "README.md").read_text().startswith(f"# {tmp_path.name}")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".README")] == []


def test_a_link_is_replaced_and_what_it_leads_to_is_left_alone(testmesh, write, tmp_path):
    elsewhere = write("elsewhere/mine.md", "mine\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/README.md").symlink_to(elsewhere)
    (tmp_path / "shop/.env.example").symlink_to(tmp_path / "gone")

    testmesh("init", "shop")
    testmesh("init", "shop", "--force")

    assert elsewhere.read_text() == "mine\n"
    assert not (tmp_path / "gone").exists()
    assert not (tmp_path / "shop/README.md").is_symlink()


def test_made_again_nothing_is_written_and_nothing_changes(testmesh, tmp_path):
    testmesh("init", "--ci", "github", "--editor", "any")
    before = files_in(tmp_path)
    done = testmesh("init", "--ci", "github", "--editor", "any")

    assert files_in(tmp_path) == before
    assert "Nothing was written: all of it was there." in done.stdout


@pytest.mark.parametrize("mine", ["/.env\nbuild", "build\n.env\n", ""])
def test_what_git_is_to_ignore_is_added_to_the_lines_that_are_there(testmesh, write, tmp_path, mine):
    write(".gitignore", mine)

    testmesh("init", "--force")
    once = (tmp_path / ".gitignore").read_text()
    testmesh("init", "--force")

    assert once.startswith(mine)
    assert sorted(line.strip("/") for line in once.splitlines()) == sorted(
        {".testmesh", ".env", *mine.strip("/").split()}
    )
    assert (tmp_path / ".gitignore").read_text() == once


@pytest.mark.parametrize(("there", "is_folder"), [("flows", False), ("README.md", True), (".vscode", False)])
@pytest.mark.parametrize("options", [[], ["--force"]])
def test_a_folder_where_a_file_belongs_or_the_other_way_about_stops_it_before_it_begins(
    testmesh, write, tmp_path, there, is_folder, options
):
    write(f"{there}/inside" if is_folder else there, "mine")
    before = files_in(tmp_path)

    done = testmesh("init", *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / there) in done.stderr
    assert "nothing was written" in done.stderr
    assert "[in_the_way]" in done.stderr
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_folder_is_data_and_nothing_else(testmesh, tmp_path, name):
    (tmp_path / "repository/.git").mkdir(parents=True)
    folder = tmp_path / "repository" / name

    made = testmesh("init", folder, "--ci", "github", "--editor", "any")
    testmesh("init", folder, "--ci", "gitlab")

    assert made.returncode == 0, made.stderr
    settings = yaml.safe_load((folder / ".testmesh.yaml").read_text())
    assert settings["project"] == name.replace("\n", "\\n")
    workflow = yaml.safe_load((tmp_path / "repository/.github/workflows/testmesh.yml").read_text())
    assert workflow["jobs"]["flows"]["defaults"]["run"]["working-directory"] == name
    job = yaml.safe_load((tmp_path / "repository/.gitlab-ci.yml").read_text())["flows"]
    moved = subprocess.run(
        ["bash", "-c", f"{job['script'][1]} && pwd && ls .testmesh.yaml"],
        cwd=tmp_path / "repository", capture_output=True, text=True,
    )  # fmt: skip
    assert moved.stdout == f"{folder}\n.testmesh.yaml\n"
    assert not (tmp_path / "repository/gone").exists()
    assert testmesh("validate", folder).stdout == "3 valid, 0 not valid\n"


def test_the_settings_have_the_keys_that_the_command_reads(testmesh, tmp_path):
    testmesh("init")
    settings = yaml.safe_load((tmp_path / ".testmesh.yaml").read_text())

    assert settings == {
        "version": 1,
        "project": tmp_path.name,
        "environments": {"staging": {"variables": {"base_url": "https://shop.staging.example.com"}}},
        "defaults": {"timeout": "2m"},
        "env_allow": [],
    }


def steps_of(workflow):
    return workflow["jobs"]["flows"]["steps"]


def test_in_github_the_flows_are_checked_and_run_and_the_reports_are_kept_after_a_failure(testmesh, tmp_path):
    testmesh("init", "--ci", "github")
    text = (tmp_path / ".github/workflows/testmesh.yml").read_text()
    steps = steps_of(yaml.safe_load(text))
    commands = [" ".join(step["run"].split()) for step in steps if "run" in step]

    assert "@" not in text.replace("@v", "")
    assert commands[-2] == "testmesh validate flows"
    assert commands[-1].split(" --report ") == [
        "testmesh run flows", "github", "junit=.testmesh/reports/junit.xml", "html=.testmesh/reports/report.html",
    ]  # fmt: skip
    kept = steps[-1]
    assert kept["if"] == "always()"
    assert kept["with"]["path"] == ".testmesh/reports/"
    assert kept["with"]["include-hidden-files"] is True


def test_in_gitlab_the_flows_are_checked_and_run_and_the_reports_are_kept_after_a_failure(testmesh, tmp_path):
    (tmp_path / ".git").mkdir()
    testmesh("init", "e2e", "--ci", "gitlab")
    text = (tmp_path / ".gitlab-ci.yml").read_text()
    job = yaml.safe_load(text)["flows"]

    assert "@" not in text
    assert job["script"][1] == "cd e2e"
    assert job["script"][-2] == "testmesh validate flows"
    assert job["script"][-1].split()[:3] == ["testmesh", "run", "flows"]
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["paths"] == ["e2e/.testmesh/reports/"]
    assert job["artifacts"]["reports"]["junit"] == "e2e/.testmesh/reports/junit.xml"


def test_what_ci_installs_is_this_version_with_its_shop(testmesh, tmp_path):
    testmesh("init", "--ci", "github")
    version = testmesh("--version").stdout.split()[1]
    steps = steps_of(yaml.safe_load((tmp_path / ".github/workflows/testmesh.yml").read_text()))

    assert {"run": f'pip install "testmesh[demo]=={version}"'} in steps


def test_ci_waits_until_the_shop_answers(testmesh, tmp_path, shop):
    testmesh("init", "--ci", "github")
    steps = steps_of(yaml.safe_load((tmp_path / ".github/workflows/testmesh.yml").read_text()))
    start, wait = next(step["run"] for step in steps if "testmesh demo" in step.get("run", "")).splitlines()

    assert start == "testmesh demo &"
    done = subprocess.run(["bash", "-c", wait.replace("http://127.0.0.1:8090", shop)], timeout=30)
    assert done.returncode == 0


@pytest.mark.parametrize("template", ["kafka", "db", "browser", "full"])
def test_a_template_whose_actions_are_not_there_is_refused_with_their_names(testmesh, tmp_path, template):
    from testmesh_cli.projects.parts import TEMPLATES, missing_actions
    from testmesh_engine.language.parse import built_in_actions

    missing = missing_actions(TEMPLATES[template], built_in_actions())
    done = testmesh("init", "--template", template)

    if missing:
        assert (done.returncode, files_in(tmp_path)) == (4, {})
        assert [name for name in missing if name not in done.stderr] == []
        assert "write `testmesh init --template http`" in done.stderr
    else:
        assert testmesh("validate", "flows").returncode == done.returncode == 0


def schema_in(folder):
    return Draft7Validator(json.loads((folder / ".flow.schema.json").read_text()))


def test_vs_code_maps_the_schema_to_every_flow(testmesh, tmp_path):
    testmesh("init")
    settings = json.loads((tmp_path / ".vscode/settings.json").read_text())
    ((schema, pattern),) = settings["yaml.schemas"].items()

    assert (tmp_path / schema).is_file()
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.glob(pattern)} == set(FLOWS)


def test_the_schema_takes_the_flows_and_sees_a_mistake_in_them(testmesh, tmp_path):
    testmesh("init", "--editor", "any")
    judge = schema_in(tmp_path)
    flow = yaml.safe_load((tmp_path / FLOWS[0]).read_text())

    assert [name for name in FLOWS if not judge.is_valid(yaml.safe_load((tmp_path / name).read_text()))] == []
    flow["steps"][0]["config"]["metod"] = flow["steps"][0]["config"].pop("method")
    assert not judge.is_valid(flow)


def test_for_any_editor_each_flow_names_the_schema_in_its_first_line(testmesh, tmp_path):
    testmesh("init", "--editor", "any")

    for name in FLOWS:
        first = (tmp_path / name).read_text().partition("\n")[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert ((tmp_path / name).parent / first.partition("=")[2]).resolve() == tmp_path / ".flow.schema.json"
    assert not (tmp_path / ".vscode").exists()


def test_without_an_editor_there_is_nothing_for_one(testmesh, tmp_path):
    testmesh("init", "--editor", "none")

    assert [name for name in files_in(tmp_path) if "schema" in name or "vscode" in name] == []
    assert (tmp_path / FLOWS[0]).read_text().startswith("# The smallest flow")


def test_a_folder_that_cannot_be_written_is_said_with_what_was_written_before(testmesh, tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/data").symlink_to("/proc")

    done = testmesh("init", "shop")

    assert (done.returncode, done.stdout) == (2, "")
    assert "/data/prices.csv could not be written" in done.stderr
    assert "files were written before it" in done.stderr
    assert "[not_writable]" in done.stderr


def test_the_question_for_a_template_has_a_default_and_takes_no_other_answer():
    @click.command()
    def ask():
        click.echo(f"chose {_asked(['http', 'db'])}")

    assert "chose http" in CliRunner().invoke(ask, input="\n").stdout
    refused = CliRunner().invoke(ask, input="kafka\ndb\n")
    assert "chose db" in refused.stdout
    assert "the rows of a database" in refused.stderr


def test_on_a_terminal_return_is_answer_enough(tmp_path):
    ours, its = os.openpty()
    os.write(ours, b"\n")
    command = [sys.executable, "-c", "import sys; from testmesh_cli.main import main; sys.exit(main())", "init"]
    done = subprocess.run(command, cwd=tmp_path, stdin=its, stdout=its, stderr=its, timeout=60)
    os.close(its)
    os.close(ours)

    assert done.returncode == 0
    assert sorted(name for name in files_in(tmp_path) if name.startswith("flows/")) == sorted(FLOWS)


def test_the_readme_names_files_that_are_there(testmesh, tmp_path):
    testmesh("init")
    links = re.findall(r"\]\(([^)]+)\)", (tmp_path / "README.md").read_text())

    assert sorted(links) == sorted(FLOWS)
    assert [link for link in links if not (tmp_path / link).exists()] == []
