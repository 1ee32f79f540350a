"""A small legacy CRM, and the gateway in front of it."""
