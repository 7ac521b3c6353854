"""TM46x to TM48x: what single features of an http_request did not do."""

from testmesh_engine.codes.code import Code

HTTP = {
    "TM460": Code(
        "file to send not found",
        "A file that the request shall send cannot be read. Paths are relative to the file of the flow; to a server "
        "travels what the flow names by a path that is written out, without a reference in it.",
    ),
    "TM461": Code(
        "no base64",
        "A text that stands for bytes is no base64. The function base64() makes it of a text.",
    ),
    "TM462": Code(
        "no artifact of this execution",
        "What shall be read is no artifact that an earlier step of the same execution kept. Name the step's body, such "
        "as ${download.body}, or its artifact id.",
    ),
    "TM463": Code(
        "too much to send",
        "The files of one request are larger, all together, than what is sent at once. Send fewer or smaller ones.",
    ),
    "TM464": Code(
        "certificate unusable",
        "ca_cert or client_cert is no PEM, or its file cannot be read, or key and certificate do not belong together, "
        "or the key's password is wrong.",
    ),
    "TM465": Code(
        "files of the server",
        "A flow on a server would open a file for a certificate or a key. Put the PEM text into a secret of the "
        "environment and name that. An administrator may allow files with TESTMESH_RUNNER_LOCAL_FILES.",
    ),
    "TM466": Code(
        "client certificate refused",
        "The server wants to know who connects and was shown no certificate, or does not accept the one of "
        "client_cert. Look at its issuer, its dates and what the server trusts.",
    ),
    "TM467": Code(
        "no token",
        "The token server refuses to give a token. The message holds its words; look at client_id, client_secret, "
        "scope, audience and credentials_in.",
    ),
    "TM468": Code(
        "no token in the answer",
        "The token server answered, and there is no bearer token in its answer. Look whether token_url is right.",
    ),
    "TM469": Code(
        "proxy",
        "The proxy is not there, wants to know who asks, or makes no connection to the target; or it is none that can "
        "be used. Write it as http://user:password@host:port; proxy: false goes without one.",
    ),
    "TM470": Code(
        "no HTTP/2",
        "The server broke off, or what it said is no HTTP/2. Without TLS it is spoken right away, which few servers "
        "know; with TLS both agree on a version.",
    ),
    "TM471": Code(
        "unknown digest",
        "The server wants a digest by an algorithm that is not known here. Known are MD5, SHA-256 and SHA-512-256.",
    ),
    "TM472": Code(
        "redirect leads nowhere",
        "The response redirects to what is no address of http or https. Set follow_redirects: false to look at it.",
    ),
}
