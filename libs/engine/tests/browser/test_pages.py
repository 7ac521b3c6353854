"""What steps do on pages, and read of them."""

import pytest

from testmesh_contracts.events import ArtifactStored

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
HOME = {"action": "goto", "url": "${site}/"}


async def test_a_form_is_filled_in_as_a_person_would_and_its_effect_is_seen(passes):
    played = await passes(
        [
            HOME,
            {"action": "assert_title", "title": "Lamp*"},
            {"action": "fill", "label": "Email", "value": "ada@example.com"},
            {"action": "assert_value", "placeholder": "you@example.com", "value": "ada@example.com"},
            {"action": "select", "label": "Size", "value": "Large"},
            {"action": "assert_value", "selector": "#size", "value": "l"},
            {"action": "check", "label": "Terms"},
            {"action": "assert_checked", "role": "checkbox", "name": "Terms"},
            {"action": "uncheck", "label": "Terms"},
            {"action": "assert_unchecked", "label": "Terms"},
            {"action": "assert_disabled", "role": "button", "name": "Pay now"},
            {"action": "assert_enabled", "role": "button", "name": "Save order"},
            {"action": "assert_hidden", "test_id": "note"},
            {"action": "assert_count", "selector": ".item", "count": 2},
            {"action": "click", "role": "button", "name": "Save order"},
            {"action": "assert_text", "selector": "h1", "text": "Hello ada@example.com", "exact": True},
            {"action": "read", "selector": "h1"},
        ]
    )

    found = played["s0"].output
    assert (found["text"], found["value"], found["title"], found["status"]) == (
        "Hello ada@example.com",
        None,
        "Lamp shop",
        200,
    )
    assert found["url"].endswith("/")
    assert [(entry["method"], entry["status"], entry["kind"]) for entry in found["network"]] == [
        ("GET", 200, "document")
    ]


async def test_the_page_is_kept_over_the_steps_of_a_flow_and_is_another_flows_own(passes):
    await passes(
        [HOME, {"action": "fill", "label": "Email", "value": "kept"}],
        [{"action": "evaluate", "expression": "localStorage.setItem('who', 'ada')"}],
        (
            {"action": "evaluate", "expression": "[email.value, localStorage.getItem('who')]"},
            {"assert": ["value == ['kept', 'ada']"]},
        ),
    )
    await passes([HOME], ({"action": "evaluate", "expression": "localStorage.length"}, {"assert": ["value == 0"]}))


async def test_what_is_there_only_after_a_while_is_waited_for(passes):
    later = "setTimeout(() => document.querySelector('#late').click(), 300)"
    await passes(
        [
            HOME,
            {"action": "evaluate", "expression": later},
            {"action": "wait_for", "text": "Late"},
            {"action": "assert_visible", "text": "Late"},
            {"action": "evaluate", "expression": "setTimeout(() => location.href = '/second', 300)"},
            {"action": "wait_for", "url": "/sec*"},
            {"action": "assert_url", "url": "${site}/second"},
            {"action": "wait_for", "expression": "document.title === 'Second'"},
            {"action": "wait_for", "state": "load"},
        ]
    )


async def test_one_action_stands_without_a_list(passes):
    played = await passes(HOME, ({"action": "evaluate", "expression": "n => n + 1", "argument": 41}, {}))

    assert played["s1"].output["value"] == 42


async def test_hover_focus_keys_and_typing_reach_the_element(passes):
    await passes(
        [
            HOME,
            {"action": "hover", "text": "Lamp", "exact": True},
            {"action": "focus", "label": "Email"},
            {"action": "press", "key": "x"},
            {"action": "type", "label": "Email", "value": "yz"},
            {"action": "press", "label": "Email", "key": "Enter"},
            {"action": "assert_text", "text": "Hello xyz"},
            {"action": "click", "selector": "#late", "clicks": 2},
            {"action": "assert_count", "text": "Late", "count": 2},
            {"action": "assert_text", "text": "Late", "selector": "body > p >> nth=-1"},
        ]
    )


async def test_an_element_is_found_inside_of_another_in_a_frame_and_by_its_number(passes):
    await passes(
        [
            HOME,
            {"action": "click", "frame": "#inner", "role": "button"},
            {"action": "assert_visible", "frame": "#inner", "text": "done"},
            {"action": "assert_text", "within": "ul", "selector": "li", "nth": 1, "text": "Mug"},
        ]
    )


async def test_going_back_forward_and_anew(passes):
    played = await passes(
        [
            HOME,
            {"action": "click", "text": "To the second"},
            {"action": "assert_url", "url": "/second"},
            {"action": "back"},
            {"action": "assert_url", "url": "/"},
            {"action": "forward"},
            {"action": "assert_title", "title": "Second"},
            {"action": "reload"},
            {"action": "assert_text", "text": "Second"},
        ]
    )
    assert played["s0"].output["status"] == 200


async def test_a_page_that_opens_another_is_left_for_it_and_returned_to(passes):
    played = await passes(
        [HOME, {"action": "click", "text": "In a new page"}, {"action": "switch_page", "page": "last"}],
        ({"action": "assert_title", "title": "Second"}, {"assert": ["pages == 2"]}),
        [{"action": "close_page"}, {"action": "assert_title", "title": "Lamp shop"}],
    )
    assert played["s2"].output["pages"] == 1


async def test_dialogs_are_answered_and_told(passes):
    played = await passes(
        [
            HOME,
            {"action": "dialog", "answer": "accept", "value": "Ada"},
            {"action": "click", "selector": "#ask"},
            {"action": "evaluate", "expression": "document.querySelector('#ask').dataset.answer"},
        ]
    )
    found = played["s0"].output
    assert found["value"] == "Ada"
    assert found["dialogs"] == [{"type": "prompt", "message": "Your name?", "answer": "accept"}]


