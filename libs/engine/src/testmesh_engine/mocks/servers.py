"""The mock servers of one execution, by the names that its flow gives them."""

import asyncio
from dataclasses import dataclass, field

from testmesh_engine.actions.mock_server_start import MockServerStartConfig, MockServerStartResult
from testmesh_engine.actions.mock_server_stop import MockServerStopConfig, MockServerStopResult
from testmesh_engine.mocks.endpoints import Endpoints
from testmesh_engine.mocks.server import MockServer
from testmesh_sdk import ActionContext, ActionError

MOST_SERVERS = 50
_KEY = "mock servers"


@dataclass(slots=True)
class Servers:
    """Stops each of them, at the latest with the execution."""

    running: dict[str, MockServer] = field(default_factory=dict)
    _started_by: dict[str, str] = field(default_factory=dict)

    def find(self, name: str) -> MockServer:
        """Return the server of this name.

        Raises:
            ActionError: none runs.
        """
        found = self.running.get(name)
        if found is None:
            known = f"; running are {', '.join(sorted(self.running))}" if self.running else ""
            message = f"no mock server {name!r} runs{known}; start it in an earlier step with mock_server_start"
            raise ActionError("TM580", message)
        return found

    async def add(self, server: MockServer, port: int, step_id: str) -> None:
        """Start a server. Where the same step started one of this name, in an earlier try or row, that one goes.

        Raises:
            ActionError: the name is taken by another step's, there are too many, or it cannot listen.
        """
        if server.name in self.running:
            if self._started_by[server.name] != step_id:
                message = (
                    f"the mock server {server.name!r} runs already, from the step {self._started_by[server.name]!r}"
                )
                raise ActionError("TM582", f"{message}; give each a name of its own, or stop that one before")
            await self.stop(server.name)
        if len(self.running) >= MOST_SERVERS:
            raise ActionError("TM583", f"an execution has {MOST_SERVERS} mock servers at most; stop one before")
        await server.start(port)
        self.running[server.name], self._started_by[server.name] = server, step_id

    async def stop(self, name: str) -> MockServer:
        server = self.find(name)
        del self.running[name]
        await server.stop()
        return server

    async def close(self) -> None:
        servers, self.running = list(self.running.values()), {}
        await asyncio.gather(*(server.stop() for server in servers))


async def _new() -> Servers:
    return Servers()


async def servers_of(context: ActionContext) -> Servers:
    """Return the mock servers of the execution."""
    return await context.execution.get(_KEY, _new, Servers.close)


async def start(config: MockServerStartConfig, context: ActionContext) -> MockServerStartResult:
    """Start a mock server.

    Raises:
        ActionError: it cannot be started.
    """
    context.activity = f"start the mock server {config.name!r}"
    servers = await servers_of(context)
    server = MockServer(config.name, Endpoints(config.endpoints, context.names), context.listening)
    await servers.add(server, config.port, context.step_id)
    return MockServerStartResult(name=config.name, base_url=server.base_url, port=server.port)


async def stop(config: MockServerStopConfig, context: ActionContext) -> MockServerStopResult:
    """Stop a mock server, and tell all that came to it.

    Raises:
        ActionError: it does not run.
    """
    context.activity = f"stop the mock server {config.server!r}"
    servers = await servers_of(context)
    journal = (await servers.stop(config.server)).journal
    if journal.problems:
        raise ActionError("TM586", journal.problems[0])
    return MockServerStopResult(
        requests=[seen.told() for seen in journal],
        count=len(journal),
        unmatched=[seen.told() for seen in journal.unmatched],
    )
