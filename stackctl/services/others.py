"""Words of servers that have no driver of their own, and what many programs say of their configuration and data."""

from __future__ import annotations

from stackctl.services.failures import Failure

_FILE = r"(?P<path>/[^\s:,;'\"\])]+\.(?:conf|cfg|cnf|ya?ml|toml|json|ini|xml|properties|hcl|config)|/\S*Caddyfile)"

_VERSIONS = Failure(
    r"initialized by PostgreSQL version (?P<old>\S+), which is not compatible with this version (?P<new>[\d.]+)"
    r"|Cannot boot server version (?P<new2>\d+) on data directory built by version (?P<old2>\d+)"
    r"|cannot (?:up|down)grade a node from version \[(?P<old3>[^\]]+)\] (?:directly )?to version \[(?P<new3>[^\]]+)\]",
    "data-version-mismatch",
    "the data of {service} was written by version {old}, and {image} is version {new}",
    "use version {old} again, or migrate the data",
)
_VERSION = Failure(
    r"database files are incompatible with server"
    r"|Invalid MySQL server (?:up|down)grade|[Uu]nsupported redo log format|[Uu]pgrade after a crash is not supported"
    r"|cannot (?:up|down)grade a node from version (?P<why2>\[[^\]]+\])"
    r"|was created with version \[\S+ but the minimum compatible version"
    r"|data(?:base)? (?:was|is) (?:created|written) by (?:a )?(?:newer|older|another) version",
    "data-version-mismatch",
    "the data of {service} was written by another version than {image} {why}",
    "use the version that wrote it, or migrate the data",
)
_LOCKED = Failure(
    r"lock file \"[^\"]*postmaster\.pid\" already exists|Unable to lock \S+,? error: 11|failed to obtain node locks?"
    r"|LockObtainFailedException|[Dd]atabase is locked|[Dd]atabase may be already in use"
    r"|Cannot acquire (?:directory )?lock"
    r"|(?:is )?(?:locked|in use) by another process|(?:could not|cannot|failed to|unable to) (?:acquire|obtain|get) "
    r"(?:the )?(?:exclusive )?(?:file |database |db |data )?lock|lock.*[Rr]esource temporarily unavailable",
    "data-locked",
    "the data of {service} is in use by another process",
    "stop the other one, or give this one a volume of its own",
)
_CORRUPT = Failure(
    r"could not locate a valid checkpoint record|invalid (?:primary )?checkpoint record"
    r"|[Dd]atabase page corruption|database disk image is malformed|file is not a database|CorruptIndexException"
    r"|(?:wal|snap): crc mismatch|translog.*corrupt|[Cc]orrupt(?:ed|ion)? (?:data|database|block|page|index|segment)",
    "data-corrupt",
    "the data of {service} is damaged",
    "restore a backup",
)
_CONFIG = (
    Failure(
        rf"nginx: \[emerg\] (?P<why>.+?) in {_FILE}:(?P<line>\d+)"
        rf"|Syntax error on line (?P<line2>\d+) of {_FILE.replace('path', 'path2')}"
        rf"|parsing \[{_FILE.replace('path', 'path3')}:(?P<line3>\d+)\] ?: (?P<why3>.+)"
        rf"|syntax error in file \"(?P<path4>[^\"]+)\" line (?P<line4>\d+)"
        rf"|{_FILE.replace('path', 'path5')}:(?P<line5>\d+): "
        r"(?P<why5>(?:[Ss]yntax|[Uu]nrecognized|[Uu]nknown|[Pp]arse).*)",
        "service-config-invalid",
        "{service} rejects line {line} of {path}: {why}",
        "correct the line",
    ),
    Failure(
        r"nginx: \[emerg\] (?P<why>cannot load certificate(?: key)? \"(?P<path>[^\"]+)\")",
        "service-config-invalid",
        "{service} rejects its configuration: {why}",
        "put the certificate there, or correct the path",
    ),
    Failure(
        r"nginx: \[emerg\] (?P<why>.+)",
        "service-config-invalid",
        "{service} rejects its configuration: {why}",
        "correct the configuration",
    ),
    Failure(
        r"Error found at (?P<path>/\S+):(?P<line>\d+)"
        r"|in \"(?P<path2>/[^\"]+\.(?:ya?ml|conf|cfg))\", line (?P<line2>\d+)",
        "service-config-invalid",
        "{service} rejects line {line} of {path}",
        "correct the line",
    ),
    Failure(
        r"unrecognized configuration parameter (?P<why>\S+)|\[ERROR\].*unknown (?:variable|option) (?P<why2>\S+)"
        r"|unknown setting \[(?P<why3>[^\]]+)\]|ConfigException: (?P<why4>.+)"
        r"|Failed to bind properties under (?P<why5>\S+)",
        "service-config-invalid",
        "{service} rejects its configuration: {why}",
        "correct the setting",
    ),
    Failure(
        r"(?i)(?:invalid|bad|malformed|(?:error|failed|failure|cannot|can't|unable|could not|couldn't|problem)"
        r"(?: (?:to|in|while|when|on))? ?(?:pars|load|read|build|initializ|decod|unmarshal|validat|generat)\w*"
        r"(?: and \w+)?)"
        r"(?: the| your| application| server| its)? (?:config(?:uration)?|settings)(?: file)?\b:? ?(?P<why>.*)",
        "service-config-invalid",
        "{service} rejects its configuration: {why}",
        "correct the configuration",
    ),
)

_CONFIG_LAST = Failure(
    r"(?i)\bconfig(?:uration)?(?: file)? (?:error\b|failed\b|is invalid|is not valid|contains errors):?\.? ?(?P<why>.*)"
    r"|(?i:\bconfig\w*): (?P<why3>(?i:invalid|malformed) .*)"
    r"|\b(?:err|error)=\"?(?P<why2>yaml: (?:line \d+|unmarshal).*)",
    "service-config-invalid",
    "{service} rejects its configuration: {why}",
    "correct the configuration",
)

OTHERS = (_VERSIONS, _VERSION, _LOCKED, _CORRUPT, *_CONFIG, _CONFIG_LAST)