async def test_a_download_is_kept_as_an_artifact(passes, store):
    played = await passes([HOME, {"action": "download", "text": "Prices"}])

    found = played["s0"].output["downloads"]
    kept = next(event for event in played.events if isinstance(event, ArtifactStored))
    assert [each["name"] for each in found] == ["prices.csv"]
    assert await store.read(kept.storage_path) == b"lamp,5\n"


async def test_a_screenshot_is_kept_of_the_page_and_of_an_element(passes, store):
    played = await passes(
        [
            HOME,
            {"action": "screenshot", "selector": "h1"},
            {"action": "screenshot", "save_as": "all", "full_page": True},
        ]
    )

    kept = [event for event in played.events if isinstance(event, ArtifactStored)]
    assert [(event.name, event.content_type) for event in kept] == [
        ("screenshot-1.png", "image/png"),
        ("all.png", "image/png"),
    ]
    assert (await store.read(kept[0].storage_path)).startswith(b"\x89PNG")
    assert played["s0"].output["screenshot"]["name"] == "all.png"


async def test_console_and_network_are_told_to_the_step_in_which_they_happened(passes):
    played = await passes(
        [{"action": "goto", "url": "${site}/second"}, {"action": "wait_for", "state": "networkidle"}], [HOME]
    )

    first, second = played["s0"].output, played["s1"].output
    assert ("error", "it broke") in [(entry["type"], entry["text"]) for entry in first["console"]]
    assert {(entry["url"].rpartition("/")[2], entry["status"]) for entry in first["network"]} >= {
        ("second", 200),
        ("missing", 404),
    }
    assert second["console"] == []
    assert [entry["status"] for entry in second["network"]] == [200]


async def test_what_a_page_says_without_end_is_bounded_and_the_rest_counted(passes):
    script = "for (let n = 0; n < 500; n++) console.log(n); console.error('last')"
    played = await passes(
        [HOME, {"action": "evaluate", "expression": script}, {"action": "assert_visible", "text": "Mug"}]
    )

    found = played["s0"].output
    assert len(found["console"]) == 201
    assert found["console"][-1]["text"] == "last"
    assert found["left_out"] == 300


async def test_an_upload_is_a_file_of_the_flow_or_of_the_machine(passes, tmp_path):
    (tmp_path / "lamp.txt").write_text("bright")
    await passes(
        [
            HOME,
            {"action": "upload", "label": "Picture", "files": [{"name": "a.txt", "content": "inline"}]},
            {"action": "assert_text", "text": "a.txt:inline"},
            {"action": "upload", "label": "Picture", "files": [str(tmp_path / "lamp.txt")]},
            {"action": "assert_text", "text": "lamp.txt:bright"},
        ]
    )


async def test_viewport_device_locale_and_timezone_are_as_said(passes):
    script = "[innerWidth, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]"
    played = await passes(
        {
            "actions": [HOME, {"action": "evaluate", "expression": script}],
            "viewport": {"width": 500, "height": 400},
            "locale": "de-DE",
            "timezone": "Europe/Berlin",
        },
        {
            "actions": [{"action": "evaluate", "expression": "[innerWidth, navigator.userAgent.includes('Mobile')]"}],
            "device": "Pixel 7",
            "fresh": True,
        },
    )
    assert played["s0"].output["value"] == [500, "de-DE", "Europe/Berlin"]
    assert played["s1"].output["value"][1] is True


async def test_fresh_begins_anew_and_storage_brings_back_what_was(passes):
    await passes(
        [HOME, {"action": "evaluate", "expression": "localStorage.setItem('who', 'ada')"}],
        ({"action": "read_storage"}, {"output": {"kept": "value"}}),
        {"actions": [HOME, {"action": "evaluate", "expression": "localStorage.getItem('who')"}], "fresh": True},
        (
            {
                "actions": [HOME, {"action": "evaluate", "expression": "localStorage.getItem('who')"}],
                "fresh": True,
                "storage": "${kept}",
            },
            {"assert": ['value == "ada"']},
        ),
    )


async def test_the_trace_context_goes_with_the_page_and_with_nothing_else(site, resources, tmp_path):
    from testmesh_engine.actions.browser import BrowserAction, BrowserConfig
    from testmesh_sdk import ActionContext, Resources

    own, traced = Resources(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def attach(*_):
        raise AssertionError("nothing is kept")

    context = ActionContext(
        "e-1", "a", "s", "s", 1, None, {}, resources, own, lambda *_: None, attach, traceparent=traced
    )
    ask = f"fetch('{site}/headers').then(answer => answer.json())"
    config = BrowserConfig.model_validate(
        {"actions": [{"action": "goto", "url": f"{site}/headers"}, {"action": "evaluate", "expression": ask}]}
    )
    found = await BrowserAction().run(config, context)
    await own.close()

    assert f'"traceparent": "{traced}"' in found.text.lower()
    assert "traceparent" not in found.value


@pytest.mark.parametrize("how", ["at-the-end", "by-a-fresh-step"])
async def test_a_video_is_kept_once_the_pages_are_closed(passes, store, ffmpeg, how):
    filmed = {"actions": [HOME, {"action": "wait_for", "state": "load"}], "video": True}
    played = await passes(filmed, *([{"actions": [HOME], "fresh": True}] if how == "by-a-fresh-step" else []))

    (kept,) = [event for event in played.events if isinstance(event, ArtifactStored)]
    assert (kept.name, kept.path) == ("video-1.webm", "s0" if how == "at-the-end" else "s1")
    assert (await store.read(kept.storage_path)).startswith(b"\x1aE\xdf\xa3")
