"""Which operator binds closer, and the words that cannot be names."""

SPELLINGS = {"&&": "and", "||": "or", "**": "^"}
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "matches")
WORD_COMPARISONS = ("in", "contains", "startsWith", "endsWith", "matches")
COMPARING = 20
PRECEDENCE = {
    "|": 1, "or": 10, "and": 15, **dict.fromkeys(COMPARISONS, COMPARING),
    "..": 25, "+": 30, "-": 30, "*": 60, "/": 60, "%": 60, "^": 100, "??": 500,
}  # fmt: skip
PREFIXES = {"not": COMPARING, "-": 91, "+": 91, "!": 101}
CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "nil": None, "null": None}
RESERVED = frozenset({*CONSTANTS, "and", "or", "not", *WORD_COMPARISONS})
