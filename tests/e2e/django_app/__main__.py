"""`python -m tests.e2e.django_app`: make the database with its users, and serve it.

`jonas` is the subject: staff, may work on groups. `ada.own` is the operator's own user in the app:
a superuser with a password.
"""

from __future__ import annotations

import os

import django  # type: ignore[import-untyped]  # Django has no types
from django.core.management import call_command  # type: ignore[import-untyped]  # as above

from tests.e2e.django_app.users import OWN_NAME, OWN_PASSWORD


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.e2e.django_app.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    _make_users()
    call_command("runserver", "127.0.0.1:0", use_reloader=False, skip_checks=True)


def _make_users() -> None:
    from django.contrib.auth.models import (  # type: ignore[import-untyped]  # Django has no types
        Permission,
        User,
    )

    jonas = User.objects.create_user("jonas", first_name="Jonas", is_staff=True)
    jonas.user_permissions.set(Permission.objects.filter(content_type__model="group"))
    User.objects.create_superuser(OWN_NAME, password=OWN_PASSWORD, first_name="Ada")


if __name__ == "__main__":
    main()
