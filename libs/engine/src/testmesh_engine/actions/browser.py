"""`browser`: do things on a page as a person would, and look at what it shows. One page is kept over a flow's steps."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from testmesh_engine.actions.browser_words import DEEDS, LOCATORS, Word, taken
from testmesh_engine.actions.http_request import HIDDEN, hide_password
from testmesh_engine.browser.settings import BrowserSettings
from testmesh_engine.reporters.secrecy import names_a_secret
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration

_NAMING: Final = ("selector", "name", "label", "placeholder", "test_id", "text")
_TYPES: Final = ("fill", "type")


class UploadedFile(ActionConfig):
    """A file that is given to a page, written in the flow."""

    name: str = Field(min_length=1, description="What the page is told that it is called")
    content: str = Field(description="Its text; with base64: true, its bytes")
    base64: bool = Field(default=False, description="Whether content is base64")
    content_type: str = Field(default="application/octet-stream", description="What the page is told that it is")


class Deed(ActionConfig):
    """One thing to do on the page, or to look at. Which keys belong to which action is a matter of the action."""

    action: Word | None = Field(default=None, description="What to do")
    selector: str | None = Field(default=None, description="CSS, or xpath=…", examples=["#email", ".card >> text=Lamp"])
    role: str | None = Field(default=None, description="The role that an element has for a screen reader: button, …")
    name: str | None = Field(default=None, description="With role: what the element is called")
    label: str | None = Field(default=None, description="The label of a field")
    placeholder: str | None = Field(default=None, description="The placeholder of a field")
    test_id: str | None = Field(default=None, description="The value of data-testid")
    text: str | None = Field(
        default=None, description="A text that the element shows; of assert_text, what is expected"
    )
    exact: bool = Field(default=False, description="Name, label and text are all of it, in this case; assert_text: all")
    within: str | None = Field(default=None, description="CSS of what the element is inside of")
    frame: str | None = Field(default=None, description="CSS of the iframe that the element is in")
    nth: int | None = Field(default=None, ge=0, description="Which of several elements, from 0; without it, one only")
    url: str | None = Field(default=None, min_length=1, description="An address; where one is awaited, * is any text")
    title: str | None = Field(default=None, description="The title that is expected; * is any text")
    value: Any = Field(default=None, description="What to write or choose; of assert_value, what is expected")
    key: str | None = Field(default=None, min_length=1, examples=["Enter", "Control+A"], description="What to press")
    button: Literal["left", "right", "middle"] = Field(default="left", description="Of the mouse")
    clicks: int = Field(default=1, ge=1, le=3, description="2 is a double click")
    files: list[str | UploadedFile] | None = Field(default=None, description="Paths, or files written in the flow")
    expression: str | None = Field(default=None, min_length=1, description="JavaScript: an expression or a function")
    argument: Any = Field(default=None, description="What the function of expression is called with")
    state: Literal["visible", "hidden", "attached", "detached", "load", "domcontentloaded", "networkidle"] | None = (
        Field(default=None, description="Of an element, visible by default; of the page, that it is loaded")
    )
    wait_until: Literal["load", "domcontentloaded", "networkidle", "commit"] = Field(
        default="load", description="When a navigation is done"
    )
    count: int | None = Field(default=None, ge=0, description="How many elements are expected")
    save_as: str | None = Field(default=None, min_length=1, max_length=200, description="What the artifact is called")
    full_page: bool = Field(default=False, description="All of the page, and not what of it is to be seen")
    answer: Literal["accept", "dismiss"] = Field(default="dismiss", description="To dialogs, from here on")
    page: int | Literal["last"] | None = Field(default=None, description="Which of the open pages, from 1")
    timeout: Duration | None = Field(default=None, description="How long to wait; within the step's own time")

    @model_validator(mode="after")
    def has_its_keys(self) -> Self:
        if self.action is not None:
            _check_keys(self)
        return self


class Viewport(ActionConfig):
    """How large a page is, in CSS pixels."""

    width: int = Field(ge=1, le=10_000, description="From left to right")
    height: int = Field(ge=1, le=10_000, description="From top to bottom")


class BrowserConfig(Deed):
    """Actions on the page of this execution, which is opened with the first of them."""

    actions: list[Deed] | None = Field(default=None, min_length=1, description="Several, in this order")
    engine: Literal["chromium"] = Field(default="chromium", description="Which browser")
    viewport: Viewport | None = Field(default=None, description="1280 by 720 where neither this nor device says more")
    device: str | None = Field(default=None, examples=["iPhone 15", "Pixel 7"], description="By Playwright's names")
    locale: str | None = Field(default=None, examples=["de-DE"], description="The language of the person")
    timezone: str | None = Field(default=None, examples=["Europe/Berlin"], description="Where the person's clock is")
    storage: dict[str, Any] | None = Field(
        default=None, description="Cookies and local storage to begin with, as read_storage finds them"
    )
    verify_tls: bool = Field(default=True, description="Refuse a certificate that cannot be trusted")
    video: bool = Field(default=False, description="Keep a video of each page, once fresh or the flow's end closes it")
    trace: bool = Field(
        default=False, description="Keep a trace of this step; of one that does not pass it is kept anyway"
    )
    fresh: bool = Field(default=False, description="Close the pages and begin anew, as a person never seen before")

    @model_validator(mode="after")
    def says_what_to_do(self) -> Self:
        if (self.action is None) == (self.actions is None):
            raise ValueError("write one action, or a list of actions")
        if self.actions is not None and (given := sorted(_given(self))):
            raise ValueError(f'"{given[0]}" belongs to one action: write it into the one that it is meant for')
        if self.actions and any(deed.action is None for deed in self.actions):
            raise ValueError("each of actions needs its action, such as goto or click")
        return self

    @property
    def deeds(self) -> list[Deed]:
        return [self] if self.actions is None else self.actions


_OF_A_DEED: Final = frozenset(Deed.model_fields) - {"action", "timeout"}


def _given(deed: Deed) -> set[str]:
    return {name for name in deed.model_fields_set & _OF_A_DEED if getattr(deed, name) is not None}


def _check_keys(deed: Deed) -> None:
    assert deed.action is not None
    given, kind = _given(deed), DEEDS[deed.action]
    if foreign := sorted(given - taken(kind)):
        raise ValueError(f'{deed.action} has no "{foreign[0]}"; it has {", ".join(sorted(taken(kind)))}')
    if missing := [key for key in kind.needs if key not in given]:
        raise ValueError(f'{deed.action} needs "{missing[0]}"')
    found = [key for key in LOCATORS if key in given and key not in kind.needs]
    if len(found) > 1:
        raise ValueError(f"an element is found in one way: {' or '.join(found)}, not both")
    if kind.locator == "needed" and not found:
        raise ValueError(f"{deed.action} needs an element: {', '.join(LOCATORS[:-1])} or {LOCATORS[-1]}")
    if not found and (lost := sorted(given & {"name", "exact", "within", "frame", "nth"} - set(kind.takes))):
        raise ValueError(f'"{lost[0]}" says more of an element, and none is named')
    if deed.name is not None and "role" not in given:
        raise ValueError('"name" goes with "role"; a field is found by "label"')
    if deed.action == "wait_for" and len([*found, *({"url", "expression"} & given)]) != 1 and not _waits_for_page(deed):
        raise ValueError("wait_for waits for one thing: an element, a url, an expression, or the page's state")


def _waits_for_page(deed: Deed) -> bool:
    given = _given(deed)
    return deed.state in ("load", "domcontentloaded", "networkidle") and given == {"state"}


class BrowserFile(ActionConfig):
    """Something that was kept as an artifact."""

    name: str
    artifact_id: str
    size_bytes: int


class ConsoleEntry(ActionConfig):
    """A line on the page's console, or an error that nothing on the page caught (`type: uncaught`)."""

    type: str
    text: str
    url: str = ""
    line: int | None = None


