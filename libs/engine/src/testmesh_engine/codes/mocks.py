"""TM58x: what mock servers, their verification and webhook_receive could not do."""

from testmesh_engine.codes.code import Code

MOCKS = {
    "TM580": Code(
        "no such mock server",
        "No mock server of that name runs in this execution: none was started, it was stopped, or the name is "
        "mistyped. Start it in an earlier step with mock_server_start; webhook_receive needs one, too, which is there "
        "before the tested system calls back.",
    ),
    "TM581": Code(
        "mock server cannot listen",
        "The port is taken, or the address of the setting TESTMESH_MOCK_BIND is none of this machine. Leave port out "
        "to have a free one.",
    ),
    "TM582": Code(
        "mock server's name is taken",
        "Another step's mock server of that name still runs, and requests to it would be judged as this one's. Give "
        "each a name of its own, or stop the other before.",
    ),
    "TM583": Code(
        "too many mock servers",
        "An execution has 50 mock servers at most. Stop those that are not needed, or give one more endpoints.",
    ),
    "TM584": Code(
        "more requests than are kept",
        "More requests came than a mock server keeps: 1,000, 16 MiB of bodies. What came beyond is counted and not "
        "kept, so that nothing can be said of all of them. Verify earlier, or start another server.",
    ),
    "TM585": Code(
        "out of time for requests",
        "The step's time was up before the requests that it awaits had their whole time to come. Raise the step's "
        "timeout, or lower the config's.",
    ),
    "TM586": Code(
        "mock server could not answer",
        "A reference in a response had no value for a request, or the status that it made is none; the tested system "
        "got a 500 that it was not meant to get. Mend the response, such as with ?? for what may be missing.",
    ),
}
