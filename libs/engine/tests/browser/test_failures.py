"""Steps that do not pass: what they say, and what they keep to show why."""

import io
import zipfile

import pytest

from testmesh_contracts.events import ArtifactStored

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
HOME = {"action": "goto", "url": "${site}/"}


def soon(**deed):
    return {"timeout": "300ms", **deed}


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ({"action": "click", "role": "button", "name": "Safe order"}, 'nearest: button "Save order"'),
        ({"action": "click", "role": "link", "name": "Save order"}, 'nearest: button "Save order"'),
        ({"action": "fill", "label": "E-Mail", "value": "x"}, 'nearest: textbox "Email"'),
        ({"action": "click", "selector": "#totl"}, "nearest: #total"),
        ({"action": "click", "text": "To the secnd"}, 'nearest: link "To the second"'),
        ({"action": "assert_visible", "test_id": "notes"}, 'nearest: [data-testid="note"]'),
        ({"action": "fill", "placeholder": "you@exmaple", "value": ""}, 'nearest: [placeholder="you@example.com"]'),
        ({"action": "click", "role": "button", "name": "Zzz"}, 'nearest: button "'),
        ({"action": "click", "selector": "#zzz"}, "nothing on the page is like it"),
    ],
)
async def test_an_element_that_is_not_there_is_named_with_what_is_like_it(fault_of, deed, said):
    status, code, message = await fault_of([HOME, soon(**deed)])

    assert (status, code) == ("failed", "TM421")
    assert message.startswith(f"actions[1] {deed['action']} ")
    assert "nothing like " in message
    assert said in message
    assert "; on http://127.0.0.1:" in message


@pytest.mark.parametrize("action", ["click", "assert_visible", "assert_text", "wait_for", "read"])
async def test_several_elements_are_refused_and_shown(fault_of, action):
    more = {"text": "Lamp"} if action == "assert_text" else {}
    status, _, message = await fault_of([HOME, soon(action=action, selector=".item", **more)])

    assert status == "failed"
    assert "2 elements are meant, and it has to be one" in message
    assert '\n  0) <li class="item">Lamp\n  1) <li class="item">Mug' in message


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ({"action": "assert_text", "selector": "h1", "text": "Total 6"},
         'a text with "Total 6", and for 300ms there was "Total 5"'),
        ({"action": "assert_text", "selector": "h1", "text": "Total", "exact": True}, 'there was "Total 5"'),
        ({"action": "assert_value", "selector": "#size", "value": "l"},
         'expected the value "l", and for 300ms there was "s"'),
        ({"action": "assert_title", "title": "Shop"}, 'expected the title "Shop", and for 300ms there was "Lamp shop"'),
        ({"action": "assert_url", "url": "/second"}, "expected the url /second, and for 300ms there was \"http"),
        ({"action": "assert_count", "selector": ".item", "count": 3}, "expected 3 of them, and for 300ms there was 2"),
        ({"action": "assert_count", "selector": ".itm", "count": 1}, "there was 0; nearest: .item"),
        ({"action": "assert_hidden", "selector": "h1"}, "expected hidden, and for 300ms there was visible"),
        ({"action": "assert_visible", "test_id": "note"}, "expected visible, and for 300ms there was hidden"),
        ({"action": "assert_enabled", "text": "Pay now"}, "expected enabled, and for 300ms there was disabled"),
        ({"action": "assert_checked", "label": "Terms"}, "expected checked, and for 300ms there was unchecked"),
        ({"action": "assert_enabled", "selector": "#none"}, "nothing like #none was there"),
        ({"action": "click", "text": "Pay now"}, "it was there, and not ready within 300ms: element is not enabled"),
        ({"action": "select", "selector": "#size", "value": "XL"}, "did not find some options"),
        ({"action": "wait_for", "url": "/x"}, "wait_for the url /x: after 300ms it is http://"),
        ({"action": "wait_for", "selector": "h1", "state": "hidden"}, "it was not hidden after 300ms"),
        ({"action": "wait_for", "expression": "false"}, "it was not so within 300ms"),
        ({"action": "switch_page", "page": 3}, "a page 3 was not there within 300ms; the pages open now are 1"),
        ({"action": "download", "text": "Save order"}, "it was clicked, and no file came within"),
    ],
)  # fmt: skip
async def test_what_is_otherwise_fails_with_what_is_there_instead(fault_of, deed, said):
    status, code, message = await fault_of([HOME, soon(**deed)])

    assert (status, code) == ("failed", "TM421"), message
    assert said in message


