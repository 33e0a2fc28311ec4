"""Values that every room shares: money, rates, dates, codes, and the base of refusals."""
