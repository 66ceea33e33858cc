"""A stall's payment code: its reference, its virtual account, its VietQR payload, and its life."""
