"""The flows that are measured: the same text for the product and for the naive design."""

NOOP_STEPS = 2
NOOP = """
name: {name}
steps:
  - {{id: nothing, action: set, config: {{done: true}}}}
  - {{id: judge, action: assert, config: {{data: {{done: true}}, assertions: ["data.done"]}}}}
"""
GETS = 3
ASSERTIONS = 2
_GET = """
  - id: get_{number}
    action: http_request
    config: {{method: GET, url: "{target}/orders/{number}"}}
    assert: ["status == 200", 'body.customer.name == "Ada"']
"""


def noop(name: str) -> str:
    """A flow that does nothing, in two steps with one assertion."""
    return NOOP.format(name=name)


def three_gets(name: str, target: str) -> str:
    """Three GETs, each with two assertions."""
    return gets(name, target, GETS)


def gets(name: str, target: str, count: int) -> str:
    """So many GETs, each with two assertions."""
    return f"name: {name}\nsteps:" + "".join(_GET.format(number=n, target=target) for n in range(1, count + 1))
