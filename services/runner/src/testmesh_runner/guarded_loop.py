"""The runner's event loop: uvloop, with a guard before its connections."""

import uvloop

from testmesh_engine.egress.guard import EgressGuard


class GuardedLoop(EgressGuard, uvloop.Loop):  # type: ignore[misc] # uvloop words its types unlike asyncio
    """What steps connect to is checked against the policy of their execution; the runner's own work is not."""
