"""Of all sources that give a setting a value, the highest counts, and it is known which."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testmesh_cli.configuration.errors import ConfigInvalidError
from testmesh_cli.configuration.keys import BY_NAME
from testmesh_cli.configuration.origins import HIGHEST_FIRST
from testmesh_cli.configuration.precedence import load_configuration
from testmesh_cli.errors import UsageError

VALUES = {
    "defaults.environment": (None, "a", "b", "c", "d", "e"),
    "defaults.timeout": ("10m", "1s", "2s", "3s", "4s", None),
    "defaults.retry": (0, 1, 2, 3, 4, None),
    "defaults.jobs": (None, 11, 12, 13, 14, 15),
}
"""Of each setting, a value of each source, the lowest first; None where a source cannot give it."""
SOURCES = [source for source in HIGHEST_FIRST if source != "default"]


def laid_out(folder, key, given_by):
    """Write each source's value; return what loads them."""
    _, user, project, dotenv, environment, flag = VALUES[key]
    last, variable = key.rpartition(".")[2], BY_NAME[key].variable
    folder.mkdir()
    if "project" in given_by:
        (folder / ".testmesh.yaml").write_text(f"defaults: {{{last}: {project}}}\n")
    if "user" in given_by:
        (folder / "xdg" / "testmesh").mkdir(parents=True)
        (folder / "xdg" / "testmesh" / "config.yaml").write_text(f"\ndefaults:\n  {last}: {user}\n")
    if "dotenv" in given_by:
        (folder / ".env").write_text(f"# here\n{variable}='{dotenv}'\n")
    variables = {variable: str(environment)} if "environment" in given_by else {}
    flags = {key: flag if "flag" in given_by else None}
    return load_configuration(flags, {"XDG_CONFIG_HOME": str(folder / "xdg"), **variables}, folder)


PLACES = {
    "flag": lambda folder, key: BY_NAME[key].flag,
    "environment": lambda folder, key: BY_NAME[key].variable,
    "dotenv": lambda folder, key: f"{folder}/.env:2",
    "project": lambda folder, key: f"{folder}/.testmesh.yaml:1",
    "user": lambda folder, key: f"{folder}/xdg/testmesh/config.yaml:3",
}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(VALUES)), st.sets(st.sampled_from(SOURCES)))
def test_the_value_and_its_origin_are_those_of_the_highest_source(tmp_path_factory, key, given_by):
    by_source = dict(zip(("default", "user", "project", "dotenv", "environment", "flag"), VALUES[key], strict=True))
    given_by = {source for source in given_by if by_source[source] is not None}
    folder = tmp_path_factory.mktemp("sources") / "project"
    configuration = laid_out(folder, key, given_by)
    wanted = [source for source in SOURCES if source in given_by]

    found = configuration.candidates(BY_NAME[key])

    told = [item for item in found if item.origin.source != "default"]
    assert [item.origin.source for item in told] == wanted
    assert [item.value for item in told] == [by_source[source] for source in wanted]
    assert [item.origin.place for item in told] == [PLACES[source](folder, key) for source in wanted]
    assert (found[len(told) :] != []) == (BY_NAME[key].default is not None)
    assert configuration.found(BY_NAME[key]) == (found[0] if found else None)


def test_the_order_of_the_sources_is_the_one_of_the_contract():
    assert HIGHEST_FIRST == ("flag", "environment", "dotenv", "project", "user", "default")


@pytest.mark.parametrize(("key", "meant"), [("defaults.timeout", 4.0), ("defaults.retry", 4), ("defaults.jobs", 14)])
def test_a_variable_means_what_the_same_text_means_in_a_file(tmp_path, key, meant):
    assert laid_out(tmp_path / "p", key, {"environment"}).value(key) == meant


