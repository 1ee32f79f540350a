"""What of requests and answers themselves goes on record, by the level of a rule."""
