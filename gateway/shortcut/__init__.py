"""The short way for plain requests: without a task, from what is remembered of heads like theirs.

It decides nothing by itself: what a head says was said by the reader and the stages, which see each
head the first time that it comes. Whatever is not plain goes the long way (`gateway.proxy`), from
its beginning or from where the short way ended.
"""
