"""Master keys and what is derived from them: for deploy, repair, the Pulumi programs and the command line alone.

A master key is 32 random bytes per owner, kept as one age file; everything else follows from it
(HKDF-SHA256, RFC 5869), so Pulumi and Ansible agree without talking.
"""

from kogge.keyring.bring_over import UnsignedKey, sign_keys, unsigned_keys
from kogge.keyring.derivation import derive, fingerprint
from kogge.keyring.keyring import Keyring
from kogge.keyring.master import KeyMissingError, KeyringError, KeyUnreadableError
from kogge.keyring.owners import OwnerKey, owner_keys

__all__ = [
    "KeyMissingError",
    "KeyUnreadableError",
    "Keyring",
    "KeyringError",
    "OwnerKey",
    "UnsignedKey",
    "derive",
    "fingerprint",
    "owner_keys",
    "sign_keys",
    "unsigned_keys",
]
