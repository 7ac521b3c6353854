"""The questions to a Redis, each from a step's config to its result."""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import DataError, RedisError

from testmesh_engine.actions.redis import (
    RedisCommandConfig,
    RedisCommandResult,
    RedisConfig,
    RedisDelResult,
    RedisExistsResult,
    RedisGetConfig,
    RedisGetResult,
    RedisKeysConfig,
    RedisSetConfig,
    RedisSetResult,
)
from testmesh_engine.database.pool import Lent, Pool
from testmesh_engine.redis.commands import UNCLEAN, refuse_what_stays
from testmesh_engine.redis.connection import IDLE_S, Link, open_pool
from testmesh_engine.redis.faults import explain
from testmesh_engine.redis.place import Place, find_place
from testmesh_engine.redis.replies import parsed, parsed_inside, plain
from testmesh_sdk import ActionContext, ActionError, ActionTimeoutError, format_duration


async def get(config: RedisGetConfig, context: ActionContext) -> RedisGetResult:
    async with _asking(config, context, f"GET {config.key}") as (link, what):
        found = await link.ask("GET", config.key)
        left = int(await link.ask("PTTL", config.key))
    value = plain(found)
    if config.parse_json:
        value = parsed(value, f"{what}: the value")
    return RedisGetResult(value=value, exists=found is not None, ttl_ms=left if left >= 0 else None)


async def write(config: RedisSetConfig, context: ActionContext) -> RedisSetResult:
    words: list[Any] = [config.key, _written(config)]
    if config.ttl is not None:
        words += ["PX", round(config.ttl * 1000)]
    if config.only_if is not None:
        words.append({"absent": "NX", "present": "XX"}[config.only_if])
    async with _asking(config, context, f"SET {config.key}") as (link, _):
        reply = await link.ask("SET", *words)
    return RedisSetResult(written=reply is not None)


async def delete(config: RedisKeysConfig, context: ActionContext) -> RedisDelResult:
    keys = _keys(config)
    async with _asking(config, context, f"DEL {' '.join(keys)}") as (link, _):
        return RedisDelResult(deleted=int(await link.ask("DEL", *keys)))


async def exists(config: RedisKeysConfig, context: ActionContext) -> RedisExistsResult:
    keys = list(dict.fromkeys(_keys(config)))
    async with _asking(config, context, f"EXISTS {' '.join(keys)}") as (link, _):
        count = int(await link.ask("EXISTS", *keys))
    return RedisExistsResult(exists=count == len(keys), count=count)


async def command(config: RedisCommandConfig, context: ActionContext) -> RedisCommandResult:
    """Send any command that has one reply."""
    words = config.command.split()
    sent = [*words, *(_argument(each) for each in config.args)]
    refuse_what_stays(list(map(str, sent)))
    async with _asking(config, context, words[0].upper(), keeps=words[0].upper() not in UNCLEAN) as (link, what):
        reply = plain(await link.ask(*sent))
    if config.parse_json:
        reply = parsed_inside(reply, f"{what}: the reply")
    return RedisCommandResult(value=reply, exists=reply is not None)


@asynccontextmanager
async def _asking(
    config: RedisConfig, context: ActionContext, asked: str, *, keeps: bool = True
) -> AsyncIterator[tuple[Link, str]]:
    """Lend a connection for one question, for as long as the step says; what goes wrong is told in its words."""
    place = find_place(config, context.variables)
    what = f"{asked[:200]} on {place}"
    try:
        async with asyncio.timeout(config.timeout), _lent(place, context) as lent:
            context.activity = what
            try:
                yield lent.connection, what
            except DataError as error:
                raise ActionError("TM578", f"{what}: {error}; an argument is a text or a number") from error
            except (RedisError, OSError) as error:
                lent.is_clean = lent.connection.is_open and keeps
                raise explain(error, what) from error
            lent.is_clean = keeps
    except TimeoutError as error:
        waited = format_duration(config.timeout or 0.0)
        message = f"no reply after {waited} while {context.activity}; raise timeout, or look at the server"
        raise ActionTimeoutError("TM579", message) from error


@asynccontextmanager
async def _lent(place: Place, context: ActionContext) -> AsyncIterator[Lent[Link]]:
    async def opened() -> Pool[Link]:
        return open_pool(place, context)

    key = ("redis", place, context.egress, context.on_server)
    async with context.resources.borrow(key, opened, _close, idle_s=IDLE_S) as pool, pool.lend(context) as lent:
        yield lent


async def _close(pool: Pool[Link]) -> None:
    await pool.close()


def _keys(config: RedisKeysConfig) -> list[str]:
    return [config.key] if isinstance(config.key, str) else config.key


def _argument(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool) else value


def _written(config: RedisSetConfig) -> Any:
    if config.base64 is not None:
        try:
            return base64.b64decode(config.base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ActionError("TM578", f"SET {config.key}: base64 cannot be read: {error}") from error
    value = config.value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
