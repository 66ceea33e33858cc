import pytest

from core.paper.fonts import Weight, face

EVERY_CAPITAL = "ĂÂĐÊÔƠƯ ÀÁẢÃẠ ẰẮẲẴẶ ẦẤẨẪẬ ÈÉẺẼẸ ỀẾỂỄỆ ÌÍỈĨỊ ÒÓỎÕỌ ỒỐỔỖỘ ỜỚỞỠỢ ÙÚỦŨỤ ỪỨỬỮỰ ỲÝỶỸỴ"


@pytest.mark.parametrize("weight", list(Weight))
def test_the_font_has_every_vietnamese_letter(weight):
    letters = EVERY_CAPITAL + EVERY_CAPITAL.lower()
    assert [char for char in letters if not face(weight).has(char)] == []
