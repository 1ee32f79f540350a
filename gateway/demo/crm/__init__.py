"""Relata, a small CRM of the kind that companies have run for years and nobody changes any more."""
