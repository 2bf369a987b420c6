#!/usr/bin/env bash
# Gives this machine a Docker engine with Compose and buildx: does nothing where one answers, installs and starts one
# on Debian as root, and says exactly what to install anywhere else. Safe to run again and to run twice at once.
set -euo pipefail

LOG=${STACKCTL_ENGINE_LOG:-/var/log/stackctl-dockerd.log}
WAIT_SECONDS=${STACKCTL_ENGINE_WAIT:-60}
SOURCES=/etc/apt/sources.list.d/stackctl-trixie.sources
PIN=/etc/apt/preferences.d/stackctl-trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'engine: %s\n' "$*"; }
die() {
    printf 'engine: %s\n' "$@" >&2
    exit 4
}
step() { # step TEXT COMMAND...: runs it, prints how long it took; its output is shown only when it fails
    local text=$1 start=$EPOCHREALTIME out ms
    shift
    out=$(mktemp)
    # 9 is the lock: a daemon that a package or this script starts must not inherit it.
    if ! "$@" >"$out" 2>&1 </dev/null 9>&-; then
        tail -n 30 "$out" >&2
        rm -f "$out"
        die "failed: $text; the lines above say why"
    fi
    rm -f "$out"
    ms=$(((${EPOCHREALTIME//[.,]/} - ${start//[.,]/}) / 1000))
    say "$text ($((ms / 1000)).$((ms % 1000 / 100)) s)"
}

# A client prints its own half and an empty server version when no engine answers; some versions then still exit 0.
answers() { [ -n "$("${1:-docker}" info --format '{{.ServerVersion}}' 2>/dev/null)" ]; }
plugins() { "${1:-docker}" compose version >/dev/null 2>&1 && "${1:-docker}" buildx version >/dev/null 2>&1; }
ready() { command -v docker >/dev/null && answers && plugins; }
report() {
    say "$(docker info --format 'Docker {{.ServerVersion}}, {{.Driver}}'), Compose $(docker compose version --short)," \
        "$(docker buildx version | cut -d' ' -f1,2)"
}

codename() { (. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}"); }
system() { (. /etc/os-release 2>/dev/null && printf '%s' "${ID:-unknown}") || printf unknown; }
release() { (. /etc/os-release && printf '%s' "${VERSION_ID:-99}"); } # testing and unstable have no number

advise() { # what a person has to install, by system
    case $(system) in
    debian) echo "run this as root: scripts/engine.sh, or install docker.io, docker-cli, docker-compose and docker-buildx of Debian 13" ;;
    ubuntu) echo "run: sudo apt-get install docker.io docker-compose-v2 docker-buildx, then: sudo systemctl start docker" ;;
    fedora) echo "run: sudo dnf install moby-engine docker-cli docker-compose docker-buildx, then: sudo systemctl start docker" ;;
    *) echo "install Docker Engine 25 or newer with the Compose plugin 2.20 or newer and buildx (macOS, Windows: Docker Desktop, Colima or Rancher Desktop), start it, then run this again" ;;
    esac
}

apt_suites() { apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages'; }
add_trixie() {
    # apt itself says which mirrors it reads (it parses *.list and *.sources alike), so the one this machine uses stays
    # the one that is used. It lists only what `apt-get update` has fetched.
    local uris
    uris=$(apt_suites | awk -v suite="$(codename)" '$1 == suite && $2 == "main" { print $3 }' | tr '\n' ' ')
    [ -n "$uris" ] || { echo "apt reads no archive of Debian $(codename): add one, then run this again" && return 1; }
    {
        echo "# Written by scripts/engine.sh of stackctl: the Debian archive of this machine, next suite."
        printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: %s\n' "$uris" "$KEYRING"
    } >"$SOURCES"
    # Priority 100: packages of trixie are taken only when named with /trixie, nothing is upgraded to it by itself.
    printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' >"$PIN"
    apt update
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@"; }
missing_packages() { # an engine or plugin of another origin (docker-ce, a static client) counts as well
    command -v dockerd >/dev/null || answers || printf '%s\n' docker.io docker-cli iptables
    command -v docker >/dev/null || echo docker-cli
    docker compose version >/dev/null 2>&1 || echo docker-compose
    docker buildx version >/dev/null 2>&1 || echo docker-buildx
    command -v mmdebstrap >/dev/null || echo mmdebstrap
}
install_packages() { # SUITE PACKAGE...
    local suite=$1 package named=()
    shift
    # Named one by one with the suite: `apt-get -t trixie` would also pull trixie's libc. mmdebstrap and iptables are
    # good enough in any release. Nothing is removed: docker.io in the place of a docker-ce would take the engine down.
    for package; do
        case $package in docker*) named+=("$package${suite:+/$suite}") ;; *) named+=("$package") ;; esac
    done
    apt install -y --no-install-recommends --no-remove "${named[@]}"
}

# A zombie keeps its name and its pid but runs nothing: where pid 1 does not reap, a killed dockerd stays one.
runs() { grep -qsx "Name:[[:space:]]*$2" "/proc/$1/status" && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }
drop_stale_pid() { # FILE PROGRAM: dockerd refuses to start when the pid in its file is alive, even as another program
    local pid
    [ -f "$1" ] || return 0
    pid=$(tr -cd 0-9 <"$1")
    if [ -z "$pid" ] || ! runs "$pid" "$2"; then
        say "removed the stale $1"
        rm -f "$1"
    fi
}
# An engine with a network of its own (a rootless one, those that the tests starve) is not the machine's.
dockerd_runs() {
    local folder
    for folder in /proc/[0-9]*; do
        if [ "$folder/ns/net" -ef /proc/self/ns/net ] && runs "${folder#/proc/}" dockerd; then return 0; fi
    done
    return 1
}

wait_answer() {
    local start=$SECONDS
    until answers; do
        # A daemon that died needs no waiting out; the unit of a systemd machine is judged by the bound alone.
        if [ $((SECONDS - start)) -ge "$WAIT_SECONDS" ] ||
            { [ $((SECONDS - start)) -ge 3 ] && [ ! -d /run/systemd/system ] && ! dockerd_runs; }; then
            explain_failure
            return 1
        fi
        sleep 0.2
    done
}
explain_failure() {
    if [ -d /run/systemd/system ]; then
        journalctl -u docker -n 20 --no-pager || true
        echo "no answer after $WAIT_SECONDS s: fix what the journal says, then: systemctl restart docker"
        return
    fi
    tail -n 20 "$LOG" || true
    echo "the engine does not answer: fix what its log says ($LOG), then run this again"
    echo "usual causes: no right to use iptables or mount (a container without --privileged), a full disk, another dockerd"
}
start_daemon() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker
        return
    fi
    if dockerd_runs; then return; fi # started by the package, or by another run of this script
    drop_stale_pid /var/run/docker.pid dockerd
    drop_stale_pid /var/run/docker/containerd/containerd.pid containerd
    # Own session, no inherited terminal, pipe or lock: the engine outlives the shell that started it.
    (cd / && exec setsid --fork dockerd >>"$LOG" 2>&1 </dev/null)
}

