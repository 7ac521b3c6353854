"""Reading the body of a request into a model, and telling OpenAPI which."""

from email.message import Message
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from testmesh_api.errors import Fault, MediaTypeError, RequestInvalidError
from testmesh_api.strict_json import read_json

JSON = "application/json"
YAML = "application/yaml"
YAML_TYPES = frozenset((YAML, "application/x-yaml", "text/yaml", "text/x-yaml"))
AT_ONCE_BYTES = 1024 * 1024
"""Bodies up to this are read at once; `LargeBodies` reads the others."""
REFERENCE = "#/components/schemas/{model}"

T = TypeVar("T")


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a text with U+0000 cannot be kept")
    return text


PlainText = Annotated[str, AfterValidator(_without_nul)]
"""A text of a query parameter."""


class Body(BaseModel):
    """What a client sends; a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def content_type(request: Request) -> str:
    """Return the media type of the body, JSON where none is given."""
    message = Message()
    message["content-type"] = request.headers.get("content-type", JSON)
    return message.get_content_type() if request.headers.get("content-type") else JSON


async def read_body(request: Request, model: Any) -> Any:
    """Return the JSON body as the model.

    Raises:
        MediaTypeError: it is not announced as JSON.
        RequestInvalidError: with every fault.
    """
    found = content_type(request)
    if found != JSON and not found.endswith("+json"):
        raise MediaTypeError(found, [JSON])
    return fit(read_json(await request.body()), TypeAdapter(model))


def fit(value: Any, adapter: TypeAdapter[T], within: str = "") -> T:
    """Fit a value into a model; `within` is its place in the body."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        faults = [
            Fault(within + _pointer(found["loc"]), found["msg"], found["type"])
            for found in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise RequestInvalidError(faults) from error


def takes(*models: type[BaseModel], yaml: bool = False) -> dict[str, Any]:
    """Describe a route's body for OpenAPI; `openapi.py` moves the schemas to the components."""
    references = [{"$ref": REFERENCE.format(model=model.__name__)} for model in models]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    content: dict[str, Any] = {JSON: {"schema": schema}}
    if yaml:
        content[YAML] = {"schema": {"type": "string", "description": "The flow's source, kept as written."}}
    return {"requestBody": {"required": True, "content": content}, "x-schemas": schemas_of(*models)}


def schemas_of(*models: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schemas of models and of what they are made of, by name."""
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REFERENCE)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _pointer(place: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
