"""A run reads the flows and files that were pinned for it, and nothing else."""

import hashlib

import pytest
from aiohttp import web

from testmesh_contracts.executions import CalledFlow, FlowBody
from testmesh_contracts.flows import FileBody

pytestmark = pytest.mark.integration

CALLER = "name: caller\nsteps:\n  - {id: c, action: run_flow, config: {flow: login}, assert: ['word == \"pinned\"']}\n"
CALLED = "name: login\nsteps:\n  - {id: s, action: set, config: {word: pinned}, output: {word: word}}\n"
CALLED += "outputs: {word: word}\n"
ROWS = "name: rows\ndata: {file: people.csv}\nsteps:\n"
ROWS += "  - {id: s, action: assert, config: {data: '${who}'}, assert: ['len(data) == 3']}\n"
EACH = 'name: each\ndata: {file: rows.csv}\nsteps:\n  - {id: s, action: log, config: {message: "${who}"}}\n'
BOTH = "name: both\nsteps:\n  - {id: a, action: run_flow, config: {flow: a/each.yaml}}\n"
BOTH += "  - {id: b, action: run_flow, config: {flow: b/each.yaml}}\n"

UPLOAD = "name: upload\nsteps:\n  - id: s\n    action: http_request\n"
UPLOAD += "    config: {{method: POST, url: '{url}', files: {{note: {path}}}}}\n    assert: ['body.note == \"hi\"']\n"


def body(source):
    return FlowBody(digest=hashlib.sha256(source.encode()).hexdigest(), source=source)


def kept(house, text, digest=None):
    digest = digest or hashlib.sha256(text.encode()).hexdigest()
    folder = house.folder / "artifacts" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest).write_text(text)
    return FileBody(digest=digest, size_bytes=len(text))


def steps(house, request):
    events = house.events[request.execution_id, 1].values()
    return {event["path"]: event["status"] for event in events if event["type"] == "step.finished"}


def end(house, request):
    finished = house.finished[request.execution_id][0]
    return finished["status"], finished["error_code"]


async def test_a_called_flow_and_rows_are_those_that_were_pinned(house):
    called = CalledFlow(name="login", version=4, body=body(CALLED))
    calling = house.request(body=body(CALLER), calls={"login": 0}, called=[called])
    rows = house.request(body=body(ROWS), files={"people.csv": kept(house, "who\nada\nbob\n")})
    await house.ask(calling, rows)
    house.start_runner()

    await house.until_finished(calling, rows)

    assert (end(house, calling), steps(house, calling)) == (("passed", None), {"c/s": "passed", "c": "passed"})
    assert (end(house, rows), steps(house, rows)) == (("passed", None), {"s[0]": "passed", "s[1]": "passed"})


async def test_two_flows_of_one_source_read_what_each_of_them_names(house):
    files = [kept(house, "who\nada\n"), kept(house, "who\nbob\ncyd\n")]
    called = [
        CalledFlow(name="each", file=f"{folder}/each.yaml", body=body(EACH), files={"rows.csv": file})
        for folder, file in zip("ab", files, strict=True)
    ]
    request = house.request(body=body(BOTH), calls={"a/each.yaml": 0, "b/each.yaml": 1}, called=called)
    await house.ask(request)
    house.start_runner()

    await house.until_finished(request)

    assert end(house, request) == ("passed", None)
    assert sorted(steps(house, request)) == ["a", "a/s[0]", "b", "b/s[0]", "b/s[1]"]


async def test_what_was_not_pinned_or_cannot_be_read_ends_as_an_error(house):
    (house.folder / "people.csv").write_text("who\nada\n")
    changed = kept(house, "who\neve\n", digest="b" * 64)
    unread = [
        house.request(body=body(CALLER)),
        house.request(body=body(CALLER), calls={"login": 3}),
        house.request(
            body=body(CALLER), calls={"login": 0}, called=[CalledFlow(name="login", body=FlowBody(digest="a" * 64))]
        ),
        house.request(body=body(ROWS)),
        house.request(body=body(ROWS), files={"people.csv": FileBody(digest="c" * 64, size_bytes=1)}),
        house.request(body=body(ROWS), files={"people.csv": FileBody(digest="../../people.csv", size_bytes=1)}),
        house.request(body=body(ROWS), files={"people.csv": changed}),
    ]
    await house.ask(*unread)
    house.start_runner()

    await house.until_finished(*unread)

    assert [end(house, request) for request in unread] == [("error", "TM456")] * len(unread)


async def test_a_file_to_send_is_the_one_that_came_along_and_no_other_is_read(house):
    async def upload(request):
        return web.json_response({name: file.file.read().decode() for name, file in (await request.post()).items()})

    app = web.Application()
    app.router.add_post("/", upload)
    target = web.AppRunner(app)
    await target.setup()
    site = web.TCPSite(target, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/"
    sent = house.request(
        body=body(UPLOAD.format(url=url, path="notes/a.txt")), files={"notes/a.txt": kept(house, "hi")}
    )
    other = house.request(body=body(UPLOAD.format(url=url, path="/etc/hostname")))
    await house.ask(sent, other)
    house.start_runner()

    await house.until_finished(sent, other)
    await target.cleanup()

    assert (end(house, sent), steps(house, sent)) == (("passed", None), {"s": "passed"})
    assert (end(house, other), steps(house, other)) == (("error", "TM460"), {"s": "error"})
