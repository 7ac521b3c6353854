"""How much one expression may ask for; every bound ends in an explained error, never in a slow run."""

MAX_SOURCE = 10_000
"""Characters of one expression."""
MAX_NESTING = 50
"""Brackets, prefixes and predicates inside one another."""
MAX_TREE = 200
"""Operators and accesses in one chain."""
MAX_STEPS = 200_000
"""Steps of one evaluation: about one for each operation on each element."""
MAX_RENDER_STEPS = 1_000_000
"""Steps of rendering one value with all its references."""
MAX_ITEMS = 100_000
"""Elements of a list that an expression makes."""
MAX_TEXT = 4_000_000
"""Characters of a text that an expression makes."""
TEXT_PER_STEP = 64
"""Characters that cost as much as one step."""
MAX_BITS = 1023
"""Bits of a whole number; below it every number fits a float."""
MAX_DIGITS = 308
"""Digits of a number in text or in a decimal's exponent."""
MAX_PATTERN = 1_000
"""Characters of a regular expression, of a JSONPath or of an XPath."""
MAX_VALUE_DEPTH = 100
"""Lists and maps inside one another that are compared or written."""
