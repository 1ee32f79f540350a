"""What both sides of the wire share: the bytes of heads, remembered lines, a moving deadline."""
