"""`testmesh config` in a pipe: what is set, whence, and how it is changed."""

import json

import pytest

pytestmark = pytest.mark.integration
CONFIG = """\
# the shop
project: shop
environments:
  staging:
    api_url: https://user:hunter2@testmesh.example
    variables: {base_url: "https://staging", api_token: "${API_TOKEN:-none}", login: "${SHOP_PASSWORD:-pw}"}
  broken: {variables: {key: "${NOBODY}"}}
defaults: {jobs: 3}
env_allow: [CI]
"""


@pytest.fixture
def project(write):
    write(".testmesh.yaml", CONFIG)


def test_a_value_alone_is_printed_for_scripts(testmesh, project):
    done = testmesh("config", "get", "environments.staging.variables.api_token", API_TOKEN="t0ps3cret")

    assert (done.returncode, done.stdout, done.stderr) == (0, "t0ps3cret\n", "")
    assert testmesh("config", "get", "env_allow").stdout == '["CI"]\n'
    assert testmesh("config", "get", "env_allow", "-o", "json").stdout == '["CI"]\n'
    assert testmesh("config", "get", "defaults.jobs", TESTMESH_JOBS="9").stdout == "9\n"


@pytest.mark.parametrize("command", ["get", "explain"])
def test_what_is_not_set_is_5_and_what_is_not_known_is_2_with_the_nearest(testmesh, project, command):
    unset, unknown = testmesh("config", command, "defaults.environment"), testmesh("config", command, "defaults.job")

    assert (unset.returncode, unset.stdout) == (5, "")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert 'did you mean "defaults.jobs"?' in unknown.stderr


def test_the_list_masks_secrets_and_says_what_is_not_set(testmesh, project, tmp_path):
    done = testmesh("config", "list", API_TOKEN="t0ps3cret", SHOP_PASSWORD="pw2")

    assert done.returncode == 0, done.stderr
    assert "t0ps3cret" not in done.stdout
    assert done.stdout.splitlines() == [
        "project=shop",
        "defaults.timeout=10m",
        "defaults.retry=0",
        "defaults.jobs=3",
        "defaults.mock_host=127.0.0.1",
        "defaults.mock_bind=127.0.0.1",
        "url=http://127.0.0.1:8080",
        "environments.staging.api_url=https://user:***@testmesh.example",
        "environments.staging.variables.base_url=https://staging",
        "environments.staging.variables.api_token=***",
        "environments.staging.variables.login=***",
        'environments.broken.variables.key=(not set: the environment variable "NOBODY" is not set)',
        'env_allow=["CI"]',
    ]
    listed = json.loads(testmesh("config", "list", "-o", "json").stdout)
    assert (listed["defaults.jobs"], listed["environments.staging.variables.api_token"]) == (3, "***")


def test_it_is_explained_where_a_value_comes_from_and_what_it_overrides(testmesh, project, write, tmp_path):
    write(".env", "TESTMESH_JOBS=5\n")
    write(".config/testmesh/config.yaml", "defaults:\n  jobs: 2\n")
    done = testmesh("config", "explain", "defaults.jobs", TESTMESH_JOBS="7")

    assert done.stdout.splitlines()[:5] == [
        "defaults.jobs = 7",
        "    from the process environment, TESTMESH_JOBS",
        f"    over 5 from {tmp_path}/.env:1",
        f"    over 3 from {tmp_path}/.testmesh.yaml:8",
        f"    over 2 from {tmp_path}/.config/testmesh/config.yaml:2",
    ]
    (told,) = json.loads(testmesh("config", "explain", "defaults.jobs", "-o", "json").stdout)
    assert (told["value"], told["source"], told["place"]) == (5, "dotenv", f"{tmp_path}/.env:1")
    assert [below["source"] for below in told["overrides"]] == ["project", "user", "default"]


def test_everything_is_explained_without_a_secret(testmesh, project):
    done = testmesh("config", "explain", API_TOKEN="t0ps3cret")

    assert done.returncode == 0
    assert "    from the default, of the flow language" in done.stdout
    assert "t0ps3cret" not in done.stdout
    assert "hunter2" not in done.stdout


