"""What the trail of changes may be narrowed by."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields

from core.web.api import Day, Text, Whole


class ChangesQuery(Schema):
    """Each part may be left out; days are market days, both included."""

    class Meta:
        """A link from elsewhere may carry more."""

        unknown = EXCLUDE

    who = Text(max_length=120, load_default=None)
    action = fields.String(load_default=None)
    subject = Text(max_length=80, load_default=None)
    from_day = Day(load_default=None)
    to_day = Day(load_default=None)
    before = Whole(text=True, load_default=None)
