"""What is measured: each proxy as a program of its own with one worker."""