def test_a_value_is_set_in_the_nearest_file_or_a_new_one_or_the_users(testmesh, write, tmp_path):
    made = testmesh("config", "set", "defaults.jobs", "2")
    assert (made.returncode, made.stdout) == (0, "")
    assert (tmp_path / ".testmesh.yaml").read_text() == "version: 1\ndefaults:\n  jobs: 2\n"

    told = testmesh("config", "set", "defaults.jobs", "4", "--user", "-o", "json")
    user = tmp_path / ".config/testmesh/config.yaml"
    assert json.loads(told.stdout) == {"key": "defaults.jobs", "value": 4, "file": str(user)}
    assert testmesh("config", "get", "defaults.jobs").stdout == "2\n"

    refused = testmesh("config", "set", "defaults.jobs", "none")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is as it was" in refused.stderr
    assert (tmp_path / ".testmesh.yaml").read_text() == "version: 1\ndefaults:\n  jobs: 2\n"


def test_the_files_are_named(testmesh, project, tmp_path):
    user = f"{tmp_path}/.config/testmesh/config.yaml"

    assert testmesh("config", "path").stdout == f"{tmp_path}/.testmesh.yaml\n{user}  (is not there)\n"
    assert json.loads(testmesh("config", "path", "-o", "json").stdout) == {
        "project": f"{tmp_path}/.testmesh.yaml",
        "dotenv": None,
        "user": user,
    }


@pytest.mark.parametrize("command", [["config", "list"], ["run", "f.yaml"], ["validate", "f.yaml"], ["results"]])
def test_a_file_with_faults_stops_every_command_that_would_read_it(testmesh, write, command):
    write("f.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")
    write(".testmesh.yaml", "defaults:\n  job: 1\n")
    done = testmesh(*command)

    assert (done.returncode, done.stdout) == (2, "")
    assert 'testmesh.yaml:2:3: TM203 unknown key "job"; did you mean "jobs"?' in done.stderr
    assert "  2 |   job: 1\n    |   ^\n" in done.stderr


def test_the_beginning_of_keys_explains_all_that_begin_so(testmesh, project):
    told = testmesh("config", "explain", "environments.staging").stdout

    named = [line.split(" = ")[0] for line in told.splitlines() if line.startswith("environments")]
    assert len(named) == 4
    assert all(name.startswith("environments.staging.") for name in named)


@pytest.mark.parametrize(("variable", "value"), [("TESTMESH_TIMEOUT", "abc"), ("TESTMESH_JOBS", "999")])
@pytest.mark.parametrize("output", [[], ["-o", "json"]])
def test_a_value_that_means_nothing_is_listed_and_is_no_green(testmesh, project, variable, value, output):
    done = testmesh("config", "list", *output, **{variable: value})

    assert done.returncode == 2
    assert value in done.stdout
    assert variable in done.stderr


def test_no_address_shows_its_password(testmesh, write):
    links = {"jdbc": "jdbc:postgresql://u:hunter2@h/db", "hook": "https://h/x?a=1&access_token=hunter2#y"}
    write(".testmesh.yaml", json.dumps({"environments": {"dev": {"variables": links}}}))

    shown = json.loads(testmesh("config", "list", "-o", "json").stdout)

    assert shown["environments.dev.variables.jdbc"] == "jdbc:postgresql://u:***@h/db"
    assert shown["environments.dev.variables.hook"] == "https://h/x?a=1&access_token=***#y"


def test_an_address_of_the_command_line_is_told_without_its_password(testmesh, write, nobody):
    write("a.yaml", "name: a\nsteps: [{action: assert, assert: [1 == 2]}]\n")
    url = nobody.replace("://", "://u:hunter2@")

    remote = testmesh("run", "a.yaml", "--remote", "--url", url)
    upload = testmesh("run", "a.yaml", "--upload", "--url", url, "--var", "url2=http://h:hunter2@x")

    assert (remote.returncode, upload.returncode) == (6, 1)
    assert "u:***@127.0.0.1" in remote.stdout + remote.stderr
    assert "url2=http://h:***@x" in upload.stdout
    assert "hunter2" not in remote.stdout + remote.stderr + upload.stdout + upload.stderr
