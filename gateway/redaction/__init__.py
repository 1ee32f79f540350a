"""Hiding values of a category from a response; one file a format.

`rules` compiles the configured rules once and says which of them a response is under; `media`,
`charsets` and `encodings` decide whether a body can be read at all; `json` and `html` hide. All of
it is pure. What cannot be read is an `Unreadable`, never a body passed on unread (law 7).
"""
