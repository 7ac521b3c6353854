"""TM4xx: what is found while a flow runs."""

from testmesh_engine.codes.code import Code

RUNNING = {
    "TM400": Code(
        "expression without a value",
        "The expression has no value here. The message says why.",
    ),
    "TM401": Code(
        "unknown name",
        "Nothing of that name is in scope: no variable, no earlier step, no field of the result. The message "
        "lists what there is. A step that was skipped has no result.",
    ),
    "TM402": Code(
        "missing key",
        "The map has no such key, or the list no such index. A missing key is nil only behind ?. and ??, and "
        "compared with nil itself.",
    ),
    "TM403": Code(
        "unequal types",
        "The operation does not know values of these types; a text and a number are never compared silently. "
        "Convert one with int(), float() or string().",
    ),
    "TM404": Code(
        "limit exceeded",
        "The expression took too many steps or made too large a value. Narrow what it looks at.",
    ),
    "TM405": Code(
        "no result",
        "Arithmetic without a result: a division by zero, a number beyond all bounds.",
    ),
    "TM406": Code(
        "bad argument",
        "A function was given a value of the right type that it cannot read, such as a text that is no date. Where "
        "no data would make it right, such as a schema that is none, an assertion with it is an error and no failure.",
    ),
    "TM407": Code(
        "selector without match",
        "An output's selector found nothing in the result. Look at what the step received; the name may have "
        "another case.",
    ),
    "TM410": Code(
        "out of time",
        "The step took longer than it has. Raise timeout, or within where eventually repeats it, or look at the "
        "target.",
    ),
    "TM411": Code(
        "flow out of time",
        "The flow took longer than its timeout; its teardown ran. Raise timeout, or split the flow.",
    ),
    "TM412": Code(
        "action broke down",
        "The action itself failed in a way that it does not know. This is a fault of the action or of its plugin, "
        "not of the flow.",
    ),
    "TM413": Code(
        "bad config after references",
        "With its references filled in, the step's config does not fit its action. The message names the key.",
    ),
    "TM414": Code(
        "cancelled",
        "The step was cut off: the execution was cancelled, the step that it is in ran out of time, or what runs "
        "beside it failed and fail_fast is on.",
    ),
    "TM415": Code(
        "nothing was tested",
        "No step passed: every one was skipped, disabled, or failed where the flow allows it. Empty is not green: look "
        "at the conditions.",
    ),
    "TM416": Code(
        "bad inputs",
        "An input is missing, unknown, of another type, or given though it is a column of the flow's data. The message "
        "names each.",
    ),
    "TM417": Code(
        "teardown did not pass",
        "The steps passed and the teardown did not: something may be left behind in the tested system.",
    ),
    "TM418": Code(
        "teardown out of time",
        "The teardown took longer than the 60 seconds that it has.",
    ),
    "TM419": Code(
        "engine broke down",
        "The engine failed. Report it, with the flow.",
    ),
    "TM420": Code(
        "assertion failed",
        "An assertion does not hold. The message shows the values that were read and how they differ from what "
        "was expected.",
    ),
    "TM421": Code(
        "failed on purpose",
        "A fail step, or an action that found what it looked at to be wrong.",
    ),
    "TM422": Code(
        "waiting was in vain",
        "The fail_fast expression of eventually is true: the assertions will not hold any more, so that the step "
        "ends before its time is up.",
    ),
    "TM423": Code(
        "not in time",
        "The step was repeated for all the time that eventually gives it, and an assertion still did not hold. The "
        "message says how often it was tried and what held at last. Raise within, or look at why the effect does not "
        "come.",
    ),
    "TM424": Code(
        "resources closed",
        "A connection was asked for after the runner had closed all of them.",
    ),
    "TM430": Code(
        "no connection",
        "The target does not take connections at this address. Look at the host, the port, and whether it runs.",
    ),
    "TM431": Code(
        "host unknown",
        "The host's name has no address. Look at its spelling and the DNS.",
    ),
    "TM432": Code(
        "TLS failed",
        "No secure connection could be made: the certificate is not trusted, has another name or has expired.",
    ),
    "TM433": Code(
        "no response in time",
        "The request was sent and no whole response came in time. Raise timeout or look at the server.",
    ),
    "TM434": Code(
        "response too large",
        "The response has more bytes than are read. Ask for less.",
    ),
    "TM435": Code(
        "connection broke",
        "The connection was closed before a whole response came.",
    ),
    "TM436": Code(
        "no URL",
        "The text is no URL that can be asked; it needs a scheme and a host.",
    ),
    "TM437": Code(
        "too many redirects",
        "The server redirects again and again. Set follow_redirects: false to look at the first answer.",
    ),
    "TM438": Code(
        "response unreadable",
        "The response broke off, or cannot be unpacked.",
    ),
    "TM439": Code(
        "request cannot be sent",
        "The request cannot be written as HTTP. The message names what is wrong with it.",
    ),
    "TM450": Code(
        "loop over too little",
        "A loop had fewer items than min_iterations, which is 1 where nothing is said: a loop over nothing tests "
        "nothing. Look at where the items come from, or write min_iterations: 0.",
    ),
    "TM451": Code(
        "loop over too much",
        "A loop has more items than max_iterations. None was carried out: leaving some out would look like a "
        "pass. Raise the limit or narrow the list.",
    ),
    "TM452": Code(
        "nothing to loop over",
        "items is no list, or range is no stretch of whole numbers. For a map, take values(…) or keys(…).",
    ),
    "TM453": Code(
        "until did not hold",
        "The steps were repeated for all the time that within allows, and until was still false, or was true of "
        "nothing alone, as all() of an empty list is. The message shows what it read last.",
    ),
    "TM454": Code(
        "flows that call one another",
        "A flow calls itself, straight or by way of others, or calls go too deep. The message shows the chain. "
        "Nothing was run.",
    ),
    "TM455": Code(
        "too many steps recorded",
        "One run records at most 100,000 steps. Loop over less, or split the flow.",
    ),
    "TM456": Code(
        "flow or file not found",
        "A flow that run_flow names, or a file that a flow names, cannot be had or has faults, or "
        "several files have a flow of the name. Paths are relative to the file of the flow that names them. "
        "Nothing was run.",
    ),
    "TM457": Code(
        "bad rows",
        "The file of rows has none, or cannot be read as CSV, JSON or YAML. Data without rows tests nothing.",
    ),
    "TM458": Code(
        "target not ready",
        "A step of requires did not pass: the target cannot be tested now. This says nothing about whether it is "
        "right, so that the flow ends as an error and never as failed.",
    ),
    "TM459": Code(
        "bad concurrency key",
        "concurrency.key has no value that names what runs share: it is empty, longer than 255 characters, a list or "
        "a map, or it contains a secret. Nothing was run: without its key a flow could run beside another.",
    ),
}
