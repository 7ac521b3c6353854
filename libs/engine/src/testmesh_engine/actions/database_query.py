"""`database_query`: ask a database one thing. The rows are data; assertions judge them."""

import re
from importlib import import_module
from typing import Any, Literal

from pydantic import Field

from testmesh_engine.actions.http_request import HIDDEN
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration

_PASSWORD = re.compile(r"(?s)(://[^:@]*:).*@")
"""To the last @: also with signs that belong percent-encoded. Of a DSN, rather too much is hidden than too little."""
_SECRET_OPTION = re.compile(r"(?i)([?&;\s](?:password|passwd|pwd|sslpassword)=)[^&;\s]*")
_NAME = re.compile(r"[\w.-]*")
_MOST_ROWS = 100_000


class DatabaseQueryConfig(ActionConfig):
    """One statement. Values go into `params` and never into its text."""

    connection: str = Field(
        min_length=1,
        description="postgresql://, mysql://, mariadb:// or sqlite:///path, or the name of a variable that holds one",
        examples=["postgresql://tests:secret@127.0.0.1:5432/shop", "sqlite:///:memory:"],
    )
    query: str = Field(
        min_length=1, max_length=100_000, description="One SQL statement, with $1, ? or :name where a parameter belongs"
    )
    params: list[Any] | dict[str, Any] | None = Field(
        default=None, description="A list for $1 or ?, a map for :name; sent beside the text"
    )
    transaction: bool | Literal["rollback"] = Field(
        default=True,
        description="true: committed at the step's end, undone if it fails; rollback: always undone; false: none",
    )
    max_rows: int = Field(default=1000, ge=1, le=_MOST_ROWS, description="More rows are an error, and never left out")
    timeout: Duration | None = Field(default=None, description="For the statement, also on the server")


class DatabaseColumn(ActionConfig):
    """A column of the rows; its type is named as the database names it."""

    name: str
    type: str


class DatabaseQueryResult(ActionResult):
    """All rows; each is a map by the columns' names."""

    rows: list[dict[str, Any]]
    row_count: int
    first_row: dict[str, Any] | None = None
    rows_affected: int | None = None
    columns: list[DatabaseColumn] = Field(default=[])

    def readable(self) -> dict[str, Any]:
        """Return the fields as plain values by name, as expressions read them."""
        return {**super().readable(), "columns": [{"name": each.name, "type": each.type} for each in self.columns]}


class DatabaseQueryAction(Action[DatabaseQueryConfig, DatabaseQueryResult]):
    """Carries out a statement over connections that outlive the step."""

    name = "database_query"
    config = DatabaseQueryConfig
    result = DatabaseQueryResult

    def load(self) -> None:
        """Import what asks; each driver is imported with the first connection of its kind."""
        import_module("testmesh_engine.database.asking")

    async def run(self, config: DatabaseQueryConfig, context: ActionContext) -> DatabaseQueryResult:
        from testmesh_engine.database.asking import ask

        return await ask(config, context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without the password of its connection."""
        connection = values.get("connection")
        return {**values, "connection": hide_dsn(connection)} if isinstance(connection, str) else values


def hide_dsn(text: str) -> str:
    """Return a DSN without what proves who asks, wherever in it that stands; nothing of what is no DSN and no name."""
    if "://" not in text:
        return text if _NAME.fullmatch(text) else HIDDEN
    return _SECRET_OPTION.sub(rf"\g<1>{HIDDEN}", _PASSWORD.sub(rf"\g<1>{HIDDEN}@", text))
