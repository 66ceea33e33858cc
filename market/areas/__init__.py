"""Areas: provinces, districts and communes with the dates between which they exist, and what became of them."""
