"""TM44x: where an execution may connect to."""

from testmesh_engine.codes.code import Code

EGRESS = {
    "TM440": Code(
        "connection refused by the egress policy",
        "The address is one that the flow's environment does not allow; nothing was sent. The message names the "
        "address that the connection would have ended at, and the rule. Add the address to egress.allow of the "
        "environment if the flow may go there. No retry and no allow_failure covers it.",
    ),
    "TM441": Code(
        "egress settings unreadable",
        "An entry of egress.allow of the environment, of TESTMESH_EGRESS_ALLOW or of TESTMESH_EGRESS_NEVER is "
        "neither an address nor a network nor a host's name. The message shows what one looks like.",
    ),
    "TM442": Code(
        "egress policy without a guard",
        "There is a policy, and the event loop that the engine was started in would not ask it, so that nothing was "
        "run. This is a fault of whoever started the engine, not of the flow.",
    ),
}
