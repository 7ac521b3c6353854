"""What a run takes from its configuration: environment, time, tries, the process's environment, the server."""

import json

import pytest

pytestmark = pytest.mark.integration
CONFIG = """\
environments:
  staging: {variables: {place: staging, size: 3}}
  local: {variables: {place: local}}
"""
FLOW = "name: where\nenv: {place: nowhere}\nsteps: [{id: say, action: log, config: {message: 'at ${place}'}}]\n"


@pytest.fixture
def project(write):
    write(".testmesh.yaml", CONFIG)
    write("f.yaml", FLOW)


def said(done):
    return [line.split("log ")[1].split("  ")[0] for line in done.stdout.splitlines() if "say  log" in line]


@pytest.mark.parametrize(
    ("arguments", "variables", "defaults", "own", "wanted"),
    [
        ([], {}, "", "", "at nowhere"),
        (["-e", "staging"], {}, "", "", "at staging"),
        (["-e", "staging", "--var", "place=here"], {}, "", "", "at here"),
        ([], {"TESTMESH_ENVIRONMENT": "staging"}, "", "", "at staging"),
        (["-e", "local"], {"TESTMESH_ENVIRONMENT": "staging"}, "", "", "at local"),
        ([], {}, "local", "", "at local"),
        ([], {}, "local", "staging", "at staging"),
        (["-e", "local"], {}, "", "staging", "at local"),
    ],
)
def test_an_environment_lies_over_the_flows_env_and_under_the_callers_variables(
    testmesh, project, write, arguments, variables, defaults, own, wanted
):
    if defaults:
        write(".testmesh.yaml", CONFIG + f"defaults: {{environment: {defaults}}}\n")
    write("f.yaml", (f"environment: {own}\n" if own else "") + FLOW)
    done = testmesh("run", "f.yaml", *arguments, **variables)

    assert done.returncode == 0
    assert said(done) == [wanted]


@pytest.mark.parametrize(
    ("arguments", "variables", "own", "wanted"),
    [
        ([], {}, "", "local (from .testmesh.yaml:4)"),
        (["-e", "staging"], {}, "", "staging (from -e)"),
        ([], {"TESTMESH_ENVIRONMENT": "staging"}, "", "staging (from TESTMESH_ENVIRONMENT)"),
        ([], {}, "staging", "staging (from the flow 'where')"),
    ],
)
def test_the_environment_of_a_run_is_told_with_the_place_that_names_it(
    testmesh, project, write, arguments, variables, own, wanted
):
    write(".testmesh.yaml", CONFIG + "defaults: {environment: local}\n")
    write("f.yaml", (f"environment: {own}\n" if own else "") + FLOW)

    assert testmesh("run", "f.yaml", *arguments, **variables).stderr == f"testmesh: environment {wanted}\n"


def test_a_run_without_an_environment_says_nothing_of_one(testmesh, project):
    assert testmesh("run", "f.yaml").stderr == ""


def test_the_lines_of_an_env_file_lie_below_the_environment(testmesh, project, write):
    write("my.env", "place=file\n")
    write("f.yaml", FLOW.replace("env: {place: nowhere}", "env_file: my.env"))

    assert said(testmesh("run", "f.yaml")) == ["at file"]
    assert said(testmesh("run", "f.yaml", "-e", "local")) == ["at local"]


def test_an_unknown_environment_is_a_usage_error_that_names_the_nearest_and_those_that_there_are(testmesh, project):
    done = testmesh("run", "f.yaml", "-e", "stagin")

    assert (done.returncode, done.stdout) == (2, "")
    assert 'did you mean "staging"? There are: local, staging.' in done.stderr


def test_an_environment_without_any_file_is_a_usage_error_too(testmesh, write):
    write("f.yaml", FLOW)
    done = testmesh("run", "f.yaml", "-e", "staging")

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no .testmesh.yaml here or above" in done.stderr


def test_a_flow_that_names_an_environment_nobody_here_has_says_so_or_is_refused(testmesh, write):
    write("f.yaml", "environment: prod\n" + FLOW)
    alone = testmesh("run", "f.yaml")
    write(".testmesh.yaml", CONFIG)
    refused = testmesh("run", "f.yaml")

    assert (alone.returncode, said(alone)) == (0, ["at nowhere"])
    assert "names the environment 'prod'" in alone.stderr
    assert (refused.returncode, refused.stdout) == (2, "")


