"""What the cases run: flows against the demo shop, and settings beside them."""

from tests.docs.shop import IN_PAGES

GREEN = f"""\
name: The lamp is for sale
tags: [smoke]
concurrency: {{key: in-turn, policy: queue}}
env: {{base_url: {IN_PAGES}}}
steps:
  - id: ask
    name: Ask for the lamp
    action: http_request
    config: {{method: GET, url: "${{base_url}}/products/lamp"}}
    assert: [status == 200, body.price == 29.99]
    output: {{price: body.price}}
  - id: say
    tags: [slow]
    action: log
    config: {{message: "the lamp costs ${{price}}"}}
teardown:
  - {{id: leave, action: log, config: {{message: bye, level: debug}}}}
"""
RED = f"""\
name: The bowl has the right name and enough of them are left
tags: [smoke]
concurrency: {{key: in-turn, policy: queue}}
env: {{base_url: {IN_PAGES}}}
steps:
  - id: ask
    name: Ask for the bowl
    action: http_request
    config:
      method: GET
      url: "${{base_url}}/products/bowl"
      headers: {{Accept-Language: en}}
    assert:
      - status == 200
      - body.name == "Walnut Bowl, hand-turned from one piece of wood, oiled twice"
      - body.stock >= 5
  - {{id: say, action: log, config: {{message: never said}}}}
teardown:
  - {{id: leave, action: log, config: {{message: bye}}}}
"""
ERROR = """\
name: Nobody is at home
concurrency: {key: in-turn, policy: queue}
steps:
  - id: ask
    action: http_request
    config: {method: POST, url: "http://127.0.0.1:1/orders", body: {product_id: lamp, quantity: 2}}
    timeout: 5s
    assert: [status == 201]
"""
PLAIN = "name: {name}\nsteps:\n  - {{id: judge, action: assert, config: {{data: {{total: 3}}}}, assert: [{holds}]}}\n"
RIGHT = PLAIN.format(name="right", holds="data.total == 3")
WRONG = PLAIN.format(name="wrong", holds="data.total == 4")
DEBUGGED = """\
name: debugged
steps:
  - {id: add, action: set, config: {total: 3}}
  - {id: judge, action: assert, assert: [total == 4]}
  - {id: say, action: log, config: {message: "total ${total}"}}
"""
FAULTY = """\
name: Faults
stesp: []
steps:
  - id: ask
    action: http_requst
    config: {method: GET, url: "http://127.0.0.1:8090/"}
  - id: judge
    action: assert
    config: {data: {total: 3}}
    assert: [data.total = 3, nobody.there == 1]
"""
FOR_SERVER = f"""\
name: lamp UNIQUE
tags: [smoke]
env: {{base_url: {IN_PAGES}}}
steps:
  - id: ask
    name: Ask for the lamp
    action: http_request
    config: {{method: GET, url: "${{base_url}}/products/lamp"}}
    assert: [status == 200]
    output: {{price: body.price}}
  - {{id: say, action: log, config: {{message: "the lamp costs ${{price}}"}}}}
  - {{id: warn, action: log, config: {{message: few are left, level: warning}}}}
"""
FAILS_THERE = FOR_SERVER.replace("lamp UNIQUE", "stock UNIQUE").replace("status == 200", "body.stock == 3")
SETTINGS = f"""\
version: 1
project: shop
environments:
  staging: {{variables: {{base_url: {IN_PAGES}, api_token: "${{SHOP_TOKEN}}"}}}}
defaults: {{environment: staging, jobs: 2, timeout: 10m}}
"""
DOTENV = "SHOP_TOKEN=s3cr3t-token-value\n"
LATE = """\
name: late
steps:
  - {id: wait, action: delay, config: {duration: 30s}}
  - {id: say, action: log, config: {message: never said}}
teardown:
  - {id: leave, action: log, config: {message: bye}}
"""
