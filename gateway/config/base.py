"""What all models of the config have in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen; unknown keys are faults; the text below a field is its description."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )
