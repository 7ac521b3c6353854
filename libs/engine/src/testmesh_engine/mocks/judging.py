"""What came to a mock server, judged: verified as a whole, or received as webhooks one by one."""

import asyncio
from collections.abc import Iterable

from testmesh_engine.actions.mock_requests import RequestPattern
from testmesh_engine.actions.mock_server_verify import MockServerVerifyConfig, MockServerVerifyResult
from testmesh_engine.actions.webhook_receive import WebhookReceiveConfig, WebhookReceiveResult
from testmesh_engine.matching import Judged, nearest
from testmesh_engine.mocks.fitting import Pattern
from testmesh_engine.mocks.journal import MOST_KEPT, MOST_KEPT_BYTES, Journal
from testmesh_engine.mocks.seen import Seen
from testmesh_engine.mocks.server import MockServer
from testmesh_engine.mocks.servers import servers_of
from testmesh_engine.waiting import Wait
from testmesh_sdk import ActionContext, ActionError, ActionFailure

WEBHOOK_S = 10.0
_NEAREST = 3
Found = list[tuple[Seen, dict[str, str]]]


class _Search:
    """Looks at each request once, as it comes."""

    def __init__(self, config: RequestPattern, server: MockServer, context: ActionContext, *, untaken: bool) -> None:
        self.pattern = Pattern(config, context.names, context.log)
        self.found: Found = []
        self.others: list[tuple[str, Judged]] = []
        self._journal = server.journal
        self._untaken = untaken
        self._looked_at = 0

    async def until(self, count: int, deadline: float) -> bool:
        """Look until so many are found; say whether they were, in time."""
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    news = self._journal.news
                    if self.look() >= count:
                        return True
                    await news.wait()
        except TimeoutError:
            return self.look() >= count

    def look(self) -> int:
        kept = list(self._journal)
        for seen in kept[self._looked_at :]:
            self._judge(seen)
        self._looked_at = len(kept)
        return len(self.found)

    def _judge(self, seen: Seen) -> None:
        if self._untaken and seen.is_taken:
            return
        fit = self.pattern.fit(seen)
        if fit.judged.holds and (seen.endpoint is not None or not self._untaken):
            self.found.append((seen, fit.params))
        elif fit.judged.holds:
            self.others.append((str(seen), Judged(False, f"it was answered 404: {seen.why_unmatched}", 1000)))
        else:
            self.others.append((str(seen), fit.judged))

    def told(self) -> str:
        """Say what came instead."""
        if not self.others:
            return "no other request came"
        count = "1 other request" if len(self.others) == 1 else f"{len(self.others)} other requests"
        return f"{count} came:\n  {nearest(self.others, _NEAREST)}"


async def verify(config: MockServerVerifyConfig, context: ActionContext) -> MockServerVerifyResult:
    """Judge which requests came.

    Raises:
        ActionFailure: they are too few, too many, or some that nobody expected.
        ActionError: it cannot be judged.
    """
    server = (await servers_of(context)).find(config.server)
    search = _Search(config, server, context, untaken=False)
    context.activity = f"await requests to the mock server {server.name!r}: {search.pattern}"
    if config.timeout is None:
        search.look()
    else:
        wait = Wait(config.timeout, context.deadline)
        if not await search.until(config.least, wait.until):
            raise wait.over("TM585", _too_few(config, search, server, f" within {wait}"))
    count = len(search.found)
    _assert_whole(server.journal)
    if count < config.least:
        raise ActionFailure(_too_few(config, search, server, ""))
    if config.most is not None and count > config.most:
        shown = _lines(seen for seen, _ in search.found)
        raise ActionFailure(
            f"{_where(server)}: {count} requests are {search.pattern}, expected {_number(config)}:{shown}"
        )
    unmatched = server.journal.unmatched
    if unmatched and not config.allow_unmatched:
        shown = _lines(unmatched, why=True)
        hint = "if they may come, set allow_unmatched: true"
        raise ActionFailure(f"{_where(server)}: no endpoint answered {len(unmatched)} requests; {hint}:{shown}")
    return MockServerVerifyResult(
        requests=[seen.told(params or None) for seen, params in search.found],
        count=count,
        unmatched=[seen.told() for seen in unmatched],
    )


async def receive(config: WebhookReceiveConfig, context: ActionContext) -> WebhookReceiveResult:
    """Take requests that no earlier step took.

    Raises:
        ActionFailure: they did not come.
        ActionError: it cannot be judged.
    """
    server = (await servers_of(context)).find(config.server)
    search = _Search(config, server, context, untaken=True)
    context.activity = f"await {search.pattern} at {server.base_url}"
    wait = Wait(WEBHOOK_S if config.timeout is None else config.timeout, context.deadline)
    if not await search.until(config.count, wait.until):
        _assert_whole(server.journal)
        what = f"{_where(server)}: {_came(len(search.found))} of {config.count} requests {search.pattern} within {wait}"
        raise wait.over("TM585", f"{what}; {search.told()}")
    _assert_answered(server.journal)
    taken = search.found[: config.count]
    for seen, _ in taken:
        seen.is_taken = True
    told = [seen.told(params or None) for seen, params in taken]
    return WebhookReceiveResult(requests=told, request=told[0], count=len(told))


def _came(count: int) -> str:
    return "none" if count == 0 else f"only {count}"


def _too_few(config: MockServerVerifyConfig, search: _Search, server: MockServer, within: str) -> str:
    count = len(search.found)
    is_one = "request is" if count == 1 else "requests are"
    said = f"{count} {is_one} {search.pattern}{within}, expected {_number(config)}"
    return f"{_where(server)}: {said}; {search.told()}"


def _number(config: MockServerVerifyConfig) -> str:
    if config.count is not None:
        return str(config.count)
    parts = [f"at least {config.least}"] if config.least else []
    parts += [f"at most {config.most}"] if config.most is not None else []
    return " and ".join(parts)


def _where(server: MockServer) -> str:
    return f"the mock server {server.name!r} ({server.base_url})"


def _lines(seen: Iterable[Seen], *, why: bool = False) -> str:
    listed = list(seen)
    lines = [f"{each}: {each.why_unmatched}" if why else str(each) for each in listed[:_NEAREST]]
    more = [f"and {len(listed) - _NEAREST} more"] if len(listed) > _NEAREST else []
    return "".join(f"\n  {line}" for line in [*lines, *more])


def _assert_answered(journal: Journal) -> None:
    if journal.problems:
        raise ActionError("TM586", journal.problems[0])


def _assert_whole(journal: Journal) -> None:
    """Refuse to judge where requests are missing, or where this side did not answer as the flow says."""
    _assert_answered(journal)
    if journal.missed:
        message = f"{journal.missed} requests came beyond those that are kept ({MOST_KEPT}, {MOST_KEPT_BYTES} bytes)"
        raise ActionError(
            "TM584", f"{message}; a verdict would leave them out: verify earlier, or start another server"
        )
