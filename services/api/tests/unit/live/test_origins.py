"""Which pages may open a WebSocket."""

import pytest
from starlette.datastructures import Headers

from testmesh_api.config import ApiSettings
from testmesh_api.live.origins import is_allowed


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://here:8080", True),
        ("https://here:8080", True),
        ("https://a.example", True),
        ("https://b.example", True),
        ("https://c.example", False),
        ("http://here", False),
        ("http://here:8080.evil.example", False),
        ("null", False),
        ("", False),
        ("http://[::1", False),
    ],
)
def test_pages_of_this_server_and_those_that_are_listed_may(origin, allowed, monkeypatch):
    monkeypatch.setenv("TESTMESH_API_ALLOWED_ORIGINS", "https://a.example, https://b.example/,")
    headers = Headers({"host": "here:8080"} | ({} if origin is None else {"origin": origin}))

    assert is_allowed(headers, ApiSettings().origins) is allowed
