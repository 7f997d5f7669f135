"""`users` in the terminal: who may log in. It works on the database alone, whether a page runs or not."""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from engine.accounts.accounts import Accounts
from engine.accounts.audit import Action
from engine.accounts.caller import Role
from engine.accounts.plans import STANDARD
from engine.accounts.users import User
from engine.database.opening import open_database
from engine.errors import AppError, invalid
from engine.folder import running_server, server_key
from engine.messages import translate
from engine.settings import Settings
from engine.terminal import refused

NEVER = "—"

Said = argparse.Namespace


def users(settings: Settings, arguments: Sequence[str]) -> int:
    """`users add|passwd|disable|enable|change EMAIL`, `users list [--json]`, `users replace-key`.

    A page that runs knows at once. Exit code 2 for invalid input.
    """
    said = _parser().parse_args(arguments)
    try:
        database = open_database(settings)
        try:
            said.act(Accounts.open(settings, database), said, settings.language)
            if running_server(settings) and not server_key(settings):
                print(translate("ui.users.restart", settings.language), file=sys.stderr)
        finally:
            database.close()
    except AppError as error:
        return refused(error, settings.language, as_json="--json" in arguments)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.sh users", description="Who may log in.", allow_abbrev=False)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, act: Callable[[Accounts, Said, str], None], about: str, *, email: bool = True) -> Any:
        added = verbs.add_parser(name, help=about, description=about, allow_abbrev=False)
        added.set_defaults(act=act)
        if email:
            added.add_argument("email")
        return added

    add = verb("add", _add, "add a user; the first is an administrator, and has what is in the library already")
    add.add_argument("--admin", action="store_true", help="an administrator")
    add.add_argument("--plan", default=STANDARD, help="how much they may use: a plan of plans.toml")
    passwd = verb("passwd", _passwd, "give a user another password; they have to log in again")
    for asking in (add, passwd):
        asking.add_argument("--password-stdin", action="store_true", help="read the password from the standard input")
    add.add_argument("--no-password", action="store_true", help="who comes by the OpenID provider alone")
    verb("disable", _disable, "let a user in no longer; what is theirs stays")
    verb("enable", _enable, "let a user in again")
    change = verb("change", _change, "change role or plan of a user")
    change.add_argument("--role", choices=[str(role) for role in Role])
    change.add_argument("--plan")
    verb("list", _list, "list all users", email=False).add_argument("--json", action="store_true")
    verb("replace-key", _replace_key, "sign with a new key: ends signed addresses, twice all tokens", email=False)
    return parser


def _add(accounts: Accounts, said: Said, language: str) -> None:
    password = None if said.no_password else _password(said, language)
    role = Role.ADMIN if said.admin else Role.USER
    user = accounts.users.add(said.email, password, role=role, plan=said.plan)
    accounts.audit.note(Action.USER_ADDED, user.id, payload={"email": user.email, "role": user.role})
    _say("ui.users.added", language, user)


def _passwd(accounts: Accounts, said: Said, language: str) -> None:
    user = accounts.users.find(said.email)
    accounts.users.set_password(user.id, _password(said, language))
    accounts.credentials.revoke_all(user.id)
    accounts.audit.note(Action.PASSWORD_CHANGED, user.id)
    _say("ui.users.password_set", language, user)


def _disable(accounts: Accounts, said: Said, language: str) -> None:
    user = accounts.users.find(said.email)
    accounts.disable(user.id)
    accounts.audit.note(Action.USER_DISABLED, user.id)
    _say("ui.users.disabled", language, user)


def _enable(accounts: Accounts, said: Said, language: str) -> None:
    user = accounts.users.find(said.email)
    accounts.users.enable(user.id)
    accounts.audit.note(Action.USER_ENABLED, user.id)
    _say("ui.users.enabled", language, user)


def _change(accounts: Accounts, said: Said, language: str) -> None:
    user = accounts.users.find(said.email)
    user = accounts.users.change(user.id, role=Role(said.role) if said.role else None, plan=said.plan)
    accounts.audit.note(Action.USER_CHANGED, user.id, payload={"role": user.role, "plan": user.plan})
    _say("ui.users.changed", language, user)


def _list(accounts: Accounts, said: Said, language: str) -> None:
    found = accounts.users.all()
    if said.json:
        print(json.dumps([asdict(user) for user in found], ensure_ascii=False))
        return
    rows = [_row(user, language) for user in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _replace_key(accounts: Accounts, _said: Said, language: str) -> None:
    name, _ = accounts.keys.replace()
    accounts.keys.addresses.forget()
    accounts.audit.note(Action.KEY_REPLACED, name)
    print(translate("ui.users.key_replaced", language))


def _row(user: User, language: str) -> tuple[str, ...]:
    seen = time.strftime("%Y-%m-%d %H:%M", time.localtime(user.seen_at)) if user.seen_at else NEVER
    state = "disabled" if user.disabled_at else "active"
    return user.email, user.role, user.plan, translate(f"ui.users.{state}_state", language), seen, user.id


def _password(said: Said, language: str) -> str:
    if said.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    try:
        password = getpass.getpass(translate("ui.users.password", language) + " ")
        again = getpass.getpass(translate("ui.users.password_again", language) + " ")
    except EOFError:
        raise invalid("password_not_typed") from None
    if again != password:
        raise invalid("passwords_differ")
    return password


def _say(key: str, language: str, user: User) -> None:
    print(translate(key, language, email=user.email, role=user.role, plan=user.plan))
