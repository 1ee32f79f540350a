"""The torture test: load through real gateways, acts of chaos, three ledgers that must agree."""
