"""TM445 to TM449: the files that steps leave."""

from testmesh_engine.codes.code import Code

ARTIFACTS = {
    "TM445": Code(
        "artifact too large",
        "A file that a step attaches has more bytes than one may have; nothing of it was kept. Attach less of it, or "
        "have the operator raise TESTMESH_RUNNER_ARTIFACT_MAX_BYTES. A value too large for a record that is also too "
        "large for this is left out of the record, which says so; the verdict stands.",
    ),
    "TM446": Code(
        "too many artifacts",
        "With this file, those of the execution would have more bytes together, or be more, than one execution may "
        "keep; it was not kept. Loops that attach in each pass are the usual cause. The operator's settings are "
        "TESTMESH_RUNNER_EXECUTION_ARTIFACTS_MAX_BYTES and TESTMESH_RUNNER_EXECUTION_ARTIFACTS_MAX.",
    ),
    "TM447": Code(
        "artifact could not be kept",
        "The store of artifacts did not take the file: the disk is full, the folder cannot be written, or the bucket "
        "is away or refuses the credentials. The message has the store's own words. Nothing half-written is left.",
    ),
    "TM448": Code(
        "artifact too late",
        "An action attached a file when its step had already ended, by its timeout or because the run was cancelled. "
        "It was not kept, as nothing is told of a step behind its end.",
    ),
    "TM449": Code(
        "artifact not as it was kept",
        "A file that was downloaded has another digest than the one that the runner stored: it was changed or cut in "
        "the store, or on the way. It was not written. Download it again; if it stays so, the store lost it.",
    ),
}
