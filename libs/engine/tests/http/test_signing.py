import asyncio
import hashlib
import json

import pytest
from aiohttp import web
from yarl import URL

from testmesh_engine.http.asked import Asked
from testmesh_engine.http.digest import DigestAuth, challenges_in, proof_of

NONCE, OPAQUE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
DIGEST = {"digest": {"username": "Mufasa", "password": "Circle of Life"}}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_proof_is_the_one_of_the_standards_example(algorithm, response):
    said = f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}'
    said += f', nonce="{NONCE}", opaque="{OPAQUE}"'
    auth = DigestAuth(username="Mufasa", password="Circle of Life")
    asked = Asked("GET", URL("http://www.example.org/dir/index.html"), {}, None)

    proof = proof_of(challenges_in(said)[0], auth, asked, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")

    assert f'response="{response}"' in proof
    assert f'opaque="{OPAQUE}"' in proof


def test_a_challenge_is_found_between_others():
    said = 'Basic realm="a, Digest b=c", Digest realm="x \\"y\\"", nonce="n", qop="auth", Bearer'

    assert challenges_in(said) == [{"realm": 'x "y"', "nonce": "n", "qop": "auth"}]


class DigestServer:
    """Asks for a digest, and checks it by the standard's words."""

    def __init__(self, algorithm="SHA-256", qop="auth", more=""):
        self.asked, self.algorithm, self.qop, self.more = [], algorithm, qop, more

    async def view(self, request):
        given = request.headers.get("Authorization", "")
        self.asked.append(given)
        body = await request.read()
        if not given.startswith("Digest ") or not self.is_right(challenges_in(given)[0], request, body):
            said = f'Digest realm="r", nonce="n-1", algorithm={self.algorithm}{self.more}'
            said += f', qop="{self.qop}"' if self.qop else ""
            return web.Response(status=401, headers={"WWW-Authenticate": said})
        return web.json_response({"body": body.decode()})

    def is_right(self, said, request, body):
        def digest(text):
            data = text if isinstance(text, bytes) else text.encode()
            return hashlib.new("sha256" if "SHA" in self.algorithm else "md5", data).hexdigest()

        secret = digest("Mufasa:r:Circle of Life")
        if self.algorithm.endswith("sess"):
            secret = digest(f"{secret}:n-1:{said['cnonce']}")
        covered = f"{request.method}:{request.raw_path}"
        if self.qop == "auth-int":
            covered += f":{digest(body)}"
        middle = f"n-1:{said['nc']}:{said['cnonce']}:{self.qop}" if self.qop else "n-1"
        return said["response"] == digest(f"{secret}:{middle}:{digest(covered)}") and said["uri"] == request.raw_path


@pytest.mark.parametrize(
    ("algorithm", "qop"),
    [("SHA-256", "auth"), ("MD5", "auth"), ("MD5", ""), ("SHA-256-sess", "auth"), ("SHA-256", "auth-int")],
)
async def test_a_server_that_wants_a_digest_gets_one(serve, passes, algorithm, qop):
    server = DigestServer(algorithm, qop)
    base = await serve({"/a": server.view})
    config = {"method": "POST", "url": f"{base}/a?x=1%202", "body": "data", "auth": DIGEST}

    played = await passes((config, "status == 200", 'body.body == "data"'))

    assert len(server.asked) == 2
    assert played["s0"].input["auth"] == {"digest": {"username": "Mufasa", "password": "***"}}
    assert played["s0"].output["request"]["headers"]["Authorization"] == "***"


async def test_a_wrong_password_is_an_answer_that_can_be_asserted(serve, passes):
    server = DigestServer()
    base = await serve({"/": server.view})

    await passes(({"url": base, "auth": {"digest": {"username": "Mufasa", "password": "x"}}}, "status == 401"))

    assert len(server.asked) == 2


async def test_a_digest_of_an_unknown_kind_is_an_error_that_names_it(serve, fault_of):
    base = await serve({"/": DigestServer("SHA-3").view})

    code, message = await fault_of({"url": base, "auth": DIGEST})

    assert code == "TM471"
    assert "not known here (SHA-3)" in message


class TokenServer:
    """Gives tokens, and serves what they are good for."""

    def __init__(self):
        self.given, self.requests, self.good, self.says = 0, [], set(), {"expires_in": 3600}
        self.gate = asyncio.Event()
        self.gate.set()
        self.status = 200

    async def token(self, request):
        form = await request.post()
        self.requests.append((dict(form), request.headers.get("Authorization"), request.headers.get("Cookie")))
        await self.gate.wait()
        if self.status != 200:
            return web.json_response(self.says, status=self.status)
        self.given += 1
        token = f"token-{self.given}-77"
        self.good.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", **self.says})

    async def data(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return web.json_response({"told": token}, status=200 if token in self.good else 401)

    async def moved(self, request):
        raise web.HTTPFound(request.query["to"])

    @property
    def views(self):
        return {"/token": self.token, "/data": self.data, "/moved": self.moved}


def oauth2(base, **more):
    return {"oauth2": {"token_url": f"{base}/token", "client_id": "shop", "client_secret": "s-&-77", **more}}


async def test_a_token_is_asked_for_once_and_used_by_all(serve, passes):
    server = TokenServer()
    base = await serve(server.views)
    step = ({"url": f"{base}/data", "auth": oauth2(base, scope=["a", "b"], audience="x")}, "status == 200")

    await passes(step, step)
    await passes(step)

    assert server.given == 1
    form, authorization, _ = server.requests[0]
    assert form == {"grant_type": "client_credentials", "scope": "a b", "audience": "x"}
    assert authorization == "Basic c2hvcDpzLSUyNi03Nw=="


async def test_a_token_is_masked_in_all_that_is_recorded(serve, passes):
    server = TokenServer()
    base = await serve(server.views)

    played = await passes(({"url": f"{base}/data", "auth": oauth2(base, credentials_in="body")}, "status == 200"))

    assert server.requests[0][0]["client_secret"] == "s-&-77"
    assert played["s0"].output["body"] == {"told": "***"}
    assert "token-1-77" not in played.said
    assert "s-&-77" not in played.said
    assert played["s0"].input["auth"]["oauth2"] == {
        "token_url": f"{base}/token",
        "client_id": "shop",
        "client_secret": "***",
        "credentials_in": "body",
    }


@pytest.mark.parametrize("other", [{"client_secret": "other"}, {"scope": "more"}, {"client_id": "other"}])
async def test_who_asks_with_other_credentials_gets_another_token(serve, passes, other):
    server = TokenServer()
    base = await serve(server.views)

    await passes(
        ({"url": f"{base}/data", "auth": oauth2(base)}, "status == 200"),
        ({"url": f"{base}/data", "auth": oauth2(base, **other)}, "status == 200"),
    )

    assert server.given == 2


async def test_a_kept_token_that_is_refused_is_replaced_once(serve, passes):
    server = TokenServer()
    base = await serve(server.views)
    config = {"url": f"{base}/data", "auth": oauth2(base)}

    await passes((config, "status == 200"))
    server.good.clear()
    await passes((config, "status == 200"))
    assert server.given == 2

    async def never(request):
        return web.Response(status=401)

    refusing = await serve({"/data": never})
    await passes(({"url": f"{refusing}/data", "auth": oauth2(base)}, "status == 401"))
    assert server.given == 3


async def test_a_token_is_replaced_before_it_ends(serve, passes):
    server = TokenServer()
    server.says = {"expires_in": "0"}
    base = await serve(server.views)
    config = ({"url": f"{base}/data", "auth": oauth2(base)}, "status == 200")

    await passes(config, config)

    assert server.given == 2


async def test_many_who_want_a_token_at_once_wait_for_one(serve, asks):
    server = TokenServer()
    server.gate.clear()
    base = await serve(server.views)
    config = ({"url": f"{base}/data", "auth": oauth2(base)}, "status == 200")

    playing = [asyncio.create_task(asks(config)) for _ in range(20)]
    async with asyncio.timeout(10):
        while not server.requests:
            await asyncio.sleep(0.005)
    playing[0].cancel()  # whoever asked first gives up, and another asks instead
    await asyncio.wait(playing[:1])
    server.gate.set()
    played = await asyncio.gather(*playing[1:])

    assert {each.outcome.status for each in played} == {"passed"}
    assert len(server.requests) <= 2


async def test_a_token_and_a_steps_cookies_are_not_for_another_host(serve, passes):
    server, other = TokenServer(), TokenServer()
    base, there = await serve(server.views), await serve(other.views)
    config = {"url": f"{base}/moved?to={there}/data", "auth": oauth2(base), "cookies": {"c": "1"}}

    played = await passes((config, "status == 401", 'body.told == ""'))

    assert server.requests[0][2] is None
    assert "Authorization" not in played["s0"].output["request"]["headers"]


@pytest.mark.parametrize(
    ("status", "says", "code", "words"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "no such client"},
            "TM467",
            "401 invalid_client: no such",
        ),
        (400, {"error": "invalid_scope"}, "TM467", "400 invalid_scope; look at client_id, client_secret, scope"),
        (200, {"access_token": None}, "TM468", "no access_token in JSON"),
        (200, {"access_token": "a b"}, "TM468", "is it the token_url?"),
        (200, {"token_type": "mac"}, "TM468", "a token of the type mac"),
    ],
)
async def test_a_server_that_gives_no_token_is_told_in_its_own_words(serve, fault_of, status, says, code, words):
    server = TokenServer()
    server.status, server.says = status, says
    base = await serve(server.views)

    found, message = await fault_of({"url": f"{base}/data", "auth": oauth2(base)})

    assert found == code
    assert message.startswith(f"GET {base}/data: POST {base}/token, for a token: ")
    assert words in message


async def test_a_token_server_that_is_away_is_named(serve, fault_of):
    auth = oauth2("http://127.0.0.1:1")

    code, message = await fault_of({"url": "http://127.0.0.1:2/", "auth": auth})

    assert code == "TM430"
    assert "POST http://127.0.0.1:1/token, for a token: connection refused" in message


@pytest.mark.parametrize("auth", [{"digest": "hunter22"}, {"oauth2": {"client_secret": "hunter22", "x": "hunter22"}}])
async def test_auth_that_is_mistaken_is_hidden(asks, auth):
    played = await asks({"url": "http://h/", "auth": "${from_json(given)}"}, env={"given": json.dumps(auth)})

    assert played["s0"].error_code == "TM413"
    assert "hunter22" not in json.dumps(played["s0"].input["auth"]) + played["s0"].error_message
