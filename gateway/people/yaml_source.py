"""A site's directory in one YAML file.

    accounts:
      - {id: nordlicht, name: Nordlicht GmbH, region: dach}
      - {id: nordlicht-berlin, name: Nordlicht Berlin, parent: nordlicht}
    users:
      - {id: jonas.weber, name: Jonas Weber, email: jonas@nordlicht.example, account: nordlicht,
         status: active, groups: [sales], protected: false}

`parent`, `region` (the parent's), `status` (active), `groups` (none), `protected` and
`house_contact` (false) may be left out.
"""

from __future__ import annotations

from gateway.people.document import Document
from gateway.people.house_contacts import HouseTemplate
from gateway.people.lists import accounts_in, users_in
from gateway.people.memory import MemoryDirectory
from gateway.people.population import Population, without_faults


def read_directory(text: str, file: str, template: HouseTemplate | None = None) -> MemoryDirectory:
    """Read a directory; `file` is its name in faults, `template` makes house contacts.

    Raises:
        PeopleError: with every fault of the file.
    """
    document = Document(file, text)
    root = document.fields(document.root, (), ("accounts", "users"))
    accounts = accounts_in(document, root)
    users = users_in(document, root, accounts)
    document.finish()
    people = Population(accounts.values(), users.values(), template)
    return MemoryDirectory.of(without_faults(people, file))
