import socket
from types import SimpleNamespace

import pytest
from aiohttp import web
from yarl import URL

from testmesh_engine.egress.proxy import Proxy, filtering_proxy
from testmesh_engine.http.proxies import EnvironmentProxies
from testmesh_sdk import OPEN


async def hello(request):
    return web.json_response({"via": request.headers.get("Via"), "headers": dict(request.headers)})


@pytest.fixture
async def proxy():
    """A forward proxy that wants to know who asks, and its address with who that is."""
    async with filtering_proxy(OPEN) as started:
        known = str(URL(started.url).with_user(started.username).with_password(started.password))
        yield SimpleNamespace(url=started.url, known=known, password=started.password)


@pytest.fixture
def unused_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def through(proxy, monkeypatch):
    """Tell of the targets that the proxy was asked for."""
    targets, connect = [], Proxy._connect

    async def noted(self, target):
        targets.append((target.host, target.port))
        return await connect(self, target)

    monkeypatch.setattr(Proxy, "_connect", noted)
    return targets


@pytest.mark.parametrize(("secure", "http2"), [(False, False), (True, False), (True, True)])
async def test_a_request_goes_through_the_proxy_that_the_step_names(
    serve, passes, authority, proxy, through, secure, http2
):
    base = await serve({"/": hello}, authority.server() if secure else None)
    config = {"url": base, "proxy": proxy.known, "http2": http2} | ({"ca_cert": authority.pem} if secure else {})

    played = await passes((config, "status == 200"))

    assert through == [("127.0.0.1", URL(base).port)]
    assert "Proxy-Authorization" not in played["s0"].output["body"]["headers"]
    assert proxy.password not in played.said
    assert played["s0"].input["proxy"] == proxy.known.replace(proxy.password, "***")


@pytest.mark.parametrize("secure", [False, True])
async def test_a_proxy_that_wants_to_know_who_asks_is_told_apart_from_the_target(
    serve, fault_of, authority, proxy, secure
):
    base = await serve({"/": hello}, authority.server() if secure else None)

    code, message = await fault_of({"url": base, "proxy": proxy.url})

    assert code == "TM469"
    assert "407" in message
    assert "user:password@" in message


async def test_a_proxy_that_is_not_there_is_named(fault_of, unused_port):
    for more in ({}, {"http2": True}):
        code, message = await fault_of({"url": "https://h/", "proxy": f"http://127.0.0.1:{unused_port}", **more})

        assert code == "TM469"
        assert f"no connection to the proxy 127.0.0.1:{unused_port}" in message


async def test_a_target_that_the_proxy_does_not_reach_is_told(fault_of, proxy, unused_port):
    for more in ({}, {"http2": True}):
        code, message = await fault_of({"url": f"https://127.0.0.1:{unused_port}/", "proxy": proxy.known, **more})

        assert code == "TM469", message
        assert "the proxy makes no connection to the target: 502" in message


@pytest.mark.parametrize("given", ["socks5://127.0.0.1:1080", "127.0.0.1:8080", "http://", "http://u:hunter22@["])
async def test_what_is_no_proxy_is_told_without_its_password(fault_of, given):
    code, message = await fault_of({"url": "http://h/", "proxy": given})

    assert code == "TM469"
    assert "a proxy is written http://host:port" in message
    assert "hunter22" not in message


def test_the_environment_says_which_addresses_have_a_proxy():
    found = EnvironmentProxies.of({
        "HTTP_PROXY": "http://p:1", "https_proxy": "q:2", "NO_PROXY": "internal, .corp:8080,10.0.0.0/8,one.example",
    })  # fmt: skip

    def proxy_for(url):
        return found.proxy_for(URL(url))

    assert proxy_for("http://shop/") == "http://p:1"
    assert proxy_for("https://shop/") == "http://q:2"
    assert proxy_for("http://a.corp/") == "http://p:1"
    assert proxy_for("http://notinternal/") == "http://p:1"
    for url in ("http://internal/", "http://a.internal/", "http://a.corp:8080/", "http://10.1.2.3/", "http://ONE.example",
                "http://localhost:8090/", "http://127.0.0.1/", "http://[::1]/", "http://a.localhost/"):  # fmt: skip
        assert proxy_for(url) is None, url
    assert EnvironmentProxies.of({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}).proxy_for(URL("http://a/")) is None


async def test_the_proxy_of_the_environment_is_used_unless_the_step_says_no(passes, asks, proxy, through):
    url, environment = "http://shop.invalid/", {"http_proxy": proxy.known}

    played = await passes(({"url": url}, "status == 502"), proxies=environment)
    assert through == [("shop.invalid", 80)]
    assert proxy.password not in played.said

    played = await asks({"url": url, "proxy": False}, proxies=environment)
    assert played["s0"].error_code == "TM431"
    assert len(through) == 1
