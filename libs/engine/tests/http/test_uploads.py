import base64
import json

import pytest
from aiohttp import web

from testmesh_engine.executor.sources import NoSources, SourceError
from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.language.mentions import mentioned_files

PICTURE = b"\x89PNG\xff\x00"


async def parts(request):
    """Say what a multipart body holds, in its order."""
    found = []
    async for part in await request.multipart():
        data = await part.read()
        found.append([part.name, part.filename, part.headers.get("Content-Type"), base64.b64encode(data).decode()])
    return web.json_response(found)


async def raw(request):
    data = await request.read()
    return web.json_response([request.headers.get("Content-Type"), base64.b64encode(data).decode()])


async def picture(request):
    headers = {"Content-Disposition": 'attachment; filename="../../ada.png"'}
    return web.Response(body=PICTURE, content_type="image/png", headers=headers)


class Folder(NoSources):
    def __init__(self, **files):
        self.files = {name.replace("_", "."): data for name, data in files.items()}

    async def file(self, path, owner):
        if path not in self.files:
            raise SourceError(f'the file "{path}" did not come along')
        return self.files[path]


def in_base64(data):
    return base64.b64encode(data).decode()


async def test_files_are_sent_from_the_flows_folder_and_written_out_and_with_fields(serve, passes):
    base = await serve({"/": parts})
    files = {
        "avatar": "ada.png",
        "notes": [{"text": "héllo"}, {"base64": in_base64(b"\x00\xff"), "filename": 'a"b.bin'}],
        "rows": {"path": "ada.png", "filename": "rows.csv", "content_type": "text/csv"},
    }
    config = {"method": "POST", "url": base, "form": {"name": "Ada", "tag": ["a", "b"]}, "files": files}

    played = await passes((config, "status == 200"), sources=Folder(ada_png=PICTURE))

    assert played["s0"].output["body"] == [
        ["name", None, None, in_base64(b"Ada")],
        ["tag", None, None, in_base64(b"a")],
        ["tag", None, None, in_base64(b"b")],
        ["avatar", "ada.png", "image/png", in_base64(PICTURE)],
        ["notes", "notes", "text/plain; charset=utf-8", in_base64("héllo".encode())],
        ["notes", "a%22b.bin", "application/octet-stream", in_base64(b"\x00\xff")],
        ["rows", "rows.csv", "text/csv", in_base64(PICTURE)],
    ]


async def test_what_a_step_downloaded_is_sent_on_by_another(serve, passes):
    base = await serve({"/": parts, "/picture": picture})
    artifact = {"artifact": "${s0.body}"}
    config = {
        "method": "POST",
        "url": base,
        "files": {"whole": artifact, "by_id": {"artifact": '${s0.body["$artifact"]}'}},
    }

    played = await passes({"url": f"{base}/picture"}, (config, "status == 200"))

    assert played["s1"].output["body"] == [
        ["whole", "ada.png", "image/png", in_base64(PICTURE)],
        ["by_id", "by_id", "application/octet-stream", in_base64(PICTURE)],
    ]


async def test_an_artifact_of_another_execution_is_not_to_be_had(serve, asks, fault_of):
    base = await serve({"/": parts, "/picture": picture})
    played = await asks({"url": f"{base}/picture"})
    other = played["s0"].output["body"]

    for given in (other, other["$artifact"], other["sha256"], {"no": "artifact"}):
        code, message = await fault_of({"method": "POST", "url": base, "files": {"a": {"artifact": given}}})
        assert code == "TM462", message


async def test_a_file_that_is_not_there_is_an_error_that_names_it(serve, fault_of):
    base = await serve({"/": parts})
    config = {"method": "POST", "url": base, "files": {"avatar": ["no.png"]}}

    code, message = await fault_of(config, sources=Folder())

    assert code == "TM460"
    assert message == f'POST {base}: files.avatar[0]: the file "no.png" did not come along'


async def test_on_a_server_a_path_with_a_reference_is_told_to_be_written_out(serve, fault_of):
    base = await serve({"/": parts})
    config = {"method": "POST", "url": base, "files": {"avatar": "${name}.png"}}

    code, message = await fault_of(config, env={"name": "ada"}, sources=Folder(), on_server=True)

    assert code == "TM460"
    assert "ada.png" in message
    assert "a path with a reference in it does not travel" in message


async def test_bytes_are_sent_as_they_are(serve, passes):
    base = await serve({"/": raw})
    config = {"method": "PUT", "url": base, "body_base64": in_base64(PICTURE)}

    await passes(
        (config, f'body == ["application/octet-stream", "{in_base64(PICTURE)}"]'),
        (config | {"headers": {"content-type": "image/png"}}, 'body[0] == "image/png"'),
    )


@pytest.mark.parametrize("given", ["???", "YQ=", "Ü"])
async def test_what_is_no_base64_is_told(serve, fault_of, given):
    base = await serve({"/": raw})

    for config in ({"body_base64": given}, {"files": {"a": {"base64": given}}}):
        code, message = await fault_of({"method": "POST", "url": base, **config})
        assert code == "TM461"
        assert "is no base64" in message


@pytest.mark.parametrize(
    "given", [{"body": "a", "form": {}}, {"body": "a", "files": {"a": "b"}}, {"body_base64": "", "body": "a"}]
)
def test_more_than_one_body_is_refused_before_the_flow_starts(given):
    step = {"action": "http_request", "config": {"method": "POST", "url": "http://h/", **given}}

    with pytest.raises(FlowInvalidError, match="a request has one body, not"):
        parse_flow(json.dumps({"name": "a", "steps": [step]}))


async def test_files_that_are_too_large_together_are_not_sent(serve, fault_of):
    base = await serve({"/": parts})
    large = Folder(a_bin=b"0" * (16 * 1024 * 1024))

    code, message = await fault_of({"method": "POST", "url": base, "files": {"a": ["a.bin"] * 5}}, sources=large)

    assert code == "TM463"
    assert "files.a[4]" in message


def test_files_to_send_travel_with_the_flow():
    files = {"a/b": "one.png", "many": ["two.png", {"path": "three.png"}, "${four}.png"], "inline": {"text": "x"}}
    step = {"action": "http_request", "config": {"method": "POST", "url": "http://h", "files": files}}
    flow = parse_flow(json.dumps({"name": "a", "steps": [{"action": "group", "config": {"steps": [step]}}]}))

    found = [(mention.text, mention.pointer.partition("/config/files")[2]) for mention in mentioned_files(flow)]

    assert found == [("one.png", "/a~1b"), ("two.png", "/many/0"), ("three.png", "/many/1/path")]
