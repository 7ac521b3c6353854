"""What a browser's context is made with, from the config of the step that opens it."""

import difflib
from collections.abc import Callable
from typing import Any, Final

from playwright.async_api import Playwright

from testmesh_engine.actions.browser import BrowserConfig
from testmesh_engine.egress.proxy import Proxy
from testmesh_sdk import ActionError

SAID_WHEN_OPENED: Final = ("device", "locale", "timezone", "storage", "verify_tls", "video")
_OF_A_DEVICE: Final = ("user_agent", "viewport", "device_scale_factor", "is_mobile", "has_touch")


def said(config: BrowserConfig) -> dict[str, Any]:
    """Return what a step says of the context itself; what it does not say is as it is."""
    return {name: getattr(config, name) for name in SAID_WHEN_OPENED if name in config.model_fields_set}


def refuse_change(config: BrowserConfig, opened_with: dict[str, Any]) -> None:
    """Return if a step says nothing of its context that an open one is not.

    Raises:
        ActionError: the page is open already, in another way.
    """
    defaults = {name: BrowserConfig.model_fields[name].default for name in SAID_WHEN_OPENED}
    for name, value in said(config).items():
        if value != opened_with.get(name, defaults[name]):
            advice = "write it into the first step that uses the browser, or set fresh: true to begin anew"
            raise ActionError("TM558", f'"{name}" cannot change while the page is open: {advice}')


def options_of(
    config: BrowserConfig, proxy: Proxy | None, video_dir: str | None
) -> Callable[[Playwright], dict[str, Any]]:
    """Return what a context is made with; devices are looked up in Playwright."""

    def made(playwright: Playwright) -> dict[str, Any]:
        options = _device(config.device, playwright.devices) if config.device else {}
        if config.viewport is not None:
            options["viewport"] = config.viewport.model_dump()
        given = {"locale": config.locale, "timezone_id": config.timezone, "storage_state": config.storage}
        options |= {name: value for name, value in given.items() if value is not None}
        options["ignore_https_errors"] = not config.verify_tls
        if video_dir is not None:
            options["record_video_dir"] = video_dir
        if proxy is not None:
            options |= _through(proxy)
        return options

    return made


def _device(name: str, devices: dict[str, Any]) -> dict[str, Any]:
    found = devices.get(name)
    if found is None:
        like = difflib.get_close_matches(name, devices, 3, 0.4)
        hint = f"did you mean {' or '.join(map(repr, like))}?" if like else "look at Playwright's list of devices"
        raise ActionError("TM559", f"no device is called {name!r}; {hint}")
    return {key: found[key] for key in _OF_A_DEVICE if key in found}


def _through(proxy: Proxy) -> dict[str, Any]:
    way = {"server": proxy.url, "bypass": "<-loopback>", "username": proxy.username, "password": proxy.password}
    return {"proxy": way}
