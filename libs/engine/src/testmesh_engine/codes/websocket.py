"""TM54x: what websocket could not do."""

from testmesh_engine.codes.code import Code

WEBSOCKET = {
    "TM540": Code(
        "WebSocket not opened",
        "There is no connection to the server: nothing listens, the host has no address, or no answer came in time. "
        "Look at the url and whether the server runs.",
    ),
    "TM541": Code(
        "WebSocket refused",
        "The server answered the handshake with a status such as 401 or 404 in place of a WebSocket, and the step has "
        "messages or a session. Look at the status, the path and the headers. To judge a refusal, leave messages and "
        "session out and assert handshake.status.",
    ),
    "TM542": Code(
        "WebSocket without TLS",
        "TLS failed: the certificate cannot be trusted, or the server speaks none. Begin the url with ws:// or "
        "wss:// as the server wants it, or set verify_tls: false for a certificate of your own.",
    ),
    "TM543": Code(
        "WebSocket closed",
        "The connection was closed before the step could send. The message says by whom and with which code.",
    ),
    "TM544": Code(
        "out of time on a WebSocket",
        "The step's time was up before what it expected had its whole time to come. Raise the step's timeout, or give "
        "the message a shorter one.",
    ),
    "TM545": Code(
        "no such session",
        "The step names a session that is not open, and no url to open it; or the session leads to another url. Give "
        "the url in the first step of the session, and leave it out in the others.",
    ),
    "TM546": Code(
        "more messages than are kept",
        "More messages, or larger ones, came than a connection keeps until a step takes them: 10,000, 16 MiB. The "
        "connection was closed, since leaving some out would make a wrong verdict.",
    ),
    "TM547": Code(
        "no WebSocket's address",
        "The url begins with ws:// or wss:// and names a host.",
    ),
    "TM548": Code(
        "message cannot be sent",
        "A header or a message cannot be written down, such as a number that JSON has no word for.",
    ),
    "TM549": Code(
        "no WebSocket there",
        "What answers speaks no WebSocket, or none as the standard says. Look at the address, and whether the server "
        "wants wss://.",
    ),
}
