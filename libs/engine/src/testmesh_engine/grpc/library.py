"""The gRPC library, loaded so that it says nothing by itself: it writes to the terminal past all that is ours."""

import os

# read by its core once, when it is loaded; what goes wrong is told by the step that it goes wrong in
os.putenv("GRPC_VERBOSITY", "NONE")

import grpc
from grpc import aio

__all__ = ["aio", "grpc"]
