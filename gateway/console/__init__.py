"""The pages and the JSON API of operators."""
