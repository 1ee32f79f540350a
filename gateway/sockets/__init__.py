"""WebSockets of sessions: both ends are the gateway's own, and each message is looked at."""
