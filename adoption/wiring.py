"""Wires this package into the application."""

from __future__ import annotations

from flask import Flask

from adoption.indicators import api as indicators_api
from market.settings import Settings
from market.web.api import Blueprint


def init_app(app: Flask, settings: Settings) -> list[Blueprint]:  # noqa: ARG001
    """Set up this floor; gives the API's groups."""
    return [indicators_api.bp]
