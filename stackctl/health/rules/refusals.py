"""Docker's, Compose's and the registries' own words for what they refuse, as one table. Data; read by `engine_words`.

A cause and a fix are templates: `{service}`, `{image}`, `{platform}` and the named groups of the pattern; a group that
ends in a digit is another place of the same word. `keys` say where in the Compose file the fix belongs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """A pattern, and what it means."""

    pattern: str
    code: str
    cause: str
    fix: str
    keys: tuple[str, ...] = ()
    command: str = ""


REFUSALS = (
    Refusal(
        r"no space left on device|disk quota exceeded",
        "disk-full",
        "no space is left on the disk of the engine",
        "free space",
        command="docker system prune",
    ),
    Refusal(
        r"error mounting \"(?P<source>[^\"]+)\" to rootfs at \"(?P<target>[^\"]+)\".*"
        r"(?:not a directory|is a directory|trying to mount a directory)",
        "mount-type-mismatch",
        "{service} mounts {source} on {target}: one is a file, the other a folder",
        "make {source} what {target} is: a file for a file, a folder for a folder",
        ("volumes",),
    ),
    Refusal(
        r"(?:invalid mount config.*)?bind source path does not exist: (?P<path>\S+)"
        r"|error while creating mount source path '(?P<path2>[^']+)'.*(?:not a directory|file exists)",
        "bind-source-missing",
        "{path}, which {service} mounts, does not exist",
        "restore {path}, or correct the path",
        ("volumes",),
    ),
    Refusal(
        r"mkdir[^:]* (?P<path>[^\s:\"]+)\"?: read-only file system|(?P<path2>\S+): read-only file system",
        "read-only-filesystem",
        "{service} needs the mount point {path}, and its file system is read-only",
        "mount it elsewhere, or make the folder above writable",
        ("read_only", "volumes"),
    ),
    Refusal(
        r"chdir to cwd \(\"(?P<path>[^\"]+)\"\).*: (?P<why>no such file or directory|permission denied)",
        "command-not-found",
        "the working directory {path} of {service} cannot be used: {why}",
        "correct working_dir",
        ("working_dir",),
    ),
    Refusal(
        r"error setting rlimits? (?:type \d+|for ready process|\S+): operation not permitted",
        "permission-denied",
        "Docker itself may not set the limits that {service} asks for (ulimits)",
        "ask for less, or take ulimits out; an engine without root cannot raise them",
        ("ulimits",),
    ),
    Refusal(
        r"unable to find (?:user|group) (?P<name>[^:\s]+)",
        "permission-denied",
        "{service} is to run as {name}, whom its image does not know",
        "use a number, or a user of the image",
        ("user",),
    ),
    Refusal(
        r"Bind for [^\s]*:(?P<port>\d+) failed: port is already allocated"
        r"|(?:listen|bind)[^\n]*?:(?P<port2>\d+): bind: address already in use"
        r"|Ports are not available:[^\n]*?:(?P<port3>\d+)",
        "port-in-use",
        "the host port {port} that {service} publishes is taken",
        "free the port (docker ps --filter publish={port}), or publish on another",
        ("ports",),
    ),
    Refusal(
        r"[Cc]ontainer name \"/?(?P<name>[^\"]+)\" is already in use",
        "name-in-use",
        "the container name {name} is used by another container",
        "remove that container, or leave container_name out",
        command="docker rm {name}",
    ),
    Refusal(
        r"network (?P<name>\S+) declared as external, but could not be found|network (?P<name2>\S+) not found",
        "network-missing",
        "the external network {name} does not exist",
        "start the project that owns it, or make it",
        command="docker network create {name}",
    ),
    Refusal(
        r"external volume \"(?P<name>[^\"]+)\" not found",
        "volume-missing",
        "the external volume {name} does not exist",
        "start the project that owns it, or make it",
        command="docker volume create {name}",
    ),
    Refusal(
        r"Pool overlaps with other one|cannot create network .*: conflicts with network",
        "subnet-overlap",
        "the subnet that the file asks for overlaps a network that exists",
        "write another subnet, or remove the other network",
        command="docker network ls",
    ),
    Refusal(
        r"non-overlapping IPv4 address pool|predefined address pools have been fully subnetted",
        "address-pool-exhausted",
        "the engine has no subnet left for another network",
        "remove networks that nobody uses, or widen default-address-pools",
        command="docker network prune",
    ),
    Refusal(
        r"no matching manifest for|does not match the (?:specified|detected host) platform"
        r"|does not provide the specified platform",
        "image-platform",
        "the image {image} does not exist for the platform that {service} asks for",
        "use an image for {platform}",
        ("platform", "image"),
    ),
    Refusal(
        r"[Nn]o such image: (?P<image>\S+)|manifest for (?P<image2>\S+) not found"
        r"|pull access denied for (?P<image3>[^\s,]+)|failed to resolve reference \"(?P<image4>[^\"]+)\""
        r"|manifest unknown|no such manifest|repository does not exist|error pinging v2 registry"
        r"|registry-1\.docker\.io|toomanyrequests|Get \"https?://[^\"]+/v2/",
        "image-not-found",
        "the image {image} of {service} is not on this machine, and no registry gave it",
        "correct the name or the tag, log in, or build it",
        ("image",),
    ),
    Refusal(
        r"failed to solve|failed to build|Dockerfile: no such file|dockerfile parse error|target .* failed to solve",
        "build-failed",
        "the image of {service} could not be built",
        "correct the build; its last lines say where",
        ("build",),
        command="docker compose build",
    ),
    Refusal(
        r"required variable (?P<name>\S+) is missing a value|the variable (?P<name2>\S+) is missing"
        r"|variables are missing: (?P<name3>[^,\s]+)",
        "variable-missing",
        "the variable {name} is missing",
        "set it in .env or in the shell",
        command="export {name}=…",
    ),
    Refusal(
        r"Cannot connect to the Docker daemon|Is the docker daemon running|error during connect",
        "engine-unreachable",
        "the Docker engine does not answer",
        "start it",
    ),
)
