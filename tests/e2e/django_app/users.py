"""The operator's own user in the app."""

from typing import Final

OWN_NAME: Final = "ada.own"
OWN_PASSWORD: Final = "own-password"
