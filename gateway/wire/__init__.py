"""What both sides of the wire share: bytes of heads, targets, remembered lines, a deadline."""
