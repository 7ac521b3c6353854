"""TM53x: what a gRPC call did not do."""

from testmesh_engine.codes.code import Code

GRPC = {
    "TM530": Code(
        "unknown service or method",
        "The server, or the proto files of the step, have no service or no method of that name. A service is named "
        "with its package, such as shop.Inventory. The message names the nearest.",
    ),
    "TM531": Code(
        "proto file unreadable",
        "A proto file of the step cannot be read, or names a type that no file of the step has. Imports are looked for "
        "beside the file that imports, in the folders above it, and among the files of proto.",
    ),
    "TM532": Code(
        "gRPC server not reached",
        "There is no connection to the server: nothing listens, or what does closes it. Look at the host, the port, "
        "and whether it runs.",
    ),
    "TM533": Code(
        "gRPC and TLS",
        "TLS failed, or a certificate or a key cannot be had. Look at tls: ca says who may have signed the server's "
        "certificate, server_name which name it has, client_cert and client_key who calls.",
    ),
    "TM534": Code(
        "no answer of gRPC",
        "Something answered and gave no status of gRPC: it is another kind of server, the connection broke, or the "
        "step's time was over. Whether the call took effect cannot be known. A status that a server sends is no error "
        "but data.",
    ),
    "TM535": Code(
        "request does not fit",
        "The request of the step does not fit the message that the method takes: a field is not there, or takes "
        "something else. The message names the field by its path. Nothing was sent.",
    ),
    "TM536": Code(
        "request or requests",
        "A method takes one message, request, or a stream of them, requests; the step gives the other. Nothing was "
        "sent.",
    ),
    "TM537": Code(
        "no reflection",
        "The server does not say what it offers. Switch server reflection on, or name the proto files of the service "
        "in proto.",
    ),
    "TM538": Code(
        "response not taken",
        "A response is larger than what is taken, there are too many, or it is no message of the type that the method "
        "gives. Ask for less, end a stream with take, and look whether the proto files are those of the server.",
    ),
    "TM539": Code(
        "address or metadata unreadable",
        "The address is not host:port, or metadata has a name or a value that cannot be sent: names have letters, "
        "digits, _, - and . alone, values printable ASCII, and base64 where the name ends in -bin.",
    ),
}
