"""TM57x: what a Redis did not do."""

from testmesh_engine.codes.code import Code

REDIS = {
    "TM570": Code(
        "no address of a Redis",
        "The url of a redis step is neither a URL nor the name of a variable that holds one. Write "
        "redis://user:password@host:6379/0, or rediss://… with TLS; signs such as @ and / in a password are "
        "percent-encoded.",
    ),
    "TM571": Code(
        "Redis not reached",
        "There is no connection to the server: nothing listens, the host has no address, or what answers is no Redis. "
        "Look at the host, the port, and whether it runs.",
    ),
    "TM572": Code(
        "Redis lets nobody in",
        "The server wants a password, or does not take this one for this user. Look at username and password.",
    ),
    "TM573": Code(
        "Redis and TLS",
        "TLS failed: the server speaks none at this port, or its certificate cannot be trusted. verify_tls: false "
        "takes any certificate.",
    ),
    "TM574": Code(
        "key of another type",
        "The key holds something else than the command is for: a list, a hash, a set, a stream. redis_command with "
        "TYPE says which.",
    ),
    "TM575": Code(
        "Redis does not permit it",
        "The user of the connection may not use this command, or not on this key. Grant it by ACL SETUSER, or connect "
        "as another user.",
    ),
    "TM576": Code(
        "TestMesh's own Redis",
        "The connection leads to the Redis on which TestMesh's own messages travel. No flow may ask it, whatever its "
        "address and database: name the one of the tested system.",
    ),
    "TM577": Code(
        "no command for a step",
        "The command has no one reply, or changes the connection that steps share: SUBSCRIBE, MONITOR, MULTI, SELECT, "
        "AUTH and the like. The message says what to do instead.",
    ),
    "TM578": Code(
        "Redis refused the command",
        "The server refused the command for another reason than those with codes of their own; the message holds its "
        "words.",
    ),
    "TM579": Code(
        "no reply of Redis",
        "The connection broke while the command ran, or its timeout was over: whether it took effect cannot be known. "
        "Look at the server, or raise timeout.",
    ),
}
