"""The bar on every page of a session: how it is drawn and how it is put in."""
