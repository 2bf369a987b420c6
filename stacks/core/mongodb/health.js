// Is MongoDB ready for its clients? Asked the way a client asks: by the container's own name and with a login.
// A ping without login always succeeds, and one on 127.0.0.1 also reaches the temporary server of the first start,
// which listens there alone. The password is read here because arguments are shown by `ps`.
const os = require("os");
const fs = require("fs");

const file = process.env.MONGO_INITDB_ROOT_PASSWORD_FILE;
const password = fs.readFileSync(file, "utf8").trim();
const user = process.env.MONGO_INITDB_ROOT_USERNAME;
const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;

try {
  const db = connect(`mongodb://${login}@${os.hostname()}:27017/admin?serverSelectionTimeoutMS=4000`);
  const answer = db.adminCommand({ listDatabases: 1, nameOnly: true });
  print(answer.ok === 1 ? "ok" : "listDatabases failed");
  quit(answer.ok === 1 ? 0 : 1);
} catch (error) {
  // The engine keeps what a probe prints: the kind of error, and never the address with its password.
  print(`${error.name}: ${error.message}`.split(login).join("***"));
  quit(1);
}
