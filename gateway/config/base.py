"""What all models of the config have in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen; unknown keys are faults. The text below a field describes it (`config.reference`).

    A model is built when it is used: most only as a part of another one.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )
