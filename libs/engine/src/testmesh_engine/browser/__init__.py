"""What works on pages: a browser that a runner's executions share, a page for each of them, and what is done on it."""
