"""TM2xx: a document that is no flow: keys, types, values."""

from testmesh_engine.codes.code import Code

SCHEMA = {
    "TM201": Code(
        "value of another type",
        "A key holds a value of another type than it takes. The message says what belongs there; often quotes or "
        "a dash are missing.",
    ),
    "TM202": Code(
        "key missing",
        "A required key is not there. Add it.",
    ),
    "TM203": Code(
        "unknown key",
        "The key is not known here; the message names the nearest one. Nothing is ignored silently: a mistyped "
        "assert would be a test that never fails.",
    ),
    "TM204": Code(
        "value not allowed",
        "The value has the right type and cannot be used: an empty name, a number out of its range, a word that "
        "is none of the choices.",
    ),
    "TM205": Code(
        "unknown action",
        "No action of that name is built in or brought by a plugin. The message names the nearest one.",
    ),
    "TM206": Code(
        "no duration",
        "A duration is a number with its unit: 500ms, 10s, 1m30s, 2h. A bare number says no unit.",
    ),
    "TM207": Code(
        "not available yet",
        "The language knows this, and this release cannot carry it out. Use a newer release.",
    ),
    "TM208": Code(
        "bad config",
        "The config of the step does not fit its action. The message names the key and what is wrong with it.",
    ),
    "TM209": Code(
        "too many steps, or nested too deep",
        "A flow has at most 1,000 steps, nested at most 10 deep. Split it, and call the parts with run_flow.",
    ),
    "TM210": Code(
        "environment variable not set",
        "A value of the configuration refers to an environment variable by ${NAME}, and nothing sets it. Set it, write "
        "it into .env, or give a default: ${NAME:-text}.",
    ),
}
