"""`python examples/http/target.py`: a small HTTP service to try http_request on, until Ctrl-C or SIGTERM.

It has sessions by cookies, files, GraphQL, redirects, digest authentication and OAuth 2; nothing is kept.
"""

import argparse
import hashlib
import secrets
import socket

from aiohttp import web

USER, PASSWORD = "ada", "correct horse"
CLIENT, SECRET = "shop", "client secret"
PICTURE = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256))


class Target:
    """Answers; who signed in and which tokens were given is in memory."""

    def __init__(self) -> None:
        self._sessions: set[str] = set()
        self._tokens: set[str] = set()
        self._nonces: set[str] = set()

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/sign-in", self.sign_in)
        app.router.add_get("/me", self.me)
        app.router.add_get("/old", self.old)
        app.router.add_get("/picture", self.picture)
        app.router.add_post("/upload", self.upload)
        app.router.add_get("/feed", self.feed)
        app.router.add_post("/graphql", self.graphql)
        app.router.add_get("/digest", self.digest)
        app.router.add_post("/token", self.token)
        app.router.add_get("/orders", self.orders)
        return app

    async def sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form.get("name"), form.get("password")) != (USER, PASSWORD):
            return web.json_response({"error": "wrong name or password"}, status=401)
        session = secrets.token_urlsafe(12)
        self._sessions.add(session)
        response = web.json_response({"name": USER})
        response.set_cookie("session", session, httponly=True)
        return response

    async def me(self, request: web.Request) -> web.Response:
        is_known = request.cookies.get("session") in self._sessions
        return web.json_response({"name": USER} if is_known else {"error": "sign in"}, status=200 if is_known else 401)

    async def old(self, _: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/me")

    async def picture(self, _: web.Request) -> web.Response:
        headers = {"Content-Disposition": 'attachment; filename="ada.png"'}
        return web.Response(body=PICTURE, content_type="image/png", headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        """Say of each field and each file what came."""
        found = {}
        async for part in await request.multipart():
            data = await part.read()
            file = {"filename": part.filename, "type": part.headers.get("Content-Type"), "size": len(data),
                    "sha256": hashlib.sha256(data).hexdigest()}  # fmt: skip
            found[part.name] = file if part.filename else data.decode()
        return web.json_response(found, status=201)

    async def feed(self, _: web.Request) -> web.Response:
        text = '<?xml version="1.0" encoding="UTF-8"?><feed><item price="29.99">Lamp</item></feed>'
        return web.Response(text=text, content_type="application/xml")

    async def graphql(self, request: web.Request) -> web.Response:
        """Know one user, and answer with 200 whatever is asked, as GraphQL servers do."""
        wanted = (await request.json()).get("variables", {}).get("id")
        if wanted == 1:
            return web.json_response({"data": {"user": {"name": USER}}})
        return web.json_response(
            {"data": {"user": None}, "errors": [{"message": f"no user {wanted}", "path": ["user"]}]}
        )

    async def digest(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if given.startswith("Digest ") and any(f'nonce="{nonce}"' in given for nonce in self._nonces):
            return web.json_response({"name": USER})
        nonce = secrets.token_hex(8)
        self._nonces.add(nonce)
        asks = f'Digest realm="target", nonce="{nonce}", algorithm=SHA-256, qop="auth"'
        return web.Response(status=401, headers={"WWW-Authenticate": asks})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    async def orders(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return web.json_response({"items": []}, status=200 if token in self._tokens else 401)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8092, help="0 takes a free one (default: 8092)")
    listener = socket.create_server(("127.0.0.1", parser.parse_args().port))
    app = Target().application()

    async def announce(_: web.Application) -> None:
        print(f"target: http://127.0.0.1:{listener.getsockname()[1]}", flush=True)

    app.on_startup.append(announce)
    web.run_app(app, sock=listener, print=None, access_log=None)


if __name__ == "__main__":
    main()
