"""The stages of a request, one file each, named after what they do."""
