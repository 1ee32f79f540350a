"""What makes the streams evidence: signatures, checkpoints outside, verifying, trimming."""
