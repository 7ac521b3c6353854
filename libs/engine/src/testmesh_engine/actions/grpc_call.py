"""`grpc_call`: call a method of a gRPC service. The status is data; assertions judge it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from testmesh_engine.actions.http_request import HIDDEN, hide_headers
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration

MetadataValue = str | int | float | bool
_PATH = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"


class GrpcTls(ActionConfig):
    """How the connection is made secure. Each is a PEM itself, or a file of the machine that runs the flow."""

    ca: str | None = Field(default=None, description="Who may have signed the server's certificate; else the usual")
    client_cert: str | None = Field(default=None, description="What says who calls; with its client_key")
    client_key: str | None = Field(default=None, description="Hidden in all that is shown and recorded")
    server_name: str | None = Field(default=None, description="The name in the server's certificate, if not the host")

    @model_validator(mode="after")
    def has_both_or_none(self) -> Self:
        if (self.client_cert is None) != (self.client_key is None):
            raise ValueError("client_cert and client_key are given together")
        return self


class GrpcCallConfig(ActionConfig):
    """A call. Messages are maps, with the names of the proto file or those of JSON."""

    address: str = Field(min_length=3, examples=["127.0.0.1:50051"], description="host:port")
    service: str = Field(pattern=_PATH, examples=["shop.Inventory"], description="With its package")
    method: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", examples=["GetStock"], description="Its name alone")
    request: Any = Field(default=None, description="The message of a method that takes one; absent: an empty one")
    requests: list[Any] | None = Field(default=None, description="The messages of a method that takes a stream")
    metadata: dict[str, MetadataValue | list[MetadataValue]] = Field(
        default={}, description="Sent before the request; values of names that end in -bin are base64"
    )
    deadline: Duration | None = Field(
        default=None, description="Told to the server; when it is over the status is DEADLINE_EXCEEDED"
    )
    tls: bool | GrpcTls = Field(default=False, description="true, or how: ca, client_cert, client_key, server_name")
    authority: str | None = Field(default=None, description="The host that the call names, if not that of address")
    proto: str | list[str] | None = Field(
        default=None, description="Proto files relative to the flow's file; absent: the server's reflection is asked"
    )
    take: int | None = Field(default=None, ge=1, le=10_000, description="End a stream of responses after so many")

    @property
    def timeout(self) -> float | None:
        """A longer deadline than the step's usual time raises that."""
        return self.deadline

    @field_validator("proto")
    @classmethod
    def names_a_file(cls, value: str | list[str] | None) -> str | list[str] | None:
        paths = [value] if isinstance(value, str) else value
        if paths is not None and not (paths and all(path.endswith(".proto") for path in paths)):
            raise ValueError("proto names at least one file, relative to the flow's, and each ends in .proto")
        return value

    @model_validator(mode="after")
    def has_one_side(self) -> Self:
        if self.request is not None and self.requests is not None:
            raise ValueError("request is for a method that takes one message, requests for one that takes a stream")
        return self


class GrpcCallResult(ActionResult):
    """How a call ended, and the messages that came before. `response` is nil where there was none."""

    status_code: int
    status: str
    message: str = ""
    ended_by: Literal["server", "deadline", "take"] = "server"
    response: Any = None
    responses: list[Any] = Field(default=[])
    metadata: dict[str, str] = Field(default={})
    trailers: dict[str, str] = Field(default={})


class GrpcCallAction(Action[GrpcCallConfig, GrpcCallResult]):
    """Calls over a connection that outlives the step."""

    name = "grpc_call"
    config = GrpcCallConfig
    result = GrpcCallResult
    traced = True

    def load(self) -> None:
        """Import gRPC and protobuf."""
        import_module("testmesh_engine.grpc.calling")

    async def run(self, config: GrpcCallConfig, context: ActionContext) -> GrpcCallResult:
        from testmesh_engine.grpc.calling import call

        return await call(config, context)

    @classmethod
    def files_in(cls, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the proto files; what they import is found behind them."""
        named = values.get("proto")
        if isinstance(named, str):
            yield "/proto", named
        elif isinstance(named, list):
            yield from ((f"/proto/{place}", path) for place, path in enumerate(named) if isinstance(path, str))

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who calls."""
        shown = dict(values)
        if isinstance(values.get("metadata"), dict):
            shown["metadata"] = hide_headers(values["metadata"])
        tls = values.get("tls")
        if isinstance(tls, dict) and "client_key" in tls:
            shown["tls"] = {**tls, "client_key": HIDDEN}
        return shown
