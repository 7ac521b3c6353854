from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
EXAMPLE = Path(__file__).parents[4] / "examples" / "redis" / "session.yaml"


async def test_the_example_passes_and_leaves_no_key(play, client, redis_url):
    played = await play(EXAMPLE.read_text(), variables={"cache": redis_url})

    assert played.outcome.status == "passed", played.outcome
    assert await client.keys("session:*") == []
