"""A value is changed in its file, and not a byte of anything else."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_cli.configuration.changing import set_value
from testmesh_cli.configuration.document import parse_config
from testmesh_cli.configuration.editing import with_value
from testmesh_cli.configuration.errors import ConfigInvalidError, NotEditableError, UnknownKeyError
from testmesh_cli.configuration.writing import written
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.document import read_document

CASES = [
    (
        "defaults:\n  jobs:   3   # three\n\n# end\n",
        "defaults.jobs",
        "4",
        "defaults:\n  jobs:   4   # three\n\n# end\n",
    ),
    ("project: 'a'  # x\n", "project", "it's", "project: 'it''s'  # x\n"),
    ('project: "a"\n', "project", "b", 'project: "b"\n'),
    ("project: a", "project", "b c", 'project: "b c"'),
    ("project: a", "defaults.jobs", "2", "project: a\ndefaults:\n  jobs: 2\n"),
    ("", "project", "a", "project: a\n"),
    ("# only words\n", "project", "a", "# only words\nproject: a\n"),
    ("defaults: {jobs: 1} # x\n", "defaults.retry", "2", "defaults: {jobs: 1, retry: 2} # x\n"),
    ("defaults: {jobs: 1,}\n", "defaults.retry", "2", "defaults: {jobs: 1, retry: 2,}\n"),
    ("defaults: {}\n", "defaults.retry", "2", "defaults: {retry: 2}\n"),
    (
        "defaults: {environment: a}\n",
        "defaults.environment",
        "b",
        'defaults: {environment: "b"}\n',
    ),
    (
        "environments: {a: {api_url: http://a}}\n",
        "environments.b.variables.x",
        "1",
        "environments: {a: {api_url: http://a}, b: {variables: {x: 1}}}\n",
    ),
    (
        "defaults:\r\n    jobs: 1\r\n\r\n# z\r\nproject: a\r\n",
        "defaults.retry",
        "2",
        "defaults:\r\n    jobs: 1\r\n    retry: 2\r\n\r\n# z\r\nproject: a\r\n",
    ),
    (
        "environments:\n   a:\n     variables:\n         x: |\n           one\n\n   # b\n",
        "environments.a.variables.y",
        "[1, two]",
        'environments:\n   a:\n     variables:\n         x: |\n           one\n         y: [1, "two"]\n\n   # b\n',
    ),
    (
        "environments:\n  a:\n    variables:\n      x: |\n        one\n      z: 1\n",
        "environments.a.variables.x",
        "two",
        "environments:\n  a:\n    variables:\n      x: two\n      z: 1\n",
    ),
    (
        "environments:\n  a:\n    variables:\n      x:   # later\n      z: 1\n",
        "environments.a.variables.x",
        "true",
        "environments:\n  a:\n    variables:\n      x: true   # later\n      z: 1\n",
    ),
    ("env_allow: [A]  # x\n", "env_allow", "[A, B]", 'env_allow: ["A", "B"]  # x\n'),
    ("\ufeffproject: a\n", "project", "b", "\ufeffproject: b\n"),
    ("project: ünï  # ☃\ndefaults: {jobs: 1}\n", "defaults.jobs", "2", "project: ünï  # ☃\ndefaults: {jobs: 2}\n"),
    ("project: 😀 # 😀\ndefaults: {jobs: 1}\n", "defaults.jobs", "2", "project: 😀 # 😀\ndefaults: {jobs: 2}\n"),
]


@pytest.mark.parametrize(("before", "key", "value", "after"), CASES)
def test_only_the_value_is_written(tmp_path, before, key, value, after):
    path = tmp_path / ".testmesh.yaml"
    path.write_bytes(before.encode())

    set_value(path, "project", key, value, {})

    assert path.read_bytes().decode() == after


@pytest.mark.parametrize(
    ("before", "key", "value", "said"),
    [
        ("env_allow:\n- A\n- B # b\n", "env_allow", "[A]", "several lines, in line 2"),
        ("defaults: &d {jobs: 1}\nenvironments: {a: {variables: *d}}\n", "environments.a.variables.jobs", "2", "alias"),
        ("environments: {a: {variables: {x: &x 1, y: *x}}}\n", "environments.a.variables.x", "2", "names nothing"),
        (
            "environments:\n  a: {variables: &v {x: 1}}\n  b:\n    variables:\n      <<: *v\n",
            "environments.a.variables.x",
            "2",
            "by hand",
        ),
        ("defaults: {jobs: 1}\n", "defaults.jobs", "many", "TM201"),
        ("defaults: {jobs: 1}\n", "defaults.timeout", "5", "TM206"),
        ("project: a\n", "environments.a.variables.x", '"${A B}"', "TM204"),
    ],
)
def test_what_cannot_be_written_alone_leaves_the_file_as_it_was(tmp_path, before, key, value, said):
    path = tmp_path / ".testmesh.yaml"
    path.write_text(before)

    with pytest.raises(NotEditableError, match=said):
        set_value(path, "project", key, value, {})

    assert path.read_text() == before
    assert [file.name for file in tmp_path.iterdir()] == [".testmesh.yaml"]


def test_a_broken_file_is_not_touched(tmp_path):
    path = tmp_path / ".testmesh.yaml"
    path.write_text("projekt: a\n")

    with pytest.raises(ConfigInvalidError, match="TM203"):
        set_value(path, "project", "defaults.jobs", "2", {})
    assert path.read_text() == "projekt: a\n"


@pytest.mark.parametrize(
    ("owner", "key", "said"),
    [
        ("project", "defaults.job", 'did you mean "defaults.jobs"'),
        ("project", "environments.a.url", "environments"),
        ("project", "environments.a.b.c.d", "environments"),
        ("project", "url", "api_url"),
        ("user", "env_allow", r"belongs into \.testmesh\.yaml"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(tmp_path, owner, key, said):
    with pytest.raises(UnknownKeyError, match=said):
        set_value(tmp_path / "x.yaml", owner, key, "1", {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_made_where_there_is_none_and_a_link_and_a_mode_stay(tmp_path):
    made = tmp_path / "deep" / "config.yaml"
    set_value(made, "user", "defaults.timeout", "5m", {})
    made.chmod(0o600)
    link = tmp_path / "link.yaml"
    link.symlink_to(made)
    set_value(link, "user", "defaults.jobs", "2", {})

    assert made.read_text() == 'version: 1\ndefaults:\n  timeout: "5m"\n  jobs: 2\n'
    assert link.is_symlink()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


NAMES = st.sampled_from(["a", "b", "staging", "Z_9"])
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=20)


@given(st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), st.lists(TEXTS, max_size=3)), st.booleans())
def test_every_value_is_written_so_that_it_is_read_as_it_was(value, single):
    for quote in ("", "'" if single else '"'):
        assert read_document(f"x: {written(value, quote)} # z\n", Faults("x")).plain() == {"x": value}


@given(st.lists(st.tuples(NAMES, NAMES, TEXTS), max_size=6), st.tuples(NAMES, NAMES, TEXTS))
def test_a_file_that_grows_by_values_holds_all_of_them_and_keeps_its_comments(steps, last):
    text = "# head\nproject: a # kept\n\n# tail\n"
    wanted: dict = {}
    for environment, name, value in [*steps, last]:
        text = with_value(text, ["environments", environment, "variables", name], value)
        wanted.setdefault(environment, {}).setdefault("variables", {})[name] = value

    assert read_document(text, Faults("x")).plain() == {"project": "a", "environments": wanted}
    assert text.startswith("# head\nproject: a # kept\n")
    assert text.count("# tail") >= 1


@given(TEXTS)
def test_a_value_that_was_set_is_the_value_that_is_read(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("set") / ".testmesh.yaml"
    if not value.strip():
        return
    kept = value.replace("${", "$${")
    set_value(path, "project", "project", kept, {})
    document = parse_config(path.read_bytes(), path, "project", {})

    assert document.found["project"].value == kept.replace("$${", "${")
