import pytest

pytestmark = pytest.mark.integration


def flow(name, message="hi"):
    return f"name: {name}\nsteps: [{{action: log, config: {{message: {message}}}}}]\n"


def test_a_push_creates_then_leaves_alone_then_updates(testmesh, write, api):
    write("flows/a.yaml", flow("one"))
    write("flows/b.yaml", flow("two"))

    first = testmesh("push", "flows", "--url", api.url)
    second = testmesh("push", "flows", "--url", api.url)
    write("flows/b.yaml", flow("two", "changed"))
    third = testmesh("push", "flows", "--url", api.url)

    assert [done.returncode for done in (first, second, third)] == [0, 0, 0], first.stderr
    assert [line.split()[0] for line in first.stdout.splitlines()] == ["created", "created"]
    assert [line.split()[0] for line in second.stdout.splitlines()] == ["unchanged", "unchanged"]
    assert third.stdout.splitlines()[1] == "updated  two  version 2  (flows/b.yaml)"


def test_a_dry_run_changes_nothing_and_says_what_would(testmesh, write, api):
    write("a.yaml", flow("one"))

    done = testmesh("push", "--dry-run", "--url", api.url)

    assert done.stdout == "would be created  one  version 1  (a.yaml)\n"
    assert {method for method, _, _ in api.asked} == {"GET"}


def test_a_flow_that_is_refused_is_told_and_the_others_are_pushed(testmesh, write, api):
    write("a.yaml", flow("one"))
    write("b.yaml", flow("two"))
    testmesh("push", "a.yaml", "--url", api.url)
    write("a.yaml", flow("one", "changed"))
    (id_,) = api.flows
    api.refuses = {("PUT", f"/flows/{id_}"): api.problem(412, "version_stale", "read it again")}

    done = testmesh("push", "--url", api.url)

    assert done.returncode == 6
    assert "someone else changed it" in done.stderr
    assert done.stdout.startswith("created  two")


def test_an_invalid_flow_or_a_name_used_twice_pushes_nothing(testmesh, write, api):
    write("a.yaml", flow("one"))
    write("b.yaml", "name: two\nstesp: []\n")
    invalid = testmesh("push", "--url", api.url)
    write("b.yaml", flow("one"))
    twice = testmesh("push", "--url", api.url)

    assert (invalid.returncode, twice.returncode) == (2, 2)
    assert "both named 'one'" in twice.stderr
    assert api.asked == []


def test_without_a_server_or_without_a_flow_the_exit_code_says_so(testmesh, write, nobody, tmp_path):
    (tmp_path / "empty").mkdir()
    write("a.yaml", flow("one"))

    assert testmesh("push", "a.yaml", "--url", nobody).returncode == 6
    assert testmesh("push", "empty", "--url", nobody).returncode == 5


def with_rows(name, rows):
    return f"name: {name}\ndata: {{file: {rows}}}\nsteps: [{{action: log, config: {{message: hi}}}}]\n"


def test_a_flow_whose_file_is_missing_is_told_with_its_place_and_the_others_are_pushed(testmesh, write, api):
    write("a.yaml", with_rows("one", "none.csv"))
    write("b.yaml", with_rows("two", "gone.csv"))
    write("c.yaml", flow("three"))

    done = testmesh("push", "a.yaml", "b.yaml", "c.yaml", "--url", api.url)

    assert done.returncode == 3
    assert done.stdout == "created  three  version 1  (c.yaml)\n"
    first, second = done.stderr.splitlines()
    assert first.startswith('✗ a.yaml:2:7: "none.csv": cannot be read')
    assert first.endswith("[TM456]")
    assert second.startswith('✗ b.yaml:2:7: "gone.csv": cannot be read')


def test_a_flow_that_runs_one_that_cannot_be_pushed_is_not_pushed_nor_what_only_it_needs(testmesh, write, api):
    write("lib/fine.yaml", flow("fine"))
    write("lib/bad.yaml", with_rows("bad", "none.csv"))
    call = "{{action: run_flow, config: {{flow: lib/{}.yaml}}}}"
    write("a.yaml", f"name: one\nsteps: [{call.format('fine')}, {call.format('bad')}]\n")
    write("b.yaml", flow("two"))

    done = testmesh("push", "a.yaml", "b.yaml", "--url", api.url)

    assert done.returncode == 3
    assert done.stdout == "created  two  version 1  (b.yaml)\n"
    [told] = done.stderr.splitlines()
    assert told.startswith("✗ a.yaml: not pushed, since a flow that it runs cannot be: lib/bad.yaml:2:")


def test_where_no_flow_can_be_pushed_the_server_is_not_asked_and_it_is_not_green(testmesh, write, api):
    write("a.yaml", with_rows("one", "none.csv"))

    assert testmesh("push", "--url", api.url).returncode == 3
    assert api.asked == []


def test_a_pushed_flow_with_an_env_file_is_told_that_the_server_does_not_read_it(testmesh, write, api):
    write("a.yaml", "name: one\nenv_file: local.env\nsteps: [{action: log, config: {message: hi}}]\n")
    write("b.yaml", flow("two"))

    done = testmesh("push", "--url", api.url)

    assert done.returncode == 0
    [told] = done.stderr.splitlines()
    assert told.startswith("! a.yaml: its env_file local.env is not pushed, and a server does not read it")
    assert "an environment of the server" in told
