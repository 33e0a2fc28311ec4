"""What a state says of itself: whether it performs, may be cured, and what settles it."""
