"""A PostgreSQL and a Valkey for tests: `python -m testmesh_cli.local.databases DATA`.

Prints one line of JSON with their URLs once both answer, and removes them when its input ends.
"""

import json
import sys
from pathlib import Path

from testmesh_cli.local.postgres import EmbeddedPostgres
from testmesh_cli.local.valkey import EmbeddedValkey


def main() -> None:
    data = Path(sys.argv[1])
    postgres = EmbeddedPostgres(data / "postgres", fsync=False)
    valkey = EmbeddedValkey(data / "valkey", fsync=False)
    try:
        postgres.start()
        valkey.start()
        sys.stdout.write(json.dumps({"postgres_url": postgres.url, "redis_url": valkey.url}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        valkey.erase()
        postgres.erase()


if __name__ == "__main__":
    main()
