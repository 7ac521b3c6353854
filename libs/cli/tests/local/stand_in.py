"""Stands in for a service: answers /health/ready, and does the one odd thing that its arguments say."""

import argparse
import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        ready = self.path == "/health/ready"
        body = json.dumps({"pid": os.getpid(), "environment": dict(os.environ)}).encode()
        self.send_response(200 if ready else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Quiet."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", default="stand-in")
    parser.add_argument("--diary", type=Path)
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--with-child", type=Path)
    parser.add_argument("--die", action="store_true")
    options = parser.parse_args()
    if options.die:
        sys.stderr.write("cannot go on: the moon is full\n")
        sys.exit(3)
    if options.with_child:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        options.with_child.write_text(str(child.pid))

    def end(*_):
        if options.stubborn:
            return
        note(options, "ends")
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    note(options, "starts")
    ThreadingHTTPServer(("127.0.0.1", options.port), Health).serve_forever()


def note(options, what):
    if options.diary:
        with options.diary.open("a") as diary:
            diary.write(f"{options.name} {what}\n")


main()