def test_a_secret_that_is_not_set_stops_only_the_run_that_needs_it(testmesh, write):
    write("f.yaml", FLOW)
    write(".testmesh.yaml", CONFIG + '  prod: {variables: {place: prod, token: "${PROD_TOKEN}"}}\n')
    missing = testmesh("run", "f.yaml", "-e", "prod")

    assert testmesh("run", "f.yaml", "-e", "local").returncode == 0
    assert (missing.returncode, missing.stdout) == (2, "")
    assert '.testmesh.yaml:4:43: TM210 the environment variable "PROD_TOKEN" is not set' in missing.stderr
    assert said(testmesh("run", "f.yaml", "-e", "prod", PROD_TOKEN="x")) == ["at prod"]


READS = "name: x\ndescription: of ${ env\n"
READS += 'steps: [{id: say, action: log, config: {message: "got ${env.FROM_HERE}"}}]\n'


def test_flows_read_what_is_listed_of_the_process_environment_and_of_dotenv(testmesh, write):
    write("f.yaml", READS)
    write(".testmesh.yaml", "env_allow: [FROM_HERE]\n")
    write(".env", "FROM_HERE=file\n")

    assert said(testmesh("run", "f.yaml")) == ["got file"]
    assert said(testmesh("run", "f.yaml", FROM_HERE="process")) == ["got process"]
    assert testmesh("validate", "f.yaml").stdout == "1 valid, 0 not valid\n"


def test_what_is_not_listed_is_unresolved_and_the_remedy_is_told_by_run_and_validate(testmesh, write, tmp_path):
    write("f.yaml", READS)
    write(".testmesh.yaml", "env_allow: [OTHER]\n")
    ran, looked = testmesh("run", "f.yaml", FROM_HERE="process"), testmesh("validate", "f.yaml", "--format", "json")
    (note,) = json.loads(looked.stdout)["files"][0]["notes"]

    assert ran.returncode == 3
    assert f"TM401 config.message: `env.FROM_HERE` cannot be read: list FROM_HERE in env_allow of {tmp_path}" in (
        ran.stdout.replace("\n      ", " ")
    )
    assert (note["code"], note["line"], note["column"]) == ("TM313", 3, 57)
    assert note["hint"] == f"list FROM_HERE in env_allow of {tmp_path}/.testmesh.yaml"


def test_a_step_that_could_not_be_judged_is_tried_again_and_each_try_is_recorded(testmesh, write, nobody):
    write("f.yaml", f"name: x\nsteps: [{{id: get, action: http_request, config: {{method: GET, url: {nobody}}}}}]\n")
    once, twice = testmesh("run", "f.yaml"), testmesh("run", "f.yaml", "-o", "json", TESTMESH_RETRY="1")

    assert (once.returncode, twice.returncode) == (3, 3)
    assert len(json.loads(twice.stdout)["flows"][0]["steps"][0]["attempts"]) == 2
    assert "attempts" not in once.stdout


def test_a_failed_assertion_is_asked_of_the_target_once(testmesh, write, target):
    write(".testmesh.yaml", "defaults: {retry: 3}\n")
    write(
        "f.yaml",
        f"name: x\nsteps: [{{id: get, action: http_request, config: {{method: GET, url: {target.url}/a}}, "
        "assert: [status == 500]}]\n",
    )

    assert testmesh("run", "f.yaml").returncode == 1
    assert target.asked == ["GET /a"]


def test_the_default_timeout_is_that_of_each_flow_that_names_none(testmesh, write):
    write(".testmesh.yaml", "defaults: {timeout: 100ms}\n")
    write("f.yaml", "name: x\nsteps: [{id: w, action: delay, config: {duration: 20s}}]\n")
    done = testmesh("run", "f.yaml", "-o", "json")

    assert done.returncode == 3
    assert json.loads(done.stdout)["flows"][0]["error_code"] == "TM411"


