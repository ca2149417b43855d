"""The `[session]` table of a profile: the course of a session besides its alarms, and when a patient may leave."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Route = Literal["intravenous", "nasal", "intramuscular", "subcutaneous", "oral", "sublingual"]


class Plan(BaseModel):
    """Times in seconds (rules.md 1 and 5). What follows from them is decided where patients are let go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    dosing_window: Seconds
    """Phase infusion lasts this long after the last dose; 0: until the infusion ends."""
    observed_from: Literal["end of infusion", "first dose", "last dose"]
    observation: Seconds
    """Leaving is blocked before this, counted from `observed_from`."""
    advised: Seconds
    advised_more: Seconds
    """Advised on top of `advised`: what an overlay adds, whatever it lies on."""
    nibp_at: tuple[Literal["before", "leaving"] | Seconds, ...]
    """Cuff readings the session must have, besides the regular ones; a number counts from the first dose."""

    @model_validator(mode="after")
    def _advises_no_less_than_it_blocks(self) -> Self:
        if self.advised < self.observation:
            raise ValueError("'advised' is shorter than 'observation', before which leaving is blocked")
        return self

    @property
    def advised_in_all(self) -> float:
        """Leaving is advised against before this, seconds from `observed_from`."""
        return self.advised + self.advised_more