class NetworkEntry(ActionConfig):
    """A request of the page; `status` is nil where none came, and `failure` says why."""

    method: str
    url: str
    kind: str
    status: int | None = None
    failure: str | None = None


class ShownDialog(ActionConfig):
    """What a page asked by alert, confirm or prompt, and what it was answered."""

    type: str
    message: str
    answer: str


class BrowserResult(ActionResult):
    """The page at the step's end, and what happened on it since the browser's last step."""

    url: str
    title: str
    text: str = ""
    value: Any = None
    status: int | None = None
    pages: int = 1
    screenshot: BrowserFile | None = None
    screenshots: list[BrowserFile] = Field(default=[])
    downloads: list[BrowserFile] = Field(default=[])
    dialogs: list[ShownDialog] = Field(default=[])
    console: list[ConsoleEntry] = Field(default=[])
    network: list[NetworkEntry] = Field(default=[])
    left_out: int = 0
    trace: BrowserFile | None = None

    def readable(self) -> dict[str, Any]:
        """Return the fields as plain values by name, as expressions read them."""
        lists = ("screenshots", "downloads", "dialogs", "console", "network")
        return {**super().readable(), **{name: [each.model_dump() for each in getattr(self, name)] for name in lists}}


class BrowserAction(Action[BrowserConfig, BrowserResult]):
    """Works on the execution's page, in a browser that the executions of a runner share."""

    name = "browser"
    config = BrowserConfig
    result = BrowserResult
    traced = True
    timeout = 60.0

    def __init__(self, settings: BrowserSettings | None = None) -> None:
        self._settings = settings

    def load(self) -> None:
        """Import Playwright; the browser itself starts with the first step that needs it."""
        import_module("testmesh_engine.browser.carrying_out")

    async def run(self, config: BrowserConfig, context: ActionContext) -> BrowserResult:
        from testmesh_engine.browser.carrying_out import carry_out
        from testmesh_engine.browser.environment import settings_of_process

        return await carry_out(config, context, self._settings or settings_of_process())

    async def show_failure(self, context: ActionContext) -> None:
        """Keep a screenshot and a trace of the page that a step did not pass on."""
        from testmesh_engine.browser.evidence import keep_evidence

        await keep_evidence(context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without passwords: of URLs, and what is written into fields that are named like one."""
        shown = _shown_deed(values)
        if isinstance(values.get("actions"), list):
            shown["actions"] = [_shown_deed(each) if isinstance(each, dict) else each for each in values["actions"]]
        if values.get("storage") is not None:
            shown["storage"] = HIDDEN
        return shown


def _shown_deed(values: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(values)
    if isinstance(values.get("url"), str):
        shown["url"] = hide_password(values["url"])
    is_secret = any(isinstance(values.get(key), str) and names_a_secret(values[key]) for key in _NAMING)
    if is_secret and values.get("action") in (*_TYPES, "assert_value") and values.get("value") is not None:
        shown["value"] = HIDDEN
    return shown
