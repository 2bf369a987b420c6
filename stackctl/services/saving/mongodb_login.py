"""Setting the root login in files of MongoDB that came from elsewhere: a server of its own, reached by nobody.

Files bring the users of the day they were saved, and the old password is not known here. So the service's own image
serves them for a moment without authentication, in a helper without any network.
"""

from __future__ import annotations

from stackctl.services.saving.base import Helper, Subject

_SCRIPT = """
const fs = require("fs");
const { password } = JSON.parse(fs.readFileSync("/tmp/login", "utf8"));
const user = process.env.SAVE_USER;
let admin;
for (let attempt = 0; ; attempt++) {
  try {
    admin = connect("mongodb://127.0.0.1:27017/admin?serverSelectionTimeoutMS=1000");
    break;
  } catch (error) {
    if (attempt === 60 || fs.existsSync("/tmp/ended")) quit(1);
    sleep(500);
  }
}
const hide = (error) => String(error.errmsg || error.message).split(password).join("***");
const tried = (command) => {
  try {
    const answer = admin.runCommand(command);
    return answer.ok === 1 ? null : answer;
  } catch (error) {
    return error;
  }
};
// The server of the local image knows these commands only with authentication on; there the user's document is written.
const crypto = require("crypto");
const scram = (name, text, iterations, salt) => {
  const length = name === "sha1" ? 20 : 32;
  const salted = crypto.pbkdf2Sync(text, salt, iterations, length, name);
  const keyed = (word) => crypto.createHmac(name, salted).update(word).digest();
  const stored = crypto.createHash(name).update(keyed("Client Key")).digest("base64");
  const server = keyed("Server Key").toString("base64");
  return { iterationCount: iterations, salt: salt.toString("base64"), storedKey: stored, serverKey: server };
};
const document = () => {
  const old = admin.getCollection("system.users").findOne({ _id: `admin.${user}` });
  const digest = crypto.createHash("md5").update(`${user}:mongo:${password}`).digest("hex");
  return {
    _id: `admin.${user}`,
    credentials: {
      "SCRAM-SHA-1": scram("sha1", digest, 10000, crypto.randomBytes(16)),
      "SCRAM-SHA-256": scram("sha256", password.normalize("NFKC"), 15000, crypto.randomBytes(28)),
    },
    user, db: "admin", roles: (old && old.roles) || [], userId: (old && old.userId) || UUID(),
  };
};
let wrong = tried({ updateUser: user, pwd: password });
if (wrong && wrong.code === 11) wrong = tried({ createUser: user, pwd: password, roles: ["root"] });
if (wrong && wrong.code === 59) {
  const updates = [{ q: { _id: `admin.${user}` }, u: document(), upsert: true }];
  wrong = tried({ update: "system.users", updates });
}
if (wrong) process.stderr.write(`error: the login could not be set: ${hide(wrong)}\n`);
quit(wrong ? 1 : 0);
"""
# As the owner of the files: what the server makes beside them must not belong to root.
_SET = f"""set -eu
umask 077
IFS= read -r login
printf '%s\\n' "$login" > /tmp/login
cat > /tmp/script.js <<'SAVE_END'
{_SCRIPT}SAVE_END
owner=$(stat -c %u:%g /store)
(
  setpriv --reuid="${{owner%:*}}" --regid="${{owner#*:}}" --clear-groups \\
    mongod --dbpath /store --bind_ip 127.0.0.1 --port 27017 --noauth $SAVE_FLAGS > /tmp/log 2>&1 < /dev/null &
  echo $! > /tmp/server
  wait $! || true
  : > /tmp/ended
) &
code=0
HOME=/tmp mongosh --quiet --norc --nodb /tmp/script.js < /dev/null || code=$?
kill -TERM "$(cat /tmp/server)" 2> /dev/null || true
wait
[ "$code" = 0 ] || {{ tail -n 5 /tmp/log >&2; exit 1; }}
"""
# How the files are laid out: a server without the same options would not find them.
_LAYOUT = ("--directoryperdb", "--wiredTigerDirectoryForIndexes")


def set_again(subject: Subject) -> Helper:
    """Give the helper that makes the login right in a store; `subject.words` are those the server is started with."""
    flags = " ".join(word for word in subject.words if word in _LAYOUT)
    capabilities = ("SETUID", "SETGID", "DAC_READ_SEARCH", "KILL")
    variables = {"SAVE_FLAGS": flags}
    return Helper(_SET, image="service", store="rw", login=True, capabilities=capabilities, variables=variables)
