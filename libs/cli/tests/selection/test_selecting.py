import pytest

from testmesh_cli.errors import AllFilteredOutError, UsageError
from testmesh_cli.selection.choice import Choice, Shard, expression, shard
from testmesh_cli.selection.selecting import select
from testmesh_cli.state.kept import write_kept
from testmesh_cli.state.record import Record

EVERYTHING = {
    "Order is paid": ["create", "both/left/charge", "both/right/receipt"],
    "Plain": ["create"],
    "Refund": ["pay_back"],
}


def chosen(selection, run_steps):
    return {file.checked.name: run_steps(file) for file in selection.files}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("smoke", {"Order is paid": ["create"], "Refund": ["pay_back"]}),
        ("orders", {"Order is paid": EVERYTHING["Order is paid"]}),
        ("orders and smoke", {"Order is paid": ["create"]}),
        ("not slow", EVERYTHING | {"Order is paid": ["create", "both/right/receipt"]}),
        ("wide", {"Order is paid": ["both/left/charge", "both/right/receipt"]}),
        ("wide and not slow", {"Order is paid": ["both/right/receipt"]}),
        ("slow or smoke", {"Order is paid": ["create", "both/left/charge"], "Refund": ["pay_back"]}),
        ("not (smoke or orders)", {"Plain": ["create"]}),
    ],
)
def test_a_step_has_its_own_tags_those_around_it_and_those_of_its_flow(found, record, run_steps, tags, expected):
    selection = select(found(), Choice(tags=expression(tags, "-t")), record)

    assert chosen(selection, run_steps) == expected


def test_a_flow_that_is_run_as_a_whole_is_no_part(found, record):
    files = select(found(), Choice(tags=expression("not slow", "-t")), record).files

    assert [file.part is None for file in files] == [False, True, True]
    assert (files[0].part.chosen, files[0].part.total) == (2, 3)


def test_what_is_left_out_are_the_steps_that_nothing_chosen_is_inside_of(found, record):
    file = select(found(), Choice(steps=("receipt",)), record).files[0]
    flow = file.checked
    create, both = flow.steps
    left, right = both.control.branches

    said = [file.part.left_out(flow, step) for step in (create, both, left, right, right.control.steps[0])]
    assert said == ["not selected: --step receipt", None, "not selected: --step receipt", None, None]
    always = [*flow.setup, *flow.teardown, right.control.steps[0].rescue]
    assert [file.part.left_out(flow, step) for step in always] == [None, None, None]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("create",), {"Order is paid": ["create"], "Plain": ["create"]}),
        (("both",), {"Order is paid": ["both/left/charge", "both/right/receipt"]}),
        (("both/left",), {"Order is paid": ["both/left/charge"]}),
        (("both/right/receipt", "pay_back"), {"Order is paid": ["both/right/receipt"], "Refund": ["pay_back"]}),
    ],
)
def test_steps_are_chosen_by_id_or_path_also_inside_others(found, record, run_steps, steps, expected):
    assert chosen(select(found(), Choice(steps=steps), record), run_steps) == expected


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("chrge", 'in any of the 3 flows; did you mean "charge"?'),
        ("left", 'no such step is in any of the 3 flows; did you mean "both/left"?'),
        ("login", "in setup, which is always run"),
        ("tidy", "in teardown, which is always run"),
        ("mend", "in an on_error, and is run only where"),
    ],
)
def test_a_step_that_cannot_be_chosen_is_a_usage_error(found, record, step, said):
    with pytest.raises(UsageError) as caught:
        select(found(), Choice(steps=("create", step)), record)

    assert f"--step {step}: " in str(caught.value)
    assert said in str(caught.value)


def test_tags_and_steps_both_have_to_fit(found, record, run_steps):
    choice = Choice(tags=expression("not slow", "-t"), steps=("both",))
    selection = select(found(), choice, record)

    assert chosen(selection, run_steps) == {"Order is paid": ["both/right/receipt"]}
    assert selection.files[0].part.why == "-t not slow --step both"


def test_words_are_parts_of_a_name_or_of_the_file_within_the_project(found, record, tmp_path):
    files = found()

    def names(words):
        return [file.checked.name for file in select(files, Choice(words=expression(words, "-k")), record).files]

    assert names("PAID") == ["Order is paid"]
    assert names("order.yaml or refund") == ["Order is paid", "Refund"]
    assert names("not 'is paid'") == ["Plain", "Refund"]
    with pytest.raises(AllFilteredOutError):
        names(tmp_path.name)


def test_what_is_left_of_nothing_says_which_filter_took_what(found, record):
    choice = Choice(tags=expression("smoke", "-t"), words=expression("plain", "-k"))

    with pytest.raises(AllFilteredOutError) as caught:
        select(found(), choice, record)

    assert "of 3 flows that were found, -t smoke left 2, -k plain left none" in str(caught.value)
    assert caught.value.exit_code == 5


