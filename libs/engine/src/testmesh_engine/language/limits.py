"""How large a flow may be."""

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
MAX_YAML_DEPTH = 64
MAX_STEPS = 1_000
MAX_NAME = 255
MAX_INTEGER_DIGITS = 300
MAX_FAULTS = 100
MAX_ATTEMPTS = 1_000
MAX_NESTING = 10
MAX_CALLED = 200
"""Calls of other flows in one run, each place that calls counted once."""
MAX_FILE_BYTES = 16 * 1024 * 1024
"""Of a file that a flow names."""
MAX_ITERATIONS = 10_000
"""Of a loop, and rows of data, where the flow says nothing; no flow may say more than ten times that."""
