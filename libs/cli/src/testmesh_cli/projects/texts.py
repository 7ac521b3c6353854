"""The files that every project has; what stands between @ and @ is put in."""

SETTINGS = """\
# How `testmesh` runs in this folder and those below it; `testmesh config explain` says where each value comes from.
version: 1
project: @NAME@

# `testmesh run -e staging`: these take the place of what a flow says under `env`.
environments:
  staging:
    variables:
@VARIABLES@

# Where a flow or the command line says nothing else.
defaults:
  timeout: 2m

# Variables of your shell, or of .env, that flows may read as ${env.NAME}.
env_allow: []
"""

ENV_EXAMPLE = """\
# Copy this file to .env, which git ignores, for what is secret or differs from one person to the next.
# A flow reads a name from here as ${env.NAME}, once it is listed under env_allow in .testmesh.yaml.

# API_TOKEN=
"""

README = """\
# @NAME@

End-to-end tests as flows in YAML, run by `testmesh`.

```sh
@START@
testmesh run                   # every flow
testmesh run flows/…           # one of them
testmesh validate              # look for mistakes, run nothing
testmesh --help                # what else there is
```

| shown here | in |
|---|---|
@ROWS@

`.testmesh.yaml` holds the environments; `.env` (see `.env.example`) what is secret.
After an update of testmesh, `testmesh schema --draft 07 > .flow.schema.json` tells editors what is new.
"""

GITHUB = """\
name: TestMesh

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  flows:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    defaults:
      run:
        working-directory: @FOLDER@
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # where your index does not have it, name the wheel or the repository that you installed it from
      - run: pip install "@REQUIREMENT@"
@PREPARE@
      - run: testmesh validate flows
      - run: >
          testmesh run flows
          --report github
          --report junit=.testmesh/reports/junit.xml
          --report html=.testmesh/reports/report.html
      - uses: actions/upload-artifact@v4
        if: always()   # a failure is when the reports are wanted
        with:
          name: testmesh-reports
          path: @REPORTS@
          include-hidden-files: true
"""

GITLAB = """\
flows:
  image: python:3.12
  timeout: 15 minutes
  script:
    # where your index does not have it, name the wheel or the repository that you installed it from
    - pip install "@REQUIREMENT@"
@PREPARE@
    - testmesh validate flows
    - >
      testmesh run flows
      --report junit=.testmesh/reports/junit.xml
      --report html=.testmesh/reports/report.html
  artifacts:
    when: always   # a failure is when the reports are wanted
    paths: [@REPORTS@]
    reports:
      junit: @JUNIT@
    expire_in: 2 weeks
"""
