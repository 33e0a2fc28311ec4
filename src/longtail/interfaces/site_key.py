"""The key that the site signs with what outsiders hold against it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc.jwk import OKPKey

END = "-----END PUBLIC KEY-----"


def private() -> OKPKey:
    """Return the private key.

    Raises:
        ImproperlyConfigured: If the site has none; ``longtail up`` makes one.
    """
    if not settings.LOG_KEY:
        raise ImproperlyConfigured("There is no log key. Run: longtail up")
    return OKPKey.import_key(settings.LOG_KEY)


def trusted() -> list[OKPKey]:
    """Return the keys whose signatures count: the site's, then those it had before."""
    earlier = settings.LOG_EARLIER_KEYS.split(END)[:-1]
    return [private(), *(OKPKey.import_key(text.strip() + "\n" + END) for text in earlier)]


def public_text() -> str:
    """Return the public half as PEM, to be handed out with the first head."""
    return private().as_pem(private=False).decode()
