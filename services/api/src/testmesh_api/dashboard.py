"""The dashboard's files on the API's own address: whatever is no route, and no file, is a page of the app."""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

BUILT = Path(__file__).parent / "static"
"""Where `make web` puts the pages, and where the wheel has them."""
INDEX = "index.html"
_SECURITY = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>TestMesh</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>body {font: 16px/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem}</style>
<main><h1>The pages are not built yet</h1>
<p>This server runs from a source folder without the dashboard's build. In that folder, run</p>
<pre><code>make web</code></pre><p>and load this page again; the server need not be started anew.</p>
<p>The API works without it: see <a href="/docs">its reference</a>.</p></main></html>
"""


class Dashboard:
    """Answers GETs that no route takes; what is under `/api`, and what is not there, goes on to `otherwise`."""

    def __init__(self, folder: Path, otherwise: ASGIApp) -> None:
        self._folder = folder
        self._otherwise = otherwise
        self._files = GZipMiddleware(_Files(directory=folder, check_dir=False), minimum_size=1000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = str(scope.get("path", "")).strip("/").split("/")
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not _is_public(parts):
            await self._otherwise(scope, receive, send)
        elif not (self._folder / INDEX).is_file():
            answer: ASGIApp = HTMLResponse(_NOT_BUILT, 503, _SECURITY) if parts == [""] else self._otherwise
            await answer(scope, receive, send)
        else:
            path = f"/{INDEX}" if parts[0] != "assets" and "." not in parts[-1] else scope["path"]
            await self._files({**scope, "path": path, "root_path": ""}, receive, send)


class _Files(StaticFiles):
    """Files whose names have their digest are kept for ever, the others are asked for each time."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        has_digest = str(scope["path"]).startswith("/assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if has_digest else "no-cache"
        response.headers.update(_SECURITY)
        return response


def serve_dashboard(app: FastAPI, folder: Path | None) -> None:
    """Let an app show the dashboard wherever it has no route; routes, and what they refuse, stay as they are."""
    app.router.default = Dashboard(folder or BUILT, app.router.default)


def _is_public(parts: list[str]) -> bool:
    return parts[0] != "api" and not any(part.startswith(".") for part in parts)
