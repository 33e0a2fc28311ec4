"""The first page of each kind of party."""
