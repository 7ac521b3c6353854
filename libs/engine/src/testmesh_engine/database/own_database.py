"""TestMesh's own database is no target: whoever may write a flow on a server must not read what others run.

It is told by what is behind the connection, not by its address: a name, a proxy, a pooler, a tunnel or a second
address of the same machine would be another address and the same database.
"""

from typing import TYPE_CHECKING

from testmesh_engine.database.dsn import Dsn
from testmesh_sdk import ActionContext, ActionError

if TYPE_CHECKING:
    from testmesh_engine.database.postgres_connection import Connection

_OURS = """
    SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND (n.nspname, c.relname) IN (
        ('agents', 'runners'), ('agents', 'runs'), ('flows', 'flows'), ('flows', 'flow_versions'),
        ('scheduler', 'schedules'), ('scheduler', 'fires'))
"""
"""What every user of a database may ask, whatever it may read there."""


async def refuse_own(connection: "Connection", dsn: Dsn, context: ActionContext) -> None:
    """Return if a flow may ask what is behind a connection: on a server, anything but TestMesh's own database.

    Raises:
        ActionError: it is that.
    """
    if not context.on_server:
        return
    if (await connection.fetchval(_OURS)) >= 2:
        message = "it is the database that TestMesh itself works with, and no flow may ask it; name the tested system's"
        raise ActionError("TM513", f"{dsn} was refused: {message}")
