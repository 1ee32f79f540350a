"""Who is this ordinary user? What the app, or the sign-in proxy in front, says of a request.

Nobody is recognised where anything is in doubt, and never from a session: what a user allows, they
allow themselves.
"""
