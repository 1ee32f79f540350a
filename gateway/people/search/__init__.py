"""Finding users as people type: words in any order, their beginnings, a letter amiss."""
