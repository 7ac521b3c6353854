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
