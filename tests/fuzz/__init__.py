"""Fuzzing: bytes that nobody thought of, at every place where bytes of others come in.

`python -m tests.fuzz` runs each target of `targets` under libFuzzer (atheris), which keeps what
leads to new code; `whole` throws whole requests and answers at a gateway that runs. A finding is
a crash, a hang, a planted value that comes out, or a request at the app without a record.
"""
