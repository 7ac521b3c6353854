"""A connection to a server, kept open between steps."""

import asyncio
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from testmesh_engine.grpc.library import aio, grpc
from testmesh_engine.grpc.target import Secured, Target
from testmesh_sdk import ActionError

IDLE_S = 60.0
MOST_BYTES = 64 * 1024 * 1024
"""Of one message that is received."""
_ANEW_S = 0.5
"""Within this a channel that could not connect tries it again; it shows only when that succeeds."""
_TRY_S = 3.0
"""What an address may take to answer before the other family's is tried."""
_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),  # or another channel's failures would count as this one's
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", MOST_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 250),
    ("grpc.primary_user_agent", "testmesh"),
)
_State = grpc.ChannelConnectivity
_SETTLED = (_State.READY, _State.TRANSIENT_FAILURE, _State.SHUTDOWN)


async def open_link(target: Target) -> aio.Channel:
    """Return a channel; it connects when it is first used."""
    reached = replace(target, addresses=await _of_one_family(target))
    options = [*_OPTIONS, ("grpc.default_authority", target.authority or str(target))]
    if target.tls is None:
        return aio.insecure_channel(reached.uri, options=options)
    options.append(("grpc.ssl_target_name_override", target.tls.server_name or target.host))
    return aio.secure_channel(reached.uri, _credentials(target.tls), options=options)


async def close_link(channel: aio.Channel) -> None:
    await channel.close()


async def settled(channel: aio.Channel) -> bool:
    """Wait until a connection is there, or cannot be had; return whether it is there."""
    state = channel.get_state(try_to_connect=True)
    if state is _State.TRANSIENT_FAILURE:  # of an earlier try; another one is made meanwhile
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANEW_S):
                await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)
    while state not in _SETTLED:
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)
    return bool(state is _State.READY)


@contextmanager
def letting_go() -> Iterator[None]:
    """Let a call that is cut off in this block go at once: the traceback would keep it, and it its connection."""
    try:
        yield
    except asyncio.CancelledError as cut:
        traceback.clear_frames(cut.__traceback__)
        raise


def is_connected(channel: aio.Channel) -> bool:
    return bool(channel.get_state() is _State.READY)


def _credentials(tls: Secured) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(tls.ca, tls.key, tls.certificate)


async def _of_one_family(target: Target) -> tuple[str, ...]:
    """Return the addresses of a family that answers: a channel takes those of one family alone."""
    four = tuple(each for each in target.addresses if ":" not in each)
    six = tuple(each for each in target.addresses if ":" in each)
    if not four or not six:
        return target.addresses
    for family in (six, four):
        for address in family:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_TRY_S):
                    _, writer = await asyncio.open_connection(address, target.port)
                writer.close()
                return family
    return four


def unusable(target: Target, error: Exception) -> ActionError:
    """Return the error of a channel that cannot be made of what was given."""
    return ActionError("TM533", f"connecting to {target}: gRPC does not take this: {error}; look at tls")
