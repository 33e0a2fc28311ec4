"""Matching demands to mandates: who may see a demand, and in which order.

Conventions: ``n`` mandates in rows, in the order given; amounts in integer minor units of
one currency a filter, rates and scores in integer basis points, tenors in months. A filter
that a mandate leaves open admits everything, also what is unknown; a filter that it sets
never admits the unknown.
"""
