"""What Python, Node, Go, Java and shell clients say when they cannot find, reach or log in to a store.

Groups `host` and `port` name whom they wanted, as far as the client says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A pattern, what it means, and the kind of store that uses these words (empty: any)."""

    pattern: str
    meaning: str = ""
    driver: str = ""


_NAME_ERROR = (
    r"(?:Name or service not known|Temporary failure in name resolution"
    r"|No address associated|nodename nor servname|Name does not resolve|Try again)"
)

# A place in a source file (`main.rs:27`) looks like an address.
_HOST = r"(?![\w./-]*\.(?:php|py|[jt]sx?|mjs|go|rb|java|kt|rs|cc?|cpp|exs?|cs)\b)(?P<host>[A-Za-z][\w.-]*)"

UNKNOWN_HOST = (
    Words(rf"lookup address information: {_NAME_ERROR}"),
    Words(r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<host>[\w.-]+)"),
    Words(rf"getaddrinfo failed: {_NAME_ERROR}"),
    Words(r"getaddrinfo (?:for )?(?P<host>[\w.-]+) failed"),
    Words(r"Error -[2358] connecting to (?P<host>[\w.-]+):(?P<port>\d+)"),
    Words(rf"(?P<host>[\w.-]+):(?P<port>\d+): \[Errno -[2358]\] {_NAME_ERROR}"),
    Words(rf"Redis at (?P<host>[\w.-]+):(?P<port>\d+): {_NAME_ERROR}"),
    Words(r"[Ff]ailed to resolve '(?P<host>[^']+)'"),
    Words(
        r"lookup (?P<host>[\w.-]+)(?: on [^\s]+:\d+)?: (?:no such host|server misbehaving"
        r"|Temporary failure|i/o timeout)"
    ),
    Words(r"UnknownHostException: (?P<host>[\w.-]+)"),
    Words(r"could not translate host name \"(?P<host>[^\"]+)\""),
    Words(r"[Cc]ould not resolve host(?:name)?:? '?(?P<host>[\w.-]+)"),
    Words(r"unable to resolve host address [‘'\"`](?P<host>[\w.-]+)"),
    Words(r"bad address '(?P<host>[\w.-]+)"),
    Words(r"\((?P<host>[\w.-]+):(?P<port>\d+)\): (?:non-existing domain|nxdomain)"),
    Words(r"host not found in upstream \"(?P<host>[\w.-]+)"),
    Words(rf"(?:^|[\s:])(?!\w*[Ee]rror:|failed:)(?P<host>[A-Za-z][\w.-]*): {_NAME_ERROR}"),
    Words(r"Unknown MySQL server host '(?P<host>[^']+)'"),
    Words(r"nc: (?:bad address|getaddrinfo for host) [\"'](?P<host>[^\"']+)"),
    Words(rf"\[Errno -[2358]\] {_NAME_ERROR}"),
    Words(r"\b(?:Name or service not known|Temporary failure in name resolution|Name does not resolve)\b"),
)

# Clients that say the same for a name that nobody has and for a server that does not answer.
EITHER = (
    Words(r"Can't reach database server at `(?P<host>[\w.-]+)`?:`?(?P<port>\d+)`"),
    Words(r"timeout occurred after waiting \d+ seconds? for (?P<host>[\w.-]+):(?P<port>\d+)"),
    Words(r"waiting on dependencies to become available: \[\w+://(?P<host>[\w.-]+):(?P<port>\d+)"),
    Words(r"Host \[(?P<host>[\w.-]+):(?P<port>\d+)\] (?:not yet available|is not|still not)"),
    Words(r"Connection to node -?\d+ \((?P<host>[\w.-]+)(?:/[\d.]+)?:(?P<port>\d+)\) could not be established"),
    Words(r"\bNoBrokersAvailable\b|\bAMQPConnectionError\b|\bJedisConnectionException\b|Unable to connect to Redis"),
    Words(r"\bBrokerUnreachableException\b|failed reaching server: context deadline|resolver error: produced zero"),
    Words(r"\bPoolTimedOut\b|pool timed out while waiting for an open connection"),
    Words(r"Bootstrap broker (?P<host>[\w.-]+):(?P<port>\d+) .*disconnected"),
)

