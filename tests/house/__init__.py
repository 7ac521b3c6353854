"""The running product, as end-to-end tests, fault tests and benchmarks drive it."""
