"""What is read out of the streams: all of it, a choice of it, and by what it tells of."""
