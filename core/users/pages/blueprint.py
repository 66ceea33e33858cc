"""The group that pages about users are in."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("users", __name__)
