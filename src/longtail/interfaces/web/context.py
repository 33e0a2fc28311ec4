"""What every page's frame needs."""


def shell(request):
    """Return the values the base template reads."""
    return {}
