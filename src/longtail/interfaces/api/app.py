"""The API object; each room's routes are added by its own module."""

from ninja import NinjaAPI

api = NinjaAPI(title="Longtail", version="1", docs_url="/docs")
