"""What the CRM holds when it is new. People and companies are made up."""

from __future__ import annotations

from typing import Final

ACCOUNTS: Final = (
    ("nordlicht", "Nordlicht GmbH", "Hamburg", "Logistics"),
    ("hoshi", "Hoshi Trading", "Osaka", "Wholesale"),
    ("lotus", "Lotus Health", "Pune", "Health care"),
)
USERS: Final = (
    ("jonas.weber", "Jonas Weber", "jonas.weber@nordlicht.example", "nordlicht", "Sales", "active"),
    ("lena.brandt", "Lena Brandt", "lena.brandt@nordlicht.example", "nordlicht", "Sales", "active"),
    ("mei.tanaka", "Mei Tanaka", "mei.tanaka@hoshi.example", "hoshi", "Sales", "active"),
    ("kenji.mori", "Kenji Mori", "kenji.mori@hoshi.example", "hoshi", "Service", "deactivated"),
    ("priya.nair", "Priya Nair", "priya.nair@lotus.example", "lotus", "Sales", "active"),
    ("arjun.rao", "Arjun Rao", "arjun.rao@lotus.example", "lotus", "Service", "invited"),
    ("ines.costa", "Ines Costa", "ines.costa@lotus.example", "lotus", "Service", "pre_onboarding"),
    ("root.admin", "Root Admin", "root@relata.example", "nordlicht", "Administrator", "active"),
)
CONTACTS: Final = (
    (1, "Karin Holm", "karin@fjordline.example", "+47 22 55 01 10", "Head of Freight",
     "Fjordline AS",
     "jonas.weber", "nordlicht", "Thinks of leaving Fjordline in spring; do not mention it there.",
     9, "Quick answers. Please never call before nine."),
    (2, "Pawel Nowak", "pawel@baltcargo.example", "+48 58 620 44 12", "Purchasing", "Baltcargo",
     "jonas.weber", "nordlicht", "Wants a rebate that we may not give in writing.", 4,
     "The last two deliveries were late and nobody told us."),
    (3, "Sofie Maes", "sofie@scheldeport.example", "+32 3 541 90 07", "Operations", "Schelde Port",
     "lena.brandt", "nordlicht", "Her manager decides, not she.", 7, "Good people, old software."),
    (4, "Haruto Sato", "haruto@kitamura.example", "+81 6 6344 2201", "Buyer", "Kitamura Foods",
     "mei.tanaka", "hoshi", "Recovering from surgery; write, do not phone.", 8,
     "We like to work with Ms Tanaka."),
    (5, "Emiko Abe", "emiko@sakurapaper.example", "+81 6 6201 7718", "Director", "Sakura Paper",
     "mei.tanaka", "hoshi", "Compares us with Maruwa at the moment.", 6, "Prices went up twice."),
    (6, "Daniel Okoye", "daniel@clinix.example", "+91 20 4012 3344", "Chief Pharmacist", "Clinix",
     "priya.nair", "lotus", "Budget is frozen until April, he says so only off the record.", 5,
     "The portal forgets my filters."),
    (7, "Meera Joshi", "meera@sanjeevani.example", "+91 20 2553 8190", "Procurement", "Sanjeevani",
     "priya.nair", "lotus", "Cousin of the regional director.", 10, "Best supplier we have."),
)  # fmt: skip
DEALS: Final = (
    (1, "Fjordline cold chain", 84_000, "Proposal", 1, "jonas.weber", "nordlicht", "2026-12-18"),
    (2, "Baltcargo renewal", 31_500, "Negotiation", 2, "jonas.weber", "nordlicht", "2026-12-04"),
    (3, "Fjordline trackers", 12_200, "Won", 1, "jonas.weber", "nordlicht", "2026-10-30"),
    (4, "Schelde yard pilot", 45_000, "Qualified", 3, "lena.brandt", "nordlicht", "2027-02-12"),
    (5, "Kitamura pallets", 27_800, "Proposal", 4, "mei.tanaka", "hoshi", "2026-12-11"),
    (6, "Sakura annual paper", 102_000, "Negotiation", 5, "mei.tanaka", "hoshi", "2027-01-15"),
    (7, "Clinix monitors", 64_400, "Qualified", 6, "priya.nair", "lotus", "2027-04-02"),
    (8, "Sanjeevani supplies", 18_900, "Won", 7, "priya.nair", "lotus", "2026-11-06"),
)
MEETINGS: Final = (
    (1, 1, "2026-11-12", "Quarterly review",
     "They will sign if the trackers come with it. Margin is thin."),
    (2, 2, "2026-11-17", "Complaint call", "He was angry; promised him a call from management."),
    (3, 4, "2026-11-10", "Sample tasting", "Liked the cedar pallets, not the price."),
    (4, 6, "2026-11-03", "Ward visit", "Two wards use borrowed monitors, which they must not."),
)  # fmt: skip
STAGES: Final = ("Qualified", "Proposal", "Negotiation", "Won", "Lost")
PASSWORD: Final = "relata"  # noqa: S105  everybody's in a demo of made-up people
