"""The flow language as programs need it: its schema for editors, and the actions that flows can use."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from testmesh_api.principals import MaySeeService
from testmesh_engine.language.config_schema import config_schema
from testmesh_engine.language.parse import built_in_actions
from testmesh_engine.language.schema import described, flow_schema
from testmesh_engine.language.schema_drafts import Draft

router = APIRouter(tags=["language"])
WantedDraft = Annotated[Draft, Query(description="Of JSON Schema; many editors read 07 best")]


class ActionInfo(BaseModel):
    """An action: the word that an author writes, and what its config may be."""

    name: str
    description: str
    config: dict[str, Any]


class ActionList(BaseModel):
    """All actions that flows can use here."""

    items: list[ActionInfo]


@router.get("/schemas/flow.json")
async def flow(_principal: MaySeeService, draft: WantedDraft = "2020-12") -> dict[str, Any]:
    """Return the flow language as JSON Schema, with a description of every key."""
    return flow_schema(draft=draft)


@router.get("/actions")
async def actions(_principal: MaySeeService, draft: WantedDraft = "2020-12") -> ActionList:
    """List the actions, with the JSON Schema of each one's config."""
    registry = built_in_actions()
    found = [action for name in registry.names() if (action := registry.find(name)) is not None]
    return ActionList(
        items=[
            ActionInfo(name=action.name, description=described(action), config=config_schema(action, draft))
            for action in found
        ]
    )
