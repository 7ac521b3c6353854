import base64
import gzip
import hashlib
import tracemalloc
import zlib

import brotli
import pytest
from aiohttp import web
from backports import zstd

from testmesh_engine.http.bodies import MAX_BODY_BYTES, parse_body
from testmesh_engine.http.encodings import UnpackedTooLargeError, UnpackError, unpack

PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
TEXT = b"line\n" * 3000


@pytest.mark.parametrize("encoding", PACKERS)
async def test_a_body_is_unpacked_whichever_way_it_is_packed(serve, passes, encoding):
    async def packed(request):
        assert encoding in request.headers["Accept-Encoding"]
        return web.Response(body=PACKERS[encoding](TEXT), headers={"Content-Encoding": encoding})

    base = await serve({"/": packed})

    await passes(({"url": base}, f"len(text) == {len(TEXT)}", f"size_bytes == {len(TEXT)}"))


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_bomb_is_unpacked_up_to_the_limit_alone(encoding):
    bomb = PACKERS[encoding](b"0" * (8 * 1024 * 1024))
    unpack(PACKERS[encoding](TEXT), [encoding], 10**6)  # what is imported for it is no part of the bomb

    tracemalloc.start()
    try:
        with pytest.raises(UnpackedTooLargeError):
            unpack(bomb, [encoding], 1024)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 1024 * 1024


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("cut", [1, 8])
def test_half_of_a_packed_body_is_refused(encoding, cut):
    with pytest.raises(UnpackError):
        unpack(PACKERS[encoding](TEXT)[:-cut], [encoding], 10**6)


@pytest.mark.parametrize("encoding", ["br", "zstd"])
def test_what_is_not_packed_as_it_says_is_refused(encoding):
    with pytest.raises(UnpackError):
        unpack(b"plain text", [encoding], 10**6)


def test_zstd_that_wants_too_much_memory_is_refused():
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    packer = zstd.ZstdCompressor(options=options)
    wide = packer.compress(b"0" * 100) + packer.flush()

    with pytest.raises(UnpackError):
        unpack(wide, ["zstd"], 10**6)


def test_several_zstd_frames_are_one_body():
    assert unpack(zstd.compress(b"ab") + zstd.compress(b"c"), ["zstd"], 3) == b"abc"


async def test_a_bomb_is_an_error_that_says_what_is_read(serve, fault_of):
    async def bomb(request):
        data = brotli.compress(b"0" * (MAX_BODY_BYTES + 1), quality=1)
        return web.Response(body=data, headers={"Content-Encoding": "br"})

    base = await serve({"/": bomb})

    assert (await fault_of({"url": base}))[0] == "TM434"


PNG = b"\x89PNG\r\n\xff\xfe"


async def test_a_body_that_is_no_text_is_kept_as_an_artifact(serve, passes, store):
    async def png(request):
        return web.Response(body=PNG, content_type="image/png")

    async def large(request):
        return web.Response(body=PNG * 1000, content_type="image/png")

    base = await serve({"/a.png": png, "/": large})
    digest = hashlib.sha256(PNG).hexdigest()

    played = await passes(
        (
            {"url": f"{base}/a.png"},
            f'body.sha256 == "{digest}"',
            f"body.size_bytes == {len(PNG)}",
            'body.content_type == "image/png"',
            'body.name == "a.png"',
            f'body.base64 == "{base64.b64encode(PNG).decode()}"',
            'text == ""',
        ),
        ({"url": base}, "body?.base64 == nil", 'body.name == "body"', f"size_bytes == {len(PNG) * 1000}"),
    )

    kept = [event for event in played.events if type(event).__name__ == "ArtifactStored"]
    assert [(each.name, each.content_type, each.path) for each in kept] == [
        ("a.png", "image/png", "s0"),
        ("body", "image/png", "s1"),
    ]
    assert await store.read(kept[0].storage_path) == PNG
    assert played["s0"].output["body"]["$artifact"] == str(kept[0].artifact_id)


@pytest.mark.parametrize(
    ("data", "content_type", "charset", "text"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"), "application/xml", None, "é"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode(), "text/xml", "utf-8", "é"),
        ("<a>é</a>".encode(), "application/soap+xml", None, "é"),
        ("<a>é</a>".encode("utf-16"), "application/xml", None, "é"),
        ("é".encode("latin-1"), "text/plain", "latin-1", "é"),
    ],
)
def test_a_text_is_read_in_the_character_set_that_it_says(data, content_type, charset, text):
    assert text in parse_body(data, content_type, charset)[1]


async def test_xml_can_be_looked_into(serve, passes):
    async def xml(request):
        data = '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>é</b></a>'.encode("latin-1")
        return web.Response(body=data, headers={"Content-Type": "application/xml"})

    base = await serve({"/": xml})

    await passes(({"url": base}, 'xpath(body, "string(/a/b)") == "é"'))


async def test_graphql_errors_are_data(serve, passes, asks):
    async def graphql(request):
        asked = await request.json()
        if asked["variables"]["id"] == 1:
            return web.json_response({"data": {"user": {"name": asked["query"]}}})
        return web.json_response({"data": None, "errors": [{"message": "no such user", "path": ["user"]}]})

    base = await serve({"/graphql": graphql})

    def step(number, *assertions):
        body = {"query": "query ($id: ID!) { user(id: $id) { name } }", "variables": {"id": number}}
        return ({"method": "POST", "url": f"{base}/graphql", "body": body}, *assertions)

    await passes(
        step(1, "body.errors == nil", 'body.data.user.name startsWith "query ($id"'),
        step(2, "status == 200", 'body.errors[0].message == "no such user"'),
    )
    assert (await asks(step(2, "body.errors == nil"))).outcome.status == "failed"
