"""What a plan may be. Unknown fields and unknown faults are refused."""

from typing import Any

from marshmallow import fields, post_load
from marshmallow.validate import Length, OneOf, Range

from simbank.schemas import StrictSchema

from .models import SEED_MAX, Fault
from .plan import Durations, Orders, Setting

TIME_OUT_MAX_S = 120
DURATION_MAX_S = 7 * 86_400


class SettingSchema(StrictSchema):
    """How one fault is switched."""

    probability = fields.Float(load_default=0.0, validate=Range(0, 1))
    next = fields.Bool(load_default=False, truthy={True}, falsy={False})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Setting:
        return Setting(probability=data["probability"], next_one=data["next"])


class PlanSchema(StrictSchema):
    """A whole plan; what is left out is off, or as long as it is by default."""

    seed = fields.Str(load_default=None, validate=Length(1, SEED_MAX))
    time_out_s = fields.Float(validate=Range(0, TIME_OUT_MAX_S))
    down_s = fields.Float(validate=Range(1, DURATION_MAX_S))
    late_s = fields.Float(validate=Range(1, DURATION_MAX_S))
    reversed_after_s = fields.Float(validate=Range(0, DURATION_MAX_S))
    faults = fields.Dict(
        keys=fields.Str(validate=OneOf([fault.value for fault in Fault])),
        values=fields.Nested(SettingSchema),
        load_default=dict,
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Orders:
        durations = {name: value for name, value in data.items() if name not in ("seed", "faults")}
        settings = {Fault(name): setting for name, setting in data["faults"].items()}
        return Orders(seed=data["seed"], durations=Durations(**durations), settings=settings)
