"""Every card of the demo, drawn as it is printed, is read by a camera's eyes to the payload that was issued."""

from __future__ import annotations

import io

import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

import vietqr
from core.database import database
from market.markets.models import Market
from vendors.codes.models import PaymentCode
from vendors.printing.cards import market_facts
from vendors.printing.draw import draw_png
from vendors.printing.facts import CardSize

DPI = 100


def test_every_card_is_read_back_to_its_payload(demo_app: Flask) -> None:
    cards = 0
    with database().reading() as session:
        for market in session.scalars(select(Market).where(Market.id.in_(select(PaymentCode.market_id)))):
            for facts in market_facts(session, market):
                picture = Image.open(io.BytesIO(draw_png(facts, CardSize.A6, DPI)))
                assert [one.text for one in zxingcpp.read_barcodes(picture)] == [facts.payload], facts.stall_code
                assert vietqr.decode(facts.payload).account_number == facts.account_number
                cards += 1
        assert cards == session.scalar(select(func.count()).where(PaymentCode.revoked_at.is_(None)))
    assert cards > 700