main() {
    if ready; then
        say "already there, nothing to do"
        report
        return
    fi
    if [ -n "${DOCKER_HOST:-}" ] && ! answers; then
        die "DOCKER_HOST=$DOCKER_HOST does not answer: start that engine, or unset DOCKER_HOST to use one on this machine"
    fi
    [ "$(id -u)" = 0 ] || die "no usable engine answers, and installing one needs root" "$(advise)"
    [ "$(system)" = debian ] && [ "$(release)" -ge 12 ] || die "no usable engine answers, and this script installs one only on Debian 12 or newer" "$(advise)"

    exec 9>/run/stackctl-engine.lock
    flock 9
    local suite='' missing=()
    read -r -d '' -a missing < <(missing_packages | sort -u) || true
    if [ ${#missing[@]} -gt 0 ]; then
        step "read the package lists" apt update
        # Debian 12's own Docker (20.10) and Compose (1.29) are too old; 13 and later carry what is needed themselves.
        if [ "$(codename)" = bookworm ]; then
            suite=trixie
            apt_suites | grep -q '^trixie main ' || step "added Debian 13 (trixie) to apt at priority 100" add_trixie
        fi
        step "installed ${missing[*]}" install_packages "$suite" "${missing[@]}"
        hash -r
    fi
    answers || step "started the engine" start_daemon
    step "the engine answers" wait_answer
    if ! ready; then
        local first
        first=$(command -v docker)
        if [ "$first" != /usr/bin/docker ] && answers /usr/bin/docker && plugins /usr/bin/docker; then
            die "$first comes first on PATH and is too old for Compose plugins: remove it, or put /usr/bin before it on PATH"
        fi
        die "the engine answers, but 'docker compose' or 'docker buildx' does not work with $first" "$(advise)"
    fi
    report
}

main "$@"
