"""Every address of the site."""

from django.urls import include, path

from longtail.interfaces.api.app import api

urlpatterns = [
    path("api/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("allauth.idp.urls")),
    path("", include("longtail.interfaces.web.urls")),
]

handler500 = "longtail.interfaces.web.outage.broken"
