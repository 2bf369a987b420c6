"""Grafana's administrator in a database that came from elsewhere, and whether he may log in."""

from __future__ import annotations

from stackctl.services.saving.base import Helper, Subject

# Grafana's own form (pkg/util/encoding.go, the same from 2 to 13): PBKDF2 of the password with the user's salt. His old
# sessions end: a cookie from where the database came must not open it here. Written as the database's owner, since
# SQLite makes files beside it.
_SET = """
import hashlib, json, os, secrets, sqlite3, sys
login = json.loads(sys.stdin.readline())
user, password = os.environ["SAVE_USER"], login["password"]
if not os.path.exists("/store/grafana.db"):
    print('{"set": false}')
    sys.exit(0)
facts = os.stat("/store/grafana.db")
os.setgroups([]); os.setgid(facts.st_gid); os.setuid(facts.st_uid)
db = sqlite3.connect("/store/grafana.db", timeout=30)
row = db.execute("SELECT id FROM user WHERE login = ?", (user,)).fetchone()
row = row or db.execute("SELECT id FROM user WHERE is_admin = 1 ORDER BY id LIMIT 1").fetchone()
if row is None:
    sys.exit("error: its database has no administrator")
salt = secrets.token_hex(5)
digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10000, 50).hex()
with db:
    db.execute("UPDATE user SET login = ?, password = ?, salt = ?, is_admin = 1, is_disabled = 0 WHERE id = ?",
               (user, digest, salt, row[0]))
    tables = {name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "user_auth_token" in tables:
        db.execute("DELETE FROM user_auth_token WHERE user_id = ?", row)
    if "login_attempt" in tables:
        db.execute("DELETE FROM login_attempt")
db.close()
"""
# A form that is switched off answers 404 and the like: then nobody can be tried.
_ENTER = """
import json, os, sys, time, urllib.error, urllib.request
login = json.loads(sys.stdin.readline())
body = json.dumps({"user": os.environ["SAVE_USER"], "password": login["password"]}).encode()
address = f"http://127.0.0.1:{os.environ['SAVE_PORT']}{os.environ['SAVE_PATH']}/login"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for attempt in range(20):
    try:
        request = urllib.request.Request(address, body, {"content-type": "application/json"})
        opener.open(request, timeout=10)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            sys.exit("error: the login of this environment is refused")
        if error.code < 500:
            sys.exit(0)
    except OSError:
        pass
    else:
        sys.exit(0)
    time.sleep(0.5)
sys.exit("error: it does not answer at " + address)
"""


def set_again() -> Helper:
    """Give the helper that sets the administrator's name and password in a store."""
    return Helper(_SET, program="python3", store="rw", login=True, capabilities=("SETUID", "SETGID", "DAC_READ_SEARCH"))


def enter(subject: Subject) -> Helper | None:
    """Give the helper that logs in; None where Grafana speaks TLS, whose name nobody here can check."""
    given = subject.variables
    if given.get("GF_SERVER_PROTOCOL", "http") != "http":
        return None
    port = given.get("GF_SERVER_HTTP_PORT", "")
    below = given.get("GF_SERVER_ROOT_URL", "") if given.get("GF_SERVER_SERVE_FROM_SUB_PATH") == "true" else ""
    path = "/" + below.split("://", 1)[-1].partition("/")[2].strip("/") if below else ""
    variables = {"SAVE_PORT": port if port.isdigit() else "3000", "SAVE_PATH": path.rstrip("/")}
    return Helper(_ENTER, program="python3", network=True, login=True, variables=variables)
