"""The words that stand on every card: Vietnamese first, English beneath. A card speaks both, whoever prints it."""

SCAN_VI = "Quét bằng ứng dụng ngân hàng bất kỳ"
SCAN_EN = "Scan with any banking app"
SCAN_VI_TWO_LINES = ("Quét bằng ứng dụng", "ngân hàng bất kỳ")

COMPARE_VI = "Ứng dụng phải hiện đúng tên này"
COMPARE_EN = "Your app must show this name"

BANK_VI, BANK_EN = "Ngân hàng", "Bank"
ACCOUNT_VI, ACCOUNT_EN = "Số tài khoản", "Account number"

CHECK_VI = "Kiểm tra mã tại"
CHECK_EN = "Check this code at"
EDITION_VI, EDITION_EN = "Bản", "Version"

DEMO_VI = "BẢN MẪU · KHÔNG THANH TOÁN"
DEMO_EN = "SAMPLE · DO NOT PAY"

# In plain type: the VietQR artwork belongs to NAPAS.
SCHEME = "VietQR"

AUTHOR = "Chợ 4.0"
LANGUAGE = "vi"
CARD_TITLE_VI = "Thẻ QR sạp"
