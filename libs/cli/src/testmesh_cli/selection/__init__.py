"""Which of the flows that were found are run, which of their steps, in which order and how often."""
