"""People who go by several forms of one common noun: `старуха`, `старушка`, `старушонка`."""

from engine.drama.cast.people import People, Person

_SHARED = 5
"""Letters that the diminutives of a noun begin with."""


def one_person(people: People) -> dict[int, int]:
    """Person -> who that is: the noun of the same gender that is used most of those that begin alike."""
    nouns = [at for at, each in enumerate(people.all) if each.noun and not each.character]
    found: dict[int, int] = {}
    for at in nouns:
        kindred = [other for other in nouns if _kindred(people.all[at], people.all[other])]
        best = max(kindred, key=lambda other: (people.all[other].names.total(), -other))
        if best != at:
            found[at] = best
    return found


def _kindred(one: Person, other: Person) -> bool:
    shared = min(_SHARED, len(one.name))
    return one.gender == other.gender and one.name[:shared] == other.name[:shared]
