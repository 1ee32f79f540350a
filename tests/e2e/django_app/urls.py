"""The admin, and the way to it."""

from __future__ import annotations

from django.contrib import admin  # type: ignore[import-untyped]  # Django has no types
from django.urls import path  # type: ignore[import-untyped]  # as above
from django.views.generic import RedirectView  # type: ignore[import-untyped]  # as above

urlpatterns = [path("admin/", admin.site.urls), path("", RedirectView.as_view(url="/admin/"))]