def test_plugins_that_would_not_be_loaded_stop_a_local_run(testmesh, project, write, api):
    write(".testmesh.yaml", CONFIG + "plugins: [{name: kafka-extra}]\n")
    done = testmesh("run", "f.yaml")
    api.views = [api.view("passed")]

    assert (done.returncode, done.stdout) == (4, "")
    assert "lists plugins (kafka-extra)" in done.stderr
    assert testmesh("validate", "f.yaml").returncode == 0
    assert testmesh("run", "f.yaml", "--remote", "--url", api.url).returncode == 0


def test_a_server_is_chosen_by_the_environment_and_given_its_name_and_variables(testmesh, write, api, nobody):
    write("f.yaml", FLOW)
    write(
        ".testmesh.yaml",
        f"environments:\n  there: {{api_url: '{api.url}', variables: {{place: there, size: 1}}}}\n"
        f"  nowhere: {{api_url: '{nobody}'}}\ndefaults: {{environment: nowhere}}\n",
    )
    api.views = [api.view("passed")]
    done = testmesh("run", "f.yaml", "--remote", "-e", "there", "--var", "size=2")

    (order,) = api.orders.values()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (order["environment"], order["variables"]) == ("there", {"place": "there", "size": "2"})
    assert testmesh("results", "-e", "there").returncode == 0
    lost = testmesh("results")
    assert lost.returncode == 6
    assert f"{nobody} (from " in lost.stderr
    assert ".testmesh.yaml:3)" in lost.stderr
    assert testmesh("results", "--url", api.url).returncode == 0


def test_an_environment_of_the_server_alone_goes_there_by_its_name(testmesh, project, api):
    api.views = [api.view("passed")]
    done = testmesh("run", "f.yaml", "--remote", "--url", api.url, "-e", "Only There")

    (order,) = api.orders.values()
    assert done.returncode == 0, done.stderr
    assert (order["environment"], order["variables"]) == ("Only There", {})


def test_what_a_variable_has_from_the_name_of_a_secret_is_told_nowhere(testmesh, write, tmp_path):
    variables = '{token: "${STAGING_TOKEN}", link: "db://u:${DB_PASSWORD}@h", plain: "${MY_KEY:-open}"}'
    write(".testmesh.yaml", f"environments: {{staging: {{variables: {variables}}}}}\n")
    message = "'${token} at ${link}, ${plain}'"
    write("f.yaml", f"name: f\nsteps: [{{id: say, action: fail, config: {{message: {message}}}}}]\n")
    secrets = {"STAGING_TOKEN": "t0ps3cret", "DB_PASSWORD": "hunter22"}

    done = testmesh("run", "f.yaml", "-e", "staging", "-o", "json", "--report", "junit=r.xml", **secrets)

    told = done.stdout + done.stderr + (tmp_path / "r.xml").read_text()
    assert done.returncode == 1, done.stderr
    assert "*** at db://u:***@h, open" in told
    assert [secret for secret in secrets.values() if secret in told] == []


def test_requests_go_through_the_proxy_of_the_environment_but_not_to_loopback(testmesh, write):
    for name, host in (("away", "shop.invalid"), ("here", "127.0.0.1:1")):
        config = f"{{method: GET, url: 'http://{host}/'}}"
        write(f"{name}.yaml", f"name: {name}\nsteps: [{{id: ask, action: http_request, config: {config}}}]\n")
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9"}

    assert "no connection to the proxy 127.0.0.1:9" in testmesh("run", "away.yaml", **proxies).stdout
    assert "nothing listens on 127.0.0.1:1" in testmesh("run", "here.yaml", **proxies).stdout
    assert "has no address" in testmesh("run", "away.yaml", **proxies, no_proxy="invalid").stdout


def test_mock_servers_are_where_the_settings_say(testmesh, write):
    write(".testmesh.yaml", "defaults: {mock_host: mock.example, mock_bind: 127.0.0.2}\n")
    write("f.yaml", "name: x\nsteps: [{action: mock_server_start, config: {endpoints: [{path: /a}]}}]\n")
    file, variable = testmesh("run", "f.yaml"), testmesh("run", "f.yaml", TESTMESH_MOCK_HOST="other.example")

    assert "mock server http://mock.example:" in file.stdout
    assert "mock server http://other.example:" in variable.stdout
