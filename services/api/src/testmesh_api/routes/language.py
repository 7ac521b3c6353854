"""The flow language as programs need it: its schema for editors, and the actions that flows can use."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from testmesh_api.principals import MaySeeService
from testmesh_engine.language.parse import built_in_actions
from testmesh_engine.language.schema import flow_schema

router = APIRouter(tags=["language"])


class ActionInfo(BaseModel):
    """An action: the word that an author writes, and what its config may be."""

    name: str
    description: str
    config: dict[str, Any]


class ActionList(BaseModel):
    """All actions that flows can use here."""

    items: list[ActionInfo]


@router.get("/schemas/flow.json")
async def flow(_principal: MaySeeService) -> dict[str, Any]:
    """Return the flow language as JSON Schema 2020-12."""
    return flow_schema()


@router.get("/actions")
async def actions(_principal: MaySeeService) -> ActionList:
    """List the actions, with the JSON Schema of each one's config."""
    registry = built_in_actions()
    found = [action for name in registry.names() if (action := registry.find(name)) is not None]
    return ActionList(
        items=[
            ActionInfo(
                name=action.name,
                description=(action.__doc__ or "").strip().partition("\n")[0],
                config=action.config.model_json_schema(),
            )
            for action in found
        ]
    )
