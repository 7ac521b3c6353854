"""TLS as a DSN's sslmode says it, with nothing of the runner's own: no certificate of it proves a flow's identity."""

import ssl

from testmesh_engine.database.dsn import Dsn


def tls_context(dsn: Dsn) -> ssl.SSLContext:
    """Return how to speak TLS, for each mode but disable."""
    if dsn.tls in ("prefer", "require"):
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reads no certificates, which takes its time
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        return unverified
    context = ssl.create_default_context()
    context.check_hostname = dsn.tls == "verify-full"
    return context
