"""What roles are called."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from core.permissions.roles import Role

ROLE_NAMES: Final[dict[Role, LazyString]] = {
    Role.ADMIN: _("Administrator"),
    Role.OPERATOR: _("Operator"),
    Role.PROVINCE_OFFICER: _("Province officer"),
    Role.DISTRICT_OFFICER: _("District officer"),
    Role.COMMUNE_OFFICER: _("Commune officer"),
    Role.REGISTRAR: _("Registrar of a board"),
    Role.APPROVER: _("Approver of a board"),
    Role.FIELD_AGENT: _("Community digital team"),
    Role.VENDOR: _("Vendor"),
}
