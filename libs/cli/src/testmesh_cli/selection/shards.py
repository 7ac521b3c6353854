"""Flows divided into shards that take about as long as one another: each flow in one of them, none in two.

Every machine divides alike, as long as it has the same flows and the same durations.
"""

import hashlib
import heapq
import json
from collections.abc import Mapping


def costs(keys: list[str], durations: Mapping[str, int]) -> dict[str, int]:
    """Return what each flow counts: its recorded milliseconds, or those of the one in the middle."""
    known = [max(durations[key], 1) for key in keys if key in durations]
    usual = sorted(known)[(len(known) - 1) // 2] if known else 1
    return {key: max(durations.get(key, usual), 1) for key in keys}


def divided(cost: Mapping[str, int], count: int) -> list[list[str]]:
    """Return the keys of each shard: the longest first, always to the shard that has the least to do so far."""
    shards: list[list[str]] = [[] for _ in range(count)]
    loads = [(0, number) for number in range(count)]
    for key in sorted(cost, key=lambda key: (-cost[key], key)):
        load, number = heapq.heappop(loads)
        shards[number].append(key)
        heapq.heappush(loads, (load + cost[key], number))
    return shards


def fingerprint(cost: Mapping[str, int], count: int) -> str:
    """Return a short name of a division: shards that say the same one fit together."""
    text = json.dumps([count, sorted(cost.items())]).encode()
    return hashlib.sha256(text).hexdigest()[:8]