def test_a_tag_that_nothing_has_is_told_also_behind_a_not(found, record):
    selection = select(found(), Choice(tags=expression("not slwo", "-t")), record)

    assert len(selection.files) == 3
    assert '-t: no flow and no step has the tag slwo; did you mean "slow"?' in selection.notes


def test_a_server_is_asked_for_whole_flows_by_their_own_tags_and_the_rest_is_told(found, record):
    selection = select(found(), Choice(tags=expression("smoke", "-t"), whole_flows=True), record)

    assert [(file.checked.name, file.part) for file in selection.files] == [("Refund", None)]
    assert any("a server runs whole flows" in note and "1 of 3 flows" in note for note in selection.notes)


def test_shards_share_the_flows_out_and_name_their_division(found, tmp_path):
    named = tmp_path / "durations.json"
    write_kept(named, {"milliseconds": {"order.yaml": 9000, "plain.yaml": 10, "gone": 1}})
    record, files = Record(tmp_path / ".testmesh", named), found()
    both = [select(files, Choice(shard=Shard(number, 2)), record) for number in (1, 2)]

    assert sorted(file.checked.name for one in both for file in one.files) == sorted(EVERYTHING)
    assert [file.checked.name for file in both[0].files] == ["Order is paid"]
    divisions = {note.partition("must print ")[2][:8] for one in both for note in one.notes if "must print" in note}
    assert len(divisions) == 1
    assert "1 of 3 flows, balanced by 2 recorded durations; every shard must print " in both[0].notes[0]


def test_what_one_machine_alone_has_recorded_divides_nothing(found, record, tmp_path):
    before = select(found(), Choice(shard=Shard(1, 2)), record)
    write_kept(tmp_path / ".testmesh" / "durations.json", {"milliseconds": {"order.yaml": 9000, "plain.yaml": 10}})

    after = select(found(), Choice(shard=Shard(1, 2)), record)

    assert [file.path for file in after.files] == [file.path for file in before.files]
    assert after.notes == before.notes
    assert "counted off evenly" in after.notes[0]


def test_a_shard_of_its_own_filters_is_divided_after_them(found, record):
    files = found()
    shares = [
        {
            file.checked.name
            for file in select(files, Choice(words=expression("r", "-k"), shard=Shard(n, 2)), record).files
        }
        for n in (1, 2)
    ]

    assert set.union(*shares) == {"Order is paid", "Refund"}
    assert set.intersection(*shares) == set()


def test_a_shard_without_flows_is_nothing_selected(found, record):
    with pytest.raises(AllFilteredOutError, match="for 3 flows use 3 shards at most"):
        select(found(), Choice(shard=Shard(4, 4)), record)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", "1/99999999", "²/3"])
def test_a_shard_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="write it as I/N"):
        shard(text)


def test_a_random_order_is_that_of_its_seed_and_nothing_else(found, record):
    files = found(**{f"f{n}": f"name: f{n}\nsteps: [{{action: log, config: {{message: x}}}}]\n" for n in range(9)})

    def order(files, seed):
        return [file.checked.name for file in select(files, Choice(order="random", seed=seed), record).files]

    assert order(files, 1) == order(files[::-1], 1)
    assert sorted(order(files, 1)) == sorted(order(files, 2))
    assert len({tuple(order(files, seed)) for seed in range(9)}) > 5
    assert (
        "in random order: --order random --seed 7 gives it again"
        in select(files, Choice(order="random", seed=7), record).notes
    )


def test_repetitions_have_names_of_their_own(found, record, tmp_path):
    files = select(found(), Choice(words=expression("refund or plain", "-k"), repeat=2), record).files

    assert [file.shown for file in files] == [
        f"{tmp_path}/{name}.yaml [{number}/2]" for name in ("plain", "refund") for number in (1, 2)
    ]


def last_run(tmp_path, **not_passed):
    flows = {f"{name}.yaml": status for name, status in not_passed.items()}
    write_kept(tmp_path / ".testmesh" / "last-run.json", {"not_passed": flows})


def test_last_failed_takes_what_did_not_pass(found, record, tmp_path):
    last_run(tmp_path, order="failed", refund="not_run", gone="error")
    selection = select(found(), Choice(last_failed=True), record)

    assert [file.checked.name for file in selection.files] == ["Order is paid", "Refund"]
    assert "--last-failed: 2 of 3 flows did not pass when they were last run" in selection.notes


@pytest.mark.parametrize("known", [None, {}, {"elsewhere": "failed"}])
def test_last_failed_runs_all_and_says_so_where_none_is_known(found, record, tmp_path, known):
    if known is not None:
        last_run(tmp_path, **known)
    selection = select(found(), Choice(last_failed=True), record)

    assert len(selection.files) == 3
    assert any("so all 3 are run" in note for note in selection.notes)
