"""What a financing mode is, what the law of a day allows, and what a deal comes to.

``primitives`` are the closed unions, ``mode`` composes and checks them, ``catalogue`` lists
the modes on offer, ``regimes`` holds dated law, ``resolve`` turns a mode and an offer into
the terms that an agreement freezes.
"""
