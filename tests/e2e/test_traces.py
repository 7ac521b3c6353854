"""One trace an execution, from the request to the api, by the runner's steps, to the last attempt."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.house.running import running_house, wait

pytestmark = pytest.mark.e2e

TRACE = "0af7651916cd43dd8448eb211c80319c"
FLOW = """\
name: traced
steps:
  - {id: first, action: set, config: {token: "s3cret"}}
  - id: both
    action: group
    config:
      steps:
        - {id: inner, action: assert, config: {assertions: ["1 == 1"]}}
  - {id: wrong, action: assert, retry: {max_attempts: 2, delay: 1ms, on: [assertion]}, config: {assertions: ["1 == 2"]}}
"""


@contextmanager
def collector():
    """An OTLP receiver over HTTP; gives its address, and the spans that it got, with their service."""
    got = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in sent.resource_spans:
                told = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
                got.extend((told["service.name"], span) for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_execution_is_one_trace_with_a_span_for_each_step_and_attempt(tmp_path):
    with collector() as (url, got):
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        with running_house(tmp_path / "house", **settings) as house:
            caller = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
            answer = house.api.post("/executions", json={"source": FLOW}, headers=caller)
            assert house.until_finished(answer.json()["id"])["status"] == "failed"

            def ours():
                found = [(service, span) for service, span in got if span.trace_id.hex() == TRACE]
                return found if any(span.name == "execution" for _, span in found) else None

            found = wait(ours, "the spans to be sent", 30)
    spans = {span.span_id: span for _, span in found}

    def way(span):
        around = spans.get(span.parent_span_id)
        return [*([] if around is None else way(around)), span.name]

    by_runner = sorted(names[names.index("execution") :] for _, span in found if "execution" in (names := way(span)))
    assert by_runner == [
        ["execution"],
        ["execution", "step both"],
        ["execution", "step both", "attempt 1"],
        ["execution", "step both", "attempt 1", "step inner"],
        ["execution", "step both", "attempt 1", "step inner", "attempt 1"],
        ["execution", "step first"],
        ["execution", "step first", "attempt 1"],
        ["execution", "step wrong"],
        ["execution", "step wrong", "attempt 1"],
        ["execution", "step wrong", "attempt 2"],
    ]
    assert "testmesh-api" in {service for service, _ in found}
    failed = {span.name for _, span in found if span.status.code == 2}
    assert failed == {"execution", "step wrong", "attempt 1", "attempt 2"}
