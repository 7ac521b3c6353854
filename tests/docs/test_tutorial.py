"""The tutorial is carried out as it stands, and what carries it out sees where it is wrong."""

import pytest

from tests.docs.pages import DOCS
from tests.docs.walk import Walk, WalkError

pytestmark = pytest.mark.integration

TUTORIAL = DOCS / "tutorial.md"


def test_the_tutorial_does_what_it_says(tmp_path):
    Walk(TUTORIAL, tmp_path).through()


WRONG = {
    "a word that is not printed": "```console\n$ echo one\ntwo\n```\n",
    "an exit code that is not shown": "```console\n$ false\n$ echo fine\nfine\n```\n",
    "an exit code that is another one": "```console\n$ false\n$ echo $?\n2\n```\n",
    "a line that the file does not have": "```text a.txt\none\n```\n```diff a.txt\n-two\n+three\n```\n",
    "a line that the file has twice": "```text a.txt\none\none\n```\n```diff a.txt\n-one\n+two\n```\n",
    "a block that nobody knows": "```yaml\na: 1\n```\n",
    "words that no command prints": "```console\nwords\n```\n",
    "a shell that ends": "```console\n$ exit 3\n```\n",
}


@pytest.mark.parametrize("page", WRONG.values(), ids=WRONG)
def test_a_walk_stops_at(tmp_path, page):
    (tmp_path / "page.md").write_text(page)

    with pytest.raises(WalkError):
        Walk(tmp_path / "page.md", tmp_path).through()


def test_a_walk_keeps_folder_variables_and_exit_codes_from_block_to_block(tmp_path):
    (tmp_path / "page.md").write_text(
        "```text there/a.txt\none\n```\n```console\n$ cd there\n$ WORD=hello\n```\n```diff a.txt\n-one\n+two\n```\n"
        "```console\n$ cat a.txt\ntwo\n$ echo $WORD\nhello\n$ (exit 7)\n$ echo $?\n7\n```\n"
    )

    Walk(tmp_path / "page.md", tmp_path).through()
