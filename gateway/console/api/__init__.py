"""The JSON API: one file a topic, each with a table of its endpoints; `table` has them all."""
