"""Every example of the pages is carried out by the `testmesh` command, and prints what the page says."""

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from testmesh_cli.main import cli
from testmesh_engine.actions import BUILT_IN
from testmesh_engine.codes import CODES
from testmesh_engine.expressions import functions
from testmesh_engine.expressions.generators import ALWAYS_THERE
from testmesh_engine.language import control_configs, flows, steps
from testmesh_engine.language.controls import CONTROL_ACTIONS
from tests.docs.feed import IN_PAGES as FEED_IN_PAGES
from tests.docs.feed import running_feed
from tests.docs.pages import DOCS, FLOW, HOME, PAGES, Example, PageError, examples_of, is_printed, pin
from tests.docs.peers import REDIS, running_inventory
from tests.docs.shop import IN_PAGES, TARGET_IN_PAGES, running_shop, running_target
from tests.docs.site import SITE_IN_PAGES, running_site
from tests.house.pinning import pins

pytestmark = pytest.mark.integration
EXAMPLES = [example for page in PAGES for example in examples_of(page)]
PEERS = {
    IN_PAGES: running_shop,
    TARGET_IN_PAGES: running_target,
    SITE_IN_PAGES: running_site,
    FEED_IN_PAGES: running_feed,
}
"""What the pages ask, by the address that is written there."""
_LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")


def replaced(text, others):
    for one, other in others.items():
        text = text.replace(one, other)
    return text


@pytest.fixture(scope="module")
def peers(servers):
    """Start what the pages ask; give where each is, by the address that the pages have for it."""
    with ExitStack() as stack:
        found = {written: stack.enter_context(running()) for written, running in PEERS.items()}
        yield found | stack.enter_context(running_inventory()) | {REDIS: servers.redis_url}


@pytest.fixture
def testmesh(tmp_path, monkeypatch, peers):
    """Carry out the command in a folder that has the page's files, with what they ask where they look for it."""
    monkeypatch.chdir(tmp_path)

    def carry_out(example: Example, *arguments: str):
        for name, text in {**example.files, FLOW: example.source or ""}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(replaced(text, peers))
        done = CliRunner().invoke(cli, arguments or example.arguments)
        return done.exit_code, replaced(done.output, {address: written for written, address in peers.items()})

    return carry_out


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_does_what_its_page_says(testmesh, example):
    code, printed = testmesh(example)

    if example.said is not None:
        if pins() and not is_printed(example.said, printed):
            pin(example, printed)
        assert is_printed(example.said, printed), printed
        return
    assert code == 0, printed
    if example.source is not None:
        assert " ! " not in printed
        assert testmesh(example, "validate", FLOW) == (0, "1 valid, 0 not valid\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_page_shows_is_used_by_an_example_of_it(page):
    examples = examples_of(page)
    sources = [example.source or " ".join(example.arguments) for example in examples]
    for name in {name for example in examples for name in example.files}:
        behind = [text for example in examples for other, text in example.files.items() if other != name]
        assert any(name in source for source in [*sources, *behind]), name


@pytest.mark.parametrize("block", ["```yaml\n", "```yaml part\na: 1\n```\n", "```python\n1\n```\n", "```\nx\n```\n"])
def test_a_block_that_nobody_would_look_at_is_refused(tmp_path, block):
    page = tmp_path / "page.md"
    page.write_text(block if block.endswith("```\n") else "```text\nprinted by nothing\n```\n")

    with pytest.raises(PageError):
        examples_of(page)


def text_of(page: str) -> str:
    return (DOCS / page).read_text()


def missing(words, page):
    text = text_of(page)
    return [word for word in words if f"`{word}`" not in text]


@pytest.mark.parametrize("action", CONTROL_ACTIONS)
def test_every_construct_has_a_page_with_its_keys(action):
    assert missing(control_configs.KEYS[action], f"language/{action}.md") == []


@pytest.mark.parametrize("action", [line.load() for line in BUILT_IN], ids=lambda action: action.name)
def test_every_action_has_a_page_with_its_config_and_result(action):
    fields = [found.alias or name for name, found in action.config.model_fields.items()]
    assert missing([*fields, *action.result.model_fields], f"actions/{action.name}.md") == []


def test_every_key_of_a_flow_and_of_a_step_is_in_its_table():
    assert missing(flows.KEYS, "language/document.md") == []
    assert missing(steps.KEYS, "language/steps.md") == []


def test_every_function_and_generator_is_on_its_page():
    assert missing([*functions.FUNCTIONS, *functions.FROM_SCOPE], "language/functions.md") == []
    assert missing([name for name in ALWAYS_THERE if name.isupper()], "language/generators.md") == []


def test_every_code_is_on_the_page_of_codes():
    assert missing(CODES, "language/codes.md") == []


def test_the_index_leads_to_every_page():
    indexes = [DOCS / "language" / "README.md", DOCS / "actions" / "README.md"]
    links = {(index.parent / link).resolve() for index in indexes for link in _LINK.findall(index.read_text())}

    assert {*PAGES} - {indexes[0]} <= links


def documents() -> list[Path]:
    folders = (HOME, HOME / "docs", HOME / "libs", HOME / "services", HOME / "examples")
    found = [path for folder in folders[1:] for path in folder.rglob("*.md") if "node_modules" not in path.parts]
    return sorted([*HOME.glob("*.md"), *found])


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(HOME)))
def test_every_link_leads_somewhere(document):
    for link in _LINK.findall(document.read_text()):
        path, _, heading = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
