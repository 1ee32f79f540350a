"""A Django project of Django's own parts: its admin, over users and groups, and its server."""