def test_an_empty_variable_gives_no_value(tmp_path):
    configuration = load_configuration({}, {"TESTMESH_JOBS": "", "XDG_CONFIG_HOME": str(tmp_path)}, tmp_path)

    assert configuration.found(BY_NAME["defaults.jobs"]).origin.source == "default"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("JOBS", "many"),
        ("JOBS", "0"),
        ("JOBS", "1.5"),
        ("RETRY", "-1"),
        ("RETRY", "11"),
        ("TIMEOUT", "5"),
        ("URL", "x"),
    ],
)
def test_a_variable_that_means_nothing_is_refused_by_its_name(tmp_path, variable, text):
    key = {"URL": "url"}.get(variable, f"defaults.{variable.lower()}")
    given = {f"TESTMESH_{variable}": text, "XDG_CONFIG_HOME": str(tmp_path)}

    with pytest.raises(UsageError, match=f"TESTMESH_{variable}"):
        load_configuration({}, given, tmp_path).value(key)


def test_the_nearest_file_above_counts_and_its_dotenv_stands_beside_it(tmp_path):
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    (tmp_path / ".testmesh.yaml").write_text("project: outer\n")
    (tmp_path / "a" / ".testmesh.yaml").write_text("project: inner\n")
    (tmp_path / "a" / ".env").write_text("TESTMESH_JOBS=7\n")
    (inner / ".env").write_text("TESTMESH_JOBS=8\n")
    configuration = load_configuration({}, {"XDG_CONFIG_HOME": str(tmp_path)}, inner)

    assert configuration.value("project") == "inner"
    assert configuration.value("defaults.jobs") == 7


def test_without_a_file_above_the_dotenv_is_that_of_the_folder(tmp_path):
    (tmp_path / ".env").write_text("TESTMESH_JOBS=8\n")

    assert load_configuration({}, {"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path).value("defaults.jobs") == 8


def test_a_file_with_the_other_suffix_is_not_passed_over(tmp_path):
    (tmp_path / ".testmesh.yml").write_text("project: x\n")

    with pytest.raises(UsageError, match=r"rename it to \.testmesh\.yaml"):
        load_configuration({}, {"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path)


def test_a_dotenv_that_cannot_be_read_is_told_by_its_line_and_not_its_text(tmp_path):
    (tmp_path / ".env").write_text("A=1\nhunter2\n")

    with pytest.raises(UsageError, match="line 2") as refusal:
        load_configuration({}, {"XDG_CONFIG_HOME": str(tmp_path)}, tmp_path)
    assert "hunter2" not in str(refusal.value)


PROJECT = """\
environments:
  staging: {api_url: "http://project:1", variables: {shop: "${SHOP}", port: 80}}
  other: {api_url: "${NOBODY}"}
defaults: {environment: staging}
"""


@pytest.mark.parametrize(
    ("flag", "variable", "dotenv", "wanted"),
    [
        ("http://flag:1", "http://variable:1", "http://dotenv:1", ("http://flag:1", "from --url")),
        (None, "http://variable:1", "http://dotenv:1", ("http://variable:1", "from TESTMESH_URL")),
        (None, None, "http://dotenv:1", ("http://dotenv:1", "from {}/.env:1")),
        (None, None, None, ("http://project:1", "from {}/.testmesh.yaml:2")),
    ],
)
def test_the_server_is_that_of_the_flag_the_variable_dotenv_or_the_chosen_environment(
    tmp_path, flag, variable, dotenv, wanted
):
    (tmp_path / ".testmesh.yaml").write_text(PROJECT)
    (tmp_path / ".env").write_text(f"TESTMESH_URL={dotenv}\n" if dotenv else "")
    given = {"XDG_CONFIG_HOME": str(tmp_path), **({"TESTMESH_URL": variable} if variable else {})}
    address = load_configuration({"url": flag}, given, tmp_path).server()

    assert tuple(address) == (wanted[0], wanted[1].format(tmp_path))


def test_a_name_that_is_not_set_is_a_fault_where_its_value_is_used_and_says_which(tmp_path):
    (tmp_path / ".testmesh.yaml").write_text(PROJECT)
    given = {"XDG_CONFIG_HOME": str(tmp_path)}

    assert load_configuration({}, given, tmp_path).server().url == "http://project:1"
    with pytest.raises(ConfigInvalidError, match=r'yaml:3:21: TM210 .*"NOBODY" is not set'):
        load_configuration({"defaults.environment": "other"}, given, tmp_path).server()
