"""TM55x and TM56x: what a browser did not do."""

from testmesh_engine.codes.code import Code

BROWSER = {
    "TM550": Code(
        "no browser",
        "There is no Chromium: none on the PATH, none of Playwright's own, or TESTMESH_CHROMIUM names none. On Debian: "
        "apt-get install chromium; elsewhere: python -m playwright install chromium.",
    ),
    "TM551": Code(
        "browser did not start",
        "Chromium is there and did not start, or opens no page. The message says what it said; in containers it often "
        "lacks memory, /dev/shm or fonts. Start it by hand to see more.",
    ),
    "TM552": Code(
        "page not reached",
        "The browser did not get to the address: nothing listens, the host has no address, the connection broke. Look "
        "at the host, the port, and whether it runs.",
    ),
    "TM553": Code(
        "page's certificate not trusted",
        "The browser does not trust the certificate of the page. If the server is yours and its certificate "
        "self-signed, set verify_tls: false in the first step that uses the browser.",
    ),
    "TM554": Code(
        "page out of time",
        "The page was not loaded in time. Raise timeout, look at the server, or wait for less: wait_until is load, "
        "domcontentloaded, networkidle or commit.",
    ),
    "TM555": Code(
        "page or browser gone",
        "The page crashed, was closed, or the browser ended. The next step with a browser begins with an empty page. "
        "If it happens again, look at the memory that the machine has left.",
    ),
    "TM556": Code(
        "script failed",
        "The JavaScript of evaluate or wait_for cannot be read, or threw. The message says what it threw.",
    ),
    "TM557": Code(
        "address refused",
        "goto opens http://, https://, data: and about: addresses; files only where flows may open the machine's own "
        "(TESTMESH_RUNNER_LOCAL_FILES), and nothing of the browser itself.",
    ),
    "TM558": Code(
        "page open in another way",
        "Device, locale, timezone, storage, verify_tls and video are said when the page is opened. Write them into the "
        "first step that uses the browser, or set fresh: true to begin anew.",
    ),
    "TM559": Code(
        "unknown device",
        "No device of Playwright's list has this name. The message names those that are spelled like it.",
    ),
    "TM560": Code(
        "file to upload not there",
        "A file that upload names cannot be read, or may not: on a server flows open no files unless an administrator "
        "sets TESTMESH_RUNNER_LOCAL_FILES. A file can also be written into the flow: {name, content}.",
    ),
    "TM561": Code(
        "download too large",
        "A file that a page gave is larger than a step keeps.",
    ),
    "TM562": Code(
        "no video",
        "A video needs ffmpeg: install it (on Debian: apt-get install ffmpeg), or leave video out.",
    ),
    "TM563": Code(
        "selector unreadable",
        "The selector is no CSS, or the role is none. Look at its brackets and quotes.",
    ),
    "TM564": Code(
        "page does not answer",
        "A script gave no result in time, or the page's own keeps it busy. Look at what it waits for.",
    ),
    "TM565": Code(
        "browser refused",
        "The browser refused an action, such as writing into what is no field. The message says why.",
    ),
}
