"""TM1xx: a text that cannot be read, as an expression or as a document."""

from testmesh_engine.codes.code import Code

SYNTAX = {
    "TM101": Code(
        "unreadable expression",
        "A character or a quote that no expression has. Look at the caret: most often a text is not closed, or a "
        "sign belongs in quotes.",
    ),
    "TM102": Code(
        "unexpected part of an expression",
        "The expression is read up to the caret and cannot go on there. An operator or a bracket is missing, or "
        "one is too many.",
    ),
    "TM103": Code(
        "unknown function",
        "No function of that name exists. The message names the nearest one; docs/language/functions.md "
        "lists all of them.",
    ),
    "TM104": Code(
        "wrong arguments",
        "The function takes another number of arguments, or a predicate such as { .price > 3 }. The message says "
        "which.",
    ),
    "TM105": Code(
        "expression too large",
        "The expression is too long or nested too deep. Split it: set a variable first, or write several assertions.",
    ),
    "TM106": Code(
        "bad pattern",
        "The pattern behind matches is no regular expression of RE2, which has no look-around and no back- references.",
    ),
    "TM107": Code(
        "bad JSONPath",
        "The path is no JSONPath as RFC 9535 defines it. Begin it with $, put names with odd signs into ['…'].",
    ),
    "TM110": Code(
        "no YAML",
        "The document cannot be read as YAML or JSON. Look at the caret and the line before it: indentation, a "
        "missing quote, a tab.",
    ),
    "TM111": Code(
        "document too large",
        "A flow has at most 1 MiB and 100,000 values. Move data into a file of rows, or split the flow.",
    ),
    "TM112": Code(
        "key given twice",
        "A map has the same key twice; which one is meant cannot be known. Remove one.",
    ),
    "TM113": Code(
        "bad alias",
        "An alias names nothing before it, stands inside what it names, or expands past the limits. Write the "
        "value out.",
    ),
    "TM114": Code(
        "tag not allowed",
        "A flow holds plain values; tags such as !!python are refused. Remove the tag.",
    ),
    "TM115": Code(
        "nested too deep",
        "Lists and maps are nested deeper than the limit. Flatten the value.",
    ),
    "TM116": Code(
        "second document",
        "A file holds one flow; behind --- a second one begins. Put it into a file of its own.",
    ),
    "TM117": Code(
        "not UTF-8",
        "The source is not UTF-8 text. Save it as UTF-8.",
    ),
    "TM118": Code(
        "key is no text",
        "A key must be text. A value that begins with { or {{ needs quotes, or it is read as a map.",
    ),
    "TM119": Code(
        "number too long",
        "A number of more than 300 digits. Put it in quotes if it is text.",
    ),
    "TM120": Code(
        "text that cannot be stored",
        "The flow holds a character that a server cannot store, such as U+0000. Write the text in base64 and decode "
        "it in an expression with from_base64().",
    ),
}