@pytest.mark.parametrize(
    ("deed", "code", "said"),
    [
        ({"action": "goto", "url": "http://127.0.0.1:1/"}, "TM552", "browsers open no page on this port"),
        ({"action": "goto", "url": "http://127.0.0.1:8/"}, "TM552", "connection refused: nothing listens there"),
        ({"action": "goto", "url": "http://no-such-host.invalid/"}, "TM552", "the host has no address"),
        ({"action": "goto", "url": "${site}/file.csv"}, "TM552", "no page came, but a file"),
        ({"action": "goto", "url": "${site}/slow"}, "TM554", "the page was not there within 300ms"),
        ({"action": "goto", "url": "chrome://version"}, "TM557", "begins with http:// or https://"),
        ({"action": "goto", "url": "view-source:file:///etc/passwd"}, "TM557", "begins with"),
        ({"action": "goto", "url": "javascript:alert(1)"}, "TM557", "begins with"),
        ({"action": "goto", "url": "shop.example"}, "TM557", "begins with"),
        ({"action": "click", "selector": "h1["}, "TM563", "the selector cannot be read"),
        ({"action": "click", "role": "knob"}, "TM421", "nothing like knob"),
        ({"action": "evaluate", "expression": "nothing.there"}, "TM556", "ReferenceError"),
        ({"action": "evaluate", "expression": "new Promise(() => 0)"}, "TM564", "gave nothing within 300ms"),
        ({"action": "fill", "selector": "h1", "value": "x"}, "TM565", "not an <input>"),
        ({"action": "upload", "label": "Picture", "files": ["none.txt"]}, "TM560", "No such file"),
        ({"action": "upload", "label": "Picture", "files": [{"name": "a", "content": "?", "base64": True}]},
         "TM560", "no base64"),
    ],
)  # fmt: skip
async def test_what_cannot_be_judged_says_why(fault_of, deed, code, said):
    status, found, message = await fault_of([HOME, soon(**deed)])

    assert (found, status) == (code, "failed" if code == "TM421" else "error"), message
    assert said in message


async def test_a_flow_that_runs_for_others_opens_no_file(fault_of, tmp_path):
    (tmp_path / "a").write_text("secret")
    for deed in (
        {"action": "goto", "url": f"file://{tmp_path}/a"},
        {"action": "upload", "label": "Picture", "files": [str(tmp_path / "a")]},
    ):
        status, code, message = await fault_of([HOME, deed], local_files=False)

        assert (status, code) == ("error", "TM557" if deed["action"] == "goto" else "TM560")
        assert "lets no flow open its files" in message


async def test_an_unknown_device_and_a_change_of_what_is_open_are_errors(fault_of):
    assert "did you mean" in (await fault_of({**HOME, "device": "iPhone15"}))[2]
    status, code, message = await fault_of(HOME, {"action": "reload", "locale": "de-DE"})

    assert (status, code) == ("error", "TM558")
    assert "fresh: true" in message


async def test_the_pages_own_troubles_stand_behind_the_failure(fault_of):
    deeds = [
        {"action": "goto", "url": "${site}/second"},
        {"action": "wait_for", "state": "networkidle"},
        soon(action="click", text="Nope"),
    ]
    message = (await fault_of(deeds))[2]

    assert "the page's console says: it broke" in message
    assert "requests that failed: GET http://" in message
    assert "/missing (404)" in message


async def test_a_flow_that_opened_no_page_is_told_to(fault_of):
    message = (await fault_of(soon(action="click", text="Save")))[2]

    assert "no page was opened yet: begin with goto" in message


@pytest.mark.parametrize(
    "step",
    [
        {"action": "click", "text": "Nope", "timeout": "200ms"},
        {"action": "goto", "url": "http://127.0.0.1:8/"},
        ({"action": "assert_visible", "text": "Mug"}, {"assert": ['title == "Other"']}),
        ({"action": "evaluate", "expression": "new Promise(() => 0)"}, {"timeout": "1s"}),
    ],
    ids=["failed", "error", "own-assertion", "timeout"],
)
async def test_a_step_that_does_not_pass_keeps_a_screenshot_and_a_trace_by_itself(on_page, store, step):
    played = await on_page([HOME], step)

    kept = {event.name: event for event in played.events if isinstance(event, ArtifactStored)}
    assert "failure.png" in kept, played.lines
    assert {event.path for event in kept.values()} == {"s1"}
    assert (await store.read(kept["failure.png"].storage_path)).startswith(b"\x89PNG")
    with zipfile.ZipFile(io.BytesIO(await store.read(kept["trace.zip"].storage_path))) as trace:
        assert "trace.trace" in trace.namelist()


async def test_it_is_kept_once_behind_all_tries_and_never_of_what_passed(on_page):
    more = {"eventually": {"within": "2s", "every": "50ms"}, "assert": ["title == 'Other'"]}
    played = await on_page([HOME], ({"action": "assert_visible", "text": "Mug"}, more))

    assert len(played["s1"].attempts) >= 2
    assert [event.name for event in played.events if isinstance(event, ArtifactStored)] == ["failure.png", "trace.zip"]


async def test_a_trace_is_kept_where_it_is_asked_for(passes):
    played = await passes({"actions": [HOME], "trace": True}, [HOME])

    assert played["s0"].output["trace"]["name"] == "trace.zip"
    assert played["s1"].output["trace"] is None


async def test_no_secret_is_in_a_trace_a_result_or_a_record(on_page, store):
    hidden = "s3cret-value"
    played = await on_page(
        [
            HOME,
            {"action": "fill", "label": "Email", "value": "${hidden}"},
            {"action": "evaluate", "expression": "fetch('/headers?q=' + email.value, {headers: {x: email.value}})"},
            soon(action="click", text="Nope"),
        ],
        variables={"hidden": hidden},
        secret_values=[hidden],
    )

    assert hidden not in played.said
    kept = next(event for event in played.events if isinstance(event, ArtifactStored) and event.name == "trace.zip")
    with zipfile.ZipFile(io.BytesIO(await store.read(kept.storage_path))) as trace:
        texts = {name: trace.read(name) for name in trace.namelist()}
    assert any(b"***" in text for text in texts.values())
    assert [name for name, text in texts.items() if hidden.encode() in text] == []


async def test_a_password_is_hidden_in_what_is_recorded_though_no_flow_says_that_it_is_one(passes):
    played = await passes([HOME, {"action": "fill", "label": "Password", "value": "opensesame"}])

    assert "opensesame" not in str(played["s0"].input)
