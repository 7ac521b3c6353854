"""Addresses and headers as records may show them."""

from collections.abc import Mapping

from yarl import URL

from testmesh_engine.actions.http_request import HIDDEN, HttpRequestConfig, hide_headers


def url_shown(config: HttpRequestConfig, url: URL) -> str:
    """Return an address without the password and the key in it."""
    key = config.auth.api_key if config.auth else None
    if key is not None and key.place == "query" and key.name in url.query:
        url = url.update_query({key.name: HIDDEN})
    return str(url.with_password(HIDDEN) if url.password else url)


def headers_shown(config: HttpRequestConfig, headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without what proves who asks."""
    shown = hide_headers(headers)
    key = config.auth.api_key if config.auth else None
    return {name: HIDDEN if key and name.lower() == key.name.lower() else value for name, value in shown.items()}
