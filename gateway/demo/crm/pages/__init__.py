"""The CRM's pages and their forms, one file a topic."""

from __future__ import annotations

from gateway.demo.crm.pages import contacts, deals, home, report, settings, sign_in, tasks, team

TABLES = (
    home.routes,
    contacts.routes,
    deals.routes,
    tasks.routes,
    team.routes,
    report.routes,
    settings.routes,
    sign_in.routes,
)
