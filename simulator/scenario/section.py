"""Base of every scenario section: unknown keys are refused, values are immutable, times carry their offset."""

from datetime import UTC
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

Instant = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]
"""A time with its offset, kept in UTC."""


class Section(BaseModel):
    """A table of the scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
