"""Money: counted as decimals, so that no cent is lost, and sent as JSON numbers."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer

Money = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
