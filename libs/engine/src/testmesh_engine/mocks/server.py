"""One mock server: listens on a port of its own, answers by its endpoints, and keeps what came."""

import asyncio
import errno
import json

from aiohttp import web

from testmesh_engine.actions.http_request import Headers
from testmesh_engine.mocks.answers import AnswerError, Written
from testmesh_engine.mocks.breaking import break_answer
from testmesh_engine.mocks.endpoints import Chosen, Endpoints
from testmesh_engine.mocks.journal import Journal
from testmesh_engine.mocks.seen import MOST_BODY_BYTES, BodyTooLargeError, Seen, read_request
from testmesh_sdk import ActionError, Listening

MOST_AT_ONCE = 1000
_GOODBYE_S = 1.0


class MockServer:
    """Runs from `start` to `stop`; what is under way at the stop has a second to be answered."""

    def __init__(self, name: str, endpoints: Endpoints, listening: Listening) -> None:
        self.name = name
        self.journal = Journal()
        self._endpoints = endpoints
        self._listening = listening
        self._stopping = asyncio.Event()
        self._under_way = 0
        self._runner = web.ServerRunner(
            web.Server(self._answer, access_log=None, handler_cancellation=True), shutdown_timeout=_GOODBYE_S
        )
        self.port = 0

    @property
    def base_url(self) -> str:
        host = self._listening.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def start(self, port: int) -> None:
        """Listen; on a free port where it is 0.

        Raises:
            ActionError: the port is taken, or the address is none of this machine.
        """
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, self._listening.bind, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise _not_listening(error, self._listening.bind, port) from error
        except BaseException:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self._stopping.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._under_way >= MOST_AT_ONCE:
            return self._refuse(_unread(request), 503, f"more than {MOST_AT_ONCE} requests at once")
        self._under_way += 1
        try:
            seen = await read_request(request)
            seen.number = len(self.journal) + 1
            chosen = self._endpoints.choose(seen)
            if chosen is None:
                return self._refuse(seen, 404, seen.why_unmatched)
            self.journal.add(seen)
            return await self._answer_as(chosen, seen, request)
        except (ConnectionError, web.RequestPayloadError):
            return self._refuse(_unread(request), 400, "its body broke off")
        except BodyTooLargeError:
            return self._refuse(_unread(request), 413, f"the body is larger than {MOST_BODY_BYTES} bytes")
        except Exception as error:  # the tested system gets an answer that nobody meant: no verdict may stand on it
            problem = (
                f"the mock server broke down over {request.method} {request.path}: {type(error).__name__}: {error}"
            )
            self.journal.complain(problem)
            return _told(500, problem)
        finally:
            self._under_way -= 1

    async def _answer_as(self, chosen: Chosen, seen: Seen, request: web.BaseRequest) -> web.StreamResponse:
        answer = chosen.answer
        try:
            written = answer.write(chosen.scope)
        except AnswerError as error:
            problem = f"the endpoint {chosen.told} could not answer {seen.method} {seen.path}: {error}"
            self.journal.complain(problem)
            return _told(500, problem)
        if answer.delay is not None and await self._stops_within(answer.delay):
            return _told(503, "the mock server was stopped")
        if answer.fault is not None:
            await break_answer(answer.fault, written, request, self._stopping)
            return web.Response()  # which cannot be sent any more
        return _sent(written)

    async def _stops_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stopping.wait()
        except TimeoutError:
            return False

    def _refuse(self, seen: Seen, status: int, why: str) -> web.Response:
        """Say that no endpoint answers, and keep the request as one of those."""
        seen.number, seen.why_unmatched = len(self.journal) + 1, why
        self.journal.add(seen)
        return _told(status, f"the mock server {self.name!r} has no answer: {why}")


def _sent(written: Written) -> web.Response:
    return web.Response(status=written.status, headers=written.headers, body=written.body)


def _told(status: int, why: str) -> web.Response:
    body = json.dumps({"error": why}, ensure_ascii=False).encode()
    return web.Response(status=status, body=body, content_type="application/json")


def _unread(request: web.BaseRequest) -> Seen:
    """Return a request of which no body was read."""
    headers = Headers(dict(request.headers.items()))
    return Seen(request.method, request.rel_url.raw_path, {}, headers, None, "", 0, "")


def _not_listening(error: OSError, bind: str, port: int) -> ActionError:
    if error.errno == errno.EADDRINUSE:
        message = f"the port {port} is taken on {bind}; leave port out to have a free one"
        return ActionError("TM581", message)
    if error.errno == errno.EACCES:
        return ActionError("TM581", f"the port {port} is not for everybody; leave port out to have a free one")
    why = error.strerror or str(error)
    return ActionError("TM581", f"nothing can listen at {bind}: {why}; look at the setting TESTMESH_MOCK_BIND")
