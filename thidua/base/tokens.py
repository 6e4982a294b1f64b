"""Bearer tokens and roles, kept as hashes in a file that only the operator can read."""

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from thidua.base.errors import InputError, StoreError

#: Each role may do what the ones before it may.
ROLES: Final = ("read", "write", "admin")


@dataclass(frozen=True)
class Token:
    """A token as it is kept; its text is shown once, when it is made."""

    name: str
    role: str
    sha256: str

    def may(self, role: str) -> bool:
        """Whether this token's role covers another."""
        return ROLES.index(self.role) >= ROLES.index(role)


class TokenFile:
    """The tokens of a store."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[int, list[Token]] | None = None

    def all(self) -> list[Token]:
        """Every token; none when there is no file.

        :raises StoreError: the file is damaged, or somebody else's.
        """
        try:
            changed = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if self._read is None or self._read[0] != changed:
            try:
                tokens = [Token(**each) for each in json.loads(self.path.read_text(encoding="utf-8"))]
                assert all(token.role in ROLES for token in tokens)
            except OSError as exc:
                raise StoreError(f"{self.path} cannot be read: {exc}; it must belong to the user who serves") from exc
            except (ValueError, TypeError, AssertionError) as exc:
                raise StoreError(f"{self.path} is damaged: {exc}; delete it and make the tokens again") from exc
            self._read = (changed, tokens)
        return self._read[1]

    def find(self, text: str) -> Token | None:
        """The token of that text. Every one is compared, in constant time."""
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        found = None
        for token in self.all():
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def create(self, name: str, role: str) -> str:
        """Make a token and return its text, which is nowhere kept.

        :raises InputError: the name is taken or unusable, or there is no such role.
        """
        if role not in ROLES:
            raise InputError(f"A role is one of {', '.join(ROLES)}, not {role!r}.")
        if not re.fullmatch(r"[\w.@ -]{1,64}", name):
            raise InputError("A token's name has up to 64 letters, digits, spaces or . @ - _; it signs the writes.")
        tokens = self.all()
        if any(token.name == name for token in tokens):
            raise InputError(f"There is a token called {name!r}; revoke it first, or choose another name.")
        text = secrets.token_urlsafe(32)
        self._write([*tokens, Token(name, role, hashlib.sha256(text.encode()).hexdigest())])
        return text

    def revoke(self, name: str) -> None:
        """Forget a token.

        :raises InputError: there is none of that name.
        """
        tokens = self.all()
        if all(token.name != name for token in tokens):
            raise InputError(f"There is no token called {name!r}; `thidua token list` shows them.")
        self._write([token for token in tokens if token.name != name])

    def _write(self, tokens: list[Token]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump([asdict(token) for token in tokens], file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
