"""What the pages' examples speak to beside the shop: by the address that the pages name, started when one does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.docs.pages import HOME

GRPC = "127.0.0.1:50051"
GRPC_WITHOUT_REFLECTION = "127.0.0.1:50052"
REDIS = "redis://127.0.0.1:6379/0"


@contextmanager
def running_inventory() -> Iterator[dict[str, str]]:
    """Yield the addresses of gRPC servers that run meanwhile, by those of the pages."""
    command = [sys.executable, HOME / "tests" / "house" / "inventory.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ports = json.loads(process.stdout.readline())
            yield {GRPC: f"127.0.0.1:{ports['v1']}", GRPC_WITHOUT_REFLECTION: f"127.0.0.1:{ports['none']}"}
        finally:
            process.terminate()
