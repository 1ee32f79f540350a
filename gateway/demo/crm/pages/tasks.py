"""Tasks: the list, a new one, done and open again."""

from __future__ import annotations

import re

from aiohttp import web

from gateway.demo.crm.records import contacts as known
from gateway.demo.crm.records import tasks as todo
from gateway.demo.crm.streams import announce
from gateway.demo.crm.text import day_in
from gateway.demo.crm.web import DB, back, checked_form, number_in, page, user_of

routes = web.RouteTableDef()


@routes.get("/tasks")
async def tasks(request: web.Request) -> web.Response:
    """List everybody's tasks, and offer a new one."""
    db, user = request.app[DB], user_of(request)
    found, choices = todo.tasks(db, user), known.contacts(db, user)
    return page(request, "tasks.html", tasks=found, contacts=choices)


@routes.post("/tasks")
async def add_task(request: web.Request) -> web.Response:
    """Add a task of the user's own."""
    fields = await checked_form(request)
    db, user, title = request.app[DB], user_of(request), fields.get("title", "").strip()
    number = fields.get("contact", "")
    found = known.contact(db, user, int(number)) if re.fullmatch(r"[0-9]{1,9}", number) else None
    due = day_in(fields.get("due", ""))
    if found is None or due is None or not title:
        return back(request, "/tasks", "A task needs a few words, a contact and a day.")
    todo.add_task(db, user, found["id"], title[:200], due)
    return back(request, "/tasks", "Task added.")


@routes.post(r"/tasks/{number:\d{1,9}}/{step:done|reopen}")
async def tick(request: web.Request) -> web.Response:
    """Mark a task as done, or open it again."""
    fields, number = await checked_form(request), number_in(request)
    done = request.match_info["step"] == "done"
    if not todo.tick(request.app[DB], user_of(request), number, done=done):
        raise web.HTTPNotFound(text="There is no such task in your account.")
    announce(request, "task", {"task": number, "done": done})
    onward = "/" if fields.get("from") == "home" else "/tasks"
    return back(request, onward, "Done." if done else "The task is open again.")
