"""Acting-on-behalf, from start to end, and the cookies that belong to it."""
