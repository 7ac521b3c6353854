"""What the configuration gives to the flows of a run, all of it judged before the first one starts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testmesh_cli.configuration.environments import assert_known, hidden_of, secrets_of, variables_of
from testmesh_cli.configuration.errors import PluginsNotSupportedError
from testmesh_cli.configuration.files import NAME
from testmesh_cli.configuration.keys import BY_NAME
from testmesh_cli.configuration.precedence import Configuration
from testmesh_engine.language import Flow
from testmesh_engine.process_env import ListedEnv
from testmesh_sdk import ON_LOOPBACK, Listening

_PROXY_NAMES = frozenset(("http_proxy", "https_proxy", "all_proxy", "no_proxy"))


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run's flows are given beside the caller's variables."""

    named: str | None = None
    """The environment that the command line, the process environment or `.env` names: of every flow."""
    fallback: str | None = None
    """The environment of a flow that names none."""
    whence: str = ""
    """Where either of the two is named."""
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The variables of the environments that the flows have, as far as files here give them."""
    hidden: frozenset[str] = frozenset()
    """Names of variables of them whose values are made of secrets."""
    secret_values: Collection[str] = ()
    """What these variables have from names of secrets, such as ${API_TOKEN}: masked wherever it is told."""
    process_env: Mapping[str, str] = field(default_factory=dict)
    proxies: Mapping[str, str] = field(default_factory=dict)
    """What the environment says of proxies, for the requests of local runs."""
    timeout: float | None = None
    """Of a flow that says none; in local runs."""
    retry: int = 0
    """How often a step that could not be judged is tried again, if it says nothing itself; in local runs."""
    listening: Listening = ON_LOOPBACK
    """Where mock servers listen; in local runs."""

    def environment_of(self, flow: Flow) -> str | None:
        return self.named or flow.environment or self.fallback

    def variables_for(self, flow: Flow) -> Mapping[str, Any]:
        """Return the variables of a flow's environment."""
        return self.environments.get(self.environment_of(flow) or "", {})

    def environment_notes(self, flows: Iterable[Flow]) -> list[str]:
        """Return a line that says which environments give variables to the flows, and who named them."""
        used = {
            f"{name} (from {self._namer_of(flow)})": None
            for flow in flows
            if (name := self.environment_of(flow)) in self.environments
        }
        return [f"environment{'s' * (len(used) > 1)} {', '.join(used)}"] if used else []

    def _namer_of(self, flow: Flow) -> str:
        if self.named is None and flow.environment is not None:
            return f"the flow {flow.name!r}"
        return self.whence

    def remarks(self, flows: Iterable[Flow]) -> list[str]:
        """Return what to say of flows that name an environment and run without its variables."""
        wanted = {self.environment_of(flow): flow for flow in flows}
        return [
            f"the flow {flow.name!r} names the environment {name!r}, which no {NAME} here or above has: it runs "
            "without the variables of one"
            for name, flow in wanted.items()
            if name is not None and name not in self.environments
        ]


def run_settings(configuration: Configuration, flows: Iterable[Flow], *, remote: bool) -> RunSettings:
    """Return what the flows are given.

    Raises:
        UnknownEnvironmentError: a local run needs an environment that no file has.
        PluginsNotSupportedError: a local run would go without the plugins that are listed.
        ConfigInvalidError: a value refers to a name that is not set.
        UsageError: a value means nothing.
    """
    named = configuration.named("defaults.environment")
    fallback = None if named is not None else configuration.value("defaults.environment")
    wanted = {named or flow.environment or fallback for flow in flows} - {None}
    if not remote:
        _refuse_plugins(configuration)
        assert_known(configuration, {name for name in (named, fallback) if name is not None}, wanted)
    known = configuration.environment_names()
    timeout = configuration.found(BY_NAME["defaults.timeout"])
    return RunSettings(
        named=named,
        fallback=fallback,
        whence=_named_at(configuration),
        environments={name: variables_of(configuration, name) for name in known if name in wanted},
        hidden=frozenset().union(*(hidden_of(configuration, name) for name in known if name in wanted)),
        secret_values=[secret for name in known if name in wanted for secret in secrets_of(configuration, name)],
        process_env=listed_env(configuration),
        proxies=proxies_of(configuration),
        timeout=None if timeout is None or timeout.origin.source == "default" else configuration.value(timeout.key),
        retry=configuration.value("defaults.retry"),
        listening=Listening(configuration.value("defaults.mock_bind"), configuration.value("defaults.mock_host")),
    )


def _named_at(configuration: Configuration) -> str:
    found = configuration.found(BY_NAME["defaults.environment"])
    return "" if found is None else found.origin.place.removeprefix(f"{Path.cwd()}/")


def listed_env(configuration: Configuration) -> ListedEnv:
    """Return what `env.NAME` may read in a local run."""
    names: tuple[str, ...] = configuration.value("env_allow") or ()
    readable = configuration.readable_environment()
    values = {name: readable[name] for name in names if name in readable}
    where = str(configuration.files.project or "a .testmesh.yaml in this folder or above")
    return ListedEnv(values, names, where)


def proxies_of(configuration: Configuration) -> dict[str, str]:
    """Return the variables of the environment that name proxies, as curl and others know them."""
    readable = configuration.readable_environment()
    found = {name: value for name, value in readable.items() if name.lower() in _PROXY_NAMES and value}
    return found if {name.lower() for name in found} - {"no_proxy"} else {}


def _refuse_plugins(configuration: Configuration) -> None:
    found = configuration.found(BY_NAME["plugins"])
    if found is None or not found.value:
        return
    names = ", ".join(str(plugin["name"]) for plugin in found.value)
    raise PluginsNotSupportedError(
        f"{found.origin.place} lists plugins ({names}), and this version of testmesh loads none: nothing was run, "
        "since what they would test would go untested; take them out of the file, or use a version that loads them"
    )
