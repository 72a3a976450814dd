"""Base of every scenario section: unknown keys are refused, values are immutable."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the scenario file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
