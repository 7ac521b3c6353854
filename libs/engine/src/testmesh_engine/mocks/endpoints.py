"""The endpoints of a mock server: which answers a request, and with what."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testmesh_engine.actions.mock_server_start import MockEndpoint, MockResponse
from testmesh_engine.expressions.errors import nearest
from testmesh_engine.expressions.generators import ALWAYS_THERE
from testmesh_engine.matching import Judged
from testmesh_engine.mocks.answers import Answer
from testmesh_engine.mocks.fitting import Fit, Pattern
from testmesh_engine.mocks.seen import Seen
from testmesh_sdk import ActionError

START = "start"
_OWN = frozenset(("request", "state"))


class _Endpoint:
    """One of them, and how often it answered."""

    def __init__(self, config: MockEndpoint, names: Mapping[str, Any]) -> None:
        self.config = config
        self.pattern = Pattern(config, names)
        self.answers = [Answer(each) for each in config.responses or [config.response or MockResponse()]]
        self.answered = 0

    @property
    def names(self) -> frozenset[str]:
        return self.pattern.names.union(*(answer.names for answer in self.answers)) - _OWN

    def fit(self, seen: Seen, state: str) -> Fit:
        fit = self.pattern.fit(seen)
        if not fit.judged.holds:
            return fit
        config = self.config
        if config.when_state not in (None, state):
            return Fit(fit.params, Judged(False, f'the state is "{state}", not "{config.when_state}"', 1000))
        if config.after_last == "stop" and self.answered >= len(self.answers):
            return Fit(fit.params, Judged(False, f"its {len(self.answers)} responses are used up", 1000))
        return fit

    def next(self) -> Answer:
        at, last = self.answered, len(self.answers) - 1
        self.answered += 1
        return self.answers[at % (last + 1) if self.config.after_last == "cycle" else min(at, last)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answer to a request, and the names that it reads."""

    answer: Answer
    scope: Mapping[str, Any]
    told: str
    """The endpoint, in words."""


class Endpoints:
    """Answers by the first endpoint that fits; `state` goes from one to the next as they say."""

    def __init__(self, configs: list[MockEndpoint], names: Mapping[str, Any]) -> None:
        """Compile them; what they read of the flow keeps the value that it has now.

        Raises:
            ActionError: a name that one reads is not there.
        """
        self.state = START
        self._kept: dict[str, Any] = {}
        # What is made anew at each read, such as UUID, is read anew for each request.
        self._scope = ChainMap(self._kept, names)  # type: ignore[arg-type]  # the second one is only read
        self._endpoints = [_Endpoint(config, self._scope) for config in configs]
        for endpoint in self._endpoints:
            self._keep(endpoint, names)

    def _keep(self, endpoint: _Endpoint, names: Mapping[str, Any]) -> None:
        for name in sorted(endpoint.names - ALWAYS_THERE):
            if name not in names:
                why = getattr(names, "absent", {}).get(name, f"there is no `{name}` here.{nearest(name, names)}")
                raise ActionError("TM401", f"the endpoint {endpoint.pattern}: {why}")
            self._kept[name] = names[name]

    def choose(self, seen: Seen) -> Chosen | None:
        """Return the answer to a request, and note which endpoint gives it; None where none fits."""
        near: list[tuple[int, str]] = []
        for number, endpoint in enumerate(self._endpoints):
            fit = self._judged(endpoint, seen)
            if fit.judged.holds:
                return self._chosen(number, endpoint, fit, seen)
            near.append((fit.judged.near, f"{endpoint.pattern}: {fit.judged.why}"))
        best = max(range(len(near)), key=lambda at: (near[at][0], -at))
        seen.why_unmatched = f"no endpoint fits; the nearest is {near[best][1]}"
        return None

    def _chosen(self, number: int, endpoint: _Endpoint, fit: Fit, seen: Seen) -> Chosen:
        seen.endpoint, seen.path_params = number, fit.params
        state = self.state
        if endpoint.config.then_state is not None:
            self.state = endpoint.config.then_state
        own = {"request": seen.read_as(fit.params), "state": state}
        return Chosen(endpoint.next(), ChainMap(own, *self._scope.maps), str(endpoint.pattern))

    def _judged(self, endpoint: _Endpoint, seen: Seen) -> Fit:
        try:
            return endpoint.fit(seen, self.state)
        except ActionError as error:
            return Fit({}, Judged(False, error.message, 1000))
