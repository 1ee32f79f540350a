-- Times are ISO 8601 text in UTC; `days` and months are dates. Amounts are whole units of the
-- account's currency.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL, trade TEXT NOT NULL,
  currency TEXT NOT NULL, since INTEGER NOT NULL
);
CREATE TABLE users (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts, role TEXT NOT NULL, status TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
  signature TEXT NOT NULL DEFAULT '', weekly_mail INTEGER NOT NULL DEFAULT 1,
  password TEXT NOT NULL, api_key TEXT NOT NULL DEFAULT ''
);
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts,
  owner TEXT NOT NULL REFERENCES users, name TEXT NOT NULL, title TEXT NOT NULL,
  company TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, city TEXT NOT NULL,
  since TEXT NOT NULL, private_notes TEXT NOT NULL DEFAULT ''
);
CREATE TABLE surveys (
  id INTEGER PRIMARY KEY, contact INTEGER NOT NULL REFERENCES contacts, answered TEXT NOT NULL,
  score INTEGER NOT NULL, survey_comments TEXT NOT NULL
);
CREATE TABLE meetings (
  id INTEGER PRIMARY KEY, contact INTEGER NOT NULL REFERENCES contacts, held TEXT NOT NULL,
  subject TEXT NOT NULL, kept_by TEXT NOT NULL REFERENCES users, meeting_notes TEXT NOT NULL
);
CREATE TABLE deals (
  id INTEGER PRIMARY KEY, contact INTEGER NOT NULL REFERENCES contacts,
  owner TEXT NOT NULL REFERENCES users, title TEXT NOT NULL, amount INTEGER NOT NULL,
  stage TEXT NOT NULL, closes TEXT NOT NULL
);
CREATE TABLE deal_moves (
  deal INTEGER NOT NULL REFERENCES deals, at TEXT NOT NULL, moved_by TEXT NOT NULL REFERENCES users,
  stage TEXT NOT NULL
);
CREATE TABLE tasks (
  id INTEGER PRIMARY KEY, contact INTEGER NOT NULL REFERENCES contacts,
  owner TEXT NOT NULL REFERENCES users, title TEXT NOT NULL, due TEXT NOT NULL,
  done_by TEXT REFERENCES users
);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, contact INTEGER NOT NULL REFERENCES contacts, ordered TEXT NOT NULL,
  item TEXT NOT NULL, quantity INTEGER NOT NULL, amount INTEGER NOT NULL
);
CREATE TABLE logins (
  token TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users, csrf TEXT NOT NULL,
  expires TEXT NOT NULL, flash TEXT NOT NULL DEFAULT ''
);
CREATE INDEX orders_by_day ON orders (ordered);
CREATE INDEX moves_by_deal ON deal_moves (deal);