REFUSED = (
    Words(r"(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) (?P<host>::1|(?:::ffff:)?[\w.-]+):(?P<port>\d+)\b"),
    # libpq says it in three lines, and the name is not in the first.
    Words(r"server running on host \"(?P<host>[^\"]+)\"[^?]* port (?P<port>\d+)\?"),
    Words(r"server running on host \"(?P<host>[^\"]+)\""),
    Words(r"://(?:[^\s/@]*@)?(?P<host>[\w.-]+):(?P<port>\d+)\S*?: (?:\[Errno 111\] )?[Cc]onnection refused"),
    Words(r"(?:on|for) (?P<host>[\w.-]+):(?P<port>\d+) \((?:Errno::ECONNREFUSED|redis://)"),
    Words(r"connect to MySQL server on '(?P<host>[\w.-]+?)(?::(?P<port>\d+))?' \((?:1[01]\d|\[Errno 111\])"),
    Words(r"connect to local \w+ server through socket|SQLSTATE\[HY000\] \[2002\] No such file", "socket"),
    Words(r"Failed to connect to \[?(?P<host>[\w.-]+)\]?:(?P<port>\d+)"),
    Words(r"Error 1?\d+ connecting to (?P<host>[\w.-]+):(?P<port>\d+)\. "),
    Words(r"Redis at (?P<host>[\w.-]+):(?P<port>\d+): (?:Connection refused|No route|Connection timed out)"),
    Words(rf"{_HOST}:(?P<port>\d+): (?:\[Errno \d+\] )?(?:Connection refused|timed out)"),
    Words(r"Unable to connect to (?P<host>[\w.-]+)(?:/\S*?)?:(?P<port>\d+)"),
    Words(r"address=(?P<host>[\w.-]+):(?P<port>\d+),.*(?:refused|SocketOpen)"),
    Words(r"dial tcp (?P<host>[\w.\[\]:-]+):(?P<port>\d+): (?:connect: )?(?:connection refused|i/o timeout|no route)"),
    Words(
        r"connection to server at \"(?P<host>[^\"]+)\"[^,]*, port (?P<port>\d+) failed: (?:Connection refused|timeout)"
    ),
    Words(r"[Ff]ailed to connect to (?P<host>[\w.-]+) port (?P<port>\d+)"),
    Words(r"/dev/tcp/(?P<host>[\w.-]+)/(?P<port>\d+): Connection refused"),
    Words(rf"(?:Connection refused|ConnectException).*?(?:to |: |\b){_HOST}(?:/[\d.]+)?:(?P<port>\d+)"),
    Words(rf"\b{_HOST}(?:/[\d.]+)?:(?P<port>\d+).{{0,80}}?[Cc]onnection refused"),
    Words(r"can't connect to remote host \((?P<host>[\d.]+)\): Connection refused"),
    Words(r"host='(?P<host>[^']+)', port=(?P<port>\d+).*(?:Connection refused|Errno 111)"),
    Words(r"(?:[Cc]onnect(?:ing)? to|[Cc]onnection to) \[?(?P<host>[\w.-]+)\]?(?::| port )(?P<port>\d+).*refused"),
    Words(r"ConnectionRefusedError|\[Errno 111\]|[Cc]onnection refused|ECONNREFUSED"),
)

# Exit codes of tools that may have been told to say nothing; `either` is no name or no answer.
SILENT_TOOLS = {("curl", 6): "host", ("curl", 7): "refused", ("curl", 28): "refused", ("wget", 4): "either"}

AUTH = (
    Words(r"\bNOAUTH\b|[Aa]uthentication required", "it gives no password", "redis"),
    Words(
        r"\bWRONGPASS\b|invalid username-password pair|invalid password", "the password or the user is wrong", "redis"
    ),
    Words(
        r"AUTH <?password>? called without any password|Client sent AUTH, but no password is set",
        "it gives a password, and the store wants none",
        "redis",
    ),
    Words(
        r"Authentication failed\.?.*(?:code|18|ok)|AuthenticationFailed|bad auth[ :]|SCRAM.*(?:failed|mismatch)",
        "the password or the user is wrong",
        "mongodb",
    ),
    Words(
        r"[Cc]ommand \w+ requires authentication|there are no users authenticated|not authorized on \w+ to execute",
        "it gives no password",
        "mongodb",
    ),
    Words(
        r"password authentication failed for user|no pg_hba\.conf entry|role \"[^\"]+\" does not exist",
        "the password or the user is wrong",
    ),
    Words(r"\bACCESS_REFUSED\b|Login was refused|Login failed for user", "the password or the user is wrong"),
    Words(r"Exception authenticating|unable to authenticate user", "the password or the user is wrong"),
    Words(r"Access denied for user", "the password or the user is wrong"),
    Words(
        r"401 Unauthorized|HTTP Error 401|status code 401|403 Forbidden.*(?:login|credential)",
        "the password or the token is wrong",
    ),
    Words(r"[Aa]uthentication failed", "the password or the user is wrong"),
)
