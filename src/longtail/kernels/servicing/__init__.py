"""Whole portfolios on a day, as arrays. Pure numpy.

The same arithmetic as the fold of ``servicing``, in integers, to the millionth of a minor
unit; a test holds the two equal on every agreement of random portfolios. Sign convention:
amounts are what is owed, not negative.
"""
