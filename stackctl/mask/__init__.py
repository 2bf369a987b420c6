"""Hides secret values in any text. The one place that does it.

Two kinds of knowledge: values that we know (every stored secret, in the forms in which it travels), and places that
hold a secret whatever the value (`PASSWORD=…`, `scheme://user:…@host`). Names, paths and codes are never hidden.
"""

from stackctl.mask.mask import Mask
from stackctl.mask.places import HIDDEN, assignments, hide_in_words, is_sensitive, secrets_in_words, uri_passwords
from stackctl.mask.spellings import SHORTEST_ANYWHERE, forms

__all__ = [
    "HIDDEN",
    "SHORTEST_ANYWHERE",
    "Mask",
    "assignments",
    "forms",
    "hide_in_words",
    "is_sensitive",
    "secrets_in_words",
    "uri_passwords",
]
