"""TM3xx: a flow that can be read and does not mean what it should; some are faults, some are notes."""

from testmesh_engine.codes.code import Code

MEANING = {
    "TM301": Code(
        "id taken",
        "Two steps of a flow, or two branches of one step, have the same id. Other steps could not say which they "
        "mean: rename one.",
    ),
    "TM302": Code(
        "reference to a later step",
        "An expression reads the result of its own step, or of one that runs later: there is none yet. Move the "
        "step, or read another one.",
    ),
    "TM303": Code(
        "nothing is tested, or keys contradict each other",
        "What is written cannot do what it looks like: an empty list of steps, rows or assertions, eventually "
        "without assertions, retry together with eventually.",
    ),
    "TM304": Code(
        "reference into another branch",
        "The step that is read runs in another branch of parallel, or in a loop whose passes run side by side: "
        "its result cannot be seen here. After parallel, branches.NAME.outputs holds what a branch set.",
    ),
    "TM305": Code(
        "another spelling",
        "Note. The action is accepted under this name and has another one. Write the other one.",
    ),
    "TM306": Code(
        "name that nothing defines",
        "Note. No step before, no input and no env defines the name; the environment or the caller must. Look at "
        "the nearest name: it may be mistyped.",
    ),
    "TM307": Code(
        "empty list of assertions",
        "Note. assert is there and empty: nothing is judged.",
    ),
    "TM308": Code(
        "output that nobody reads",
        "Note. A step sets a variable that nothing reads. It may be mistyped where it is read, or superfluous.",
    ),
    "TM309": Code(
        "step that cannot be reached",
        "Note. The step never runs: a step before it always fails, or its condition is always false.",
    ),
    "TM310": Code(
        "variable of the loop",
        "A step sets a variable that the loop around it sets as its item or index. The value would never be read: "
        "give the variable another name, or choose item_name and index_name.",
    ),
    "TM311": Code(
        "name that the result hides",
        "Note. An assertion or an output of a step reads a name that is a field of the step's own result and also a "
        "variable: an input, a column, env, or what an earlier step set. There it means the result: give the "
        "variable another name.",
    ),
    "TM312": Code(
        "comparison with itself",
        "Note. Both sides of a comparison are the same: it comes out the same whatever the target does. Compare with "
        "what should be there.",
    ),
    "TM313": Code(
        "environment variable that flows may not read",
        "Note. A flow reads env.NAME, and .testmesh.yaml does not list NAME in env_allow: a local run ends in an "
        "error there, and a server has no such variables at all. List it, or give the value by --var or an "
        "environment.",
    ),
}
