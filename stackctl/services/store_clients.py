"""The stores' own clients, logged in, for people: what runs in the container of the store."""

from stackctl.services.base import Client

# `--nodb` and `connect` instead of an address in the arguments: the password is read in the container.
LOGIN = """
db = (() => {
  const env = process.env, file = env.MONGO_INITDB_ROOT_PASSWORD_FILE, user = env.MONGO_INITDB_ROOT_USERNAME;
  const password = file ? require("fs").readFileSync(file, "utf8").trim() : env.MONGO_INITDB_ROOT_PASSWORD;
  const login = user && password ? encodeURIComponent(user) + ":" + encodeURIComponent(password) + "@" : "";
  try {
    const name = env.MONGO_INITDB_DATABASE || "test";
    return connect("mongodb://" + login + "127.0.0.1:27017/" + name + "?authSource=admin");
  } catch (error) {
    print((error.name + ": " + error.message).split(login || "\\0").join("***@"));
    quit(1);
  }
})()
"""
MONGODB = Client(
    (
        "sh",
        "-c",
        '[ -w "${HOME:-/nowhere}" ] || HOME=/tmp; export HOME; exec mongosh --quiet --norc --nodb --eval "$0" "$@"',
        LOGIN,
    ),
    ("--shell",),
)

# The password from where the server's own health check has it: a secret's file, else a variable. One that stands in the
# server's arguments (`--requirepass`) is out of reach, because Redis overwrites them: AUTH asks for it then.
REDIS = Client(
    (
        "sh",
        "-c",
        """
        file=${REDIS_PASSWORD_FILE:-/run/secrets/redis_password}
        if [ -r "$file" ]; then auth=$(cat "$file"); else auth=${REDIS_PASSWORD:-}; fi
        if [ -n "$auth" ]; then export REDISCLI_AUTH="$auth"; fi
        for cli in redis-cli valkey-cli; do command -v $cli >/dev/null && exec $cli "$@"; done
        echo "this image has no redis-cli" >&2; exit 127
        """,
        "redis-cli",
    )
)
