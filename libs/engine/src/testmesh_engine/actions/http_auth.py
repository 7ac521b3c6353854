"""The ways in which an `http_request` can say who asks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from testmesh_sdk import ActionConfig


class BasicAuth(ActionConfig):
    """A name and a password, sent in the Authorization header."""

    username: str = Field(description="Who asks")
    password: str = Field(description="Hidden in all that is shown and recorded")


class ApiKeyAuth(ActionConfig):
    """A key, sent under a name of one's own in a header or in the query."""

    name: str = Field(default="X-API-Key", description="What the header or the parameter is called")
    value: str = Field(description="Hidden in all that is shown and recorded")
    place: Literal["header", "query"] = Field(default="header", alias="in", description="Where it is sent")


class DigestAuth(ActionConfig):
    """A name and a password, of which only a digest is sent, once the server has asked for it."""

    username: str = Field(description="Who asks")
    password: str = Field(description="Hidden in all that is shown and recorded")


class OAuth2Auth(ActionConfig):
    """A token by OAuth 2 client credentials; a runner keeps it until shortly before it ends."""

    token_url: str = Field(min_length=1, description="Where the token is asked for")
    client_id: str = Field(min_length=1, description="Who asks")
    client_secret: str = Field(description="Hidden in all that is shown and recorded")
    scope: str | list[str] | None = Field(default=None, description="What the token shall be good for")
    audience: str | None = Field(default=None, description="For whom the token shall be good")
    params: dict[str, str] = Field(default={}, description="What else this token server wants to be sent")
    credentials_in: Literal["header", "body"] = Field(
        default="header", description="Where the client's id and secret are sent: Basic header, or form"
    )


class HttpAuth(ActionConfig):
    """One way to say who asks."""

    basic: BasicAuth | None = Field(default=None, description="A name and a password")
    bearer: str | None = Field(default=None, description="A token, sent as Authorization: Bearer")
    api_key: ApiKeyAuth | None = Field(default=None, description="A key in a header or in the query")
    digest: DigestAuth | None = Field(default=None, description="A name and a password, sent as a digest")
    oauth2: OAuth2Auth | None = Field(default=None, description="A token by OAuth 2 client credentials")

    @model_validator(mode="after")
    def says_one_way(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("auth holds exactly one of basic, bearer, api_key, digest, oauth2")
        return self
