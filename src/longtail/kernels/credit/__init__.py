"""Credit kernels: scorecards, their reasons, how well they rank and how true they are.

Sign convention, everywhere in this package: a higher score is a better credit, a higher
probability of default (PD) is a worse one. Odds are good to bad. A label is 1 for a loss
and 0 for none. Points are integers, so sums of them are exact; probabilities are
``float64`` fractions in [0, 1].
"""
