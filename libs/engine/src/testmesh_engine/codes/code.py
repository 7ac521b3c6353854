"""What a code stands for."""

from typing import NamedTuple


class Code(NamedTuple):
    """A short title, and an explanation that ends in what to do."""

    title: str
    explanation: str
