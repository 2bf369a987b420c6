#!/usr/bin/env bash
# Makes the image that every local recipe starts from, without any registry: a minimal Debian 13 from the package
# mirror this machine already uses.   usage: build.sh TAG [docker import options, such as --change 'LABEL a=b']
set -euo pipefail

tag=${1:?usage: build.sh TAG [docker import options]}
shift
suite=trixie
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v mmdebstrap >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "base: installing mmdebstrap"
        apt-get install -yq --no-install-recommends mmdebstrap ||
            { apt-get update -q && apt-get install -yq --no-install-recommends mmdebstrap; }
    else
        echo "base: mmdebstrap is missing. Debian, Ubuntu: sudo apt-get install mmdebstrap debian-archive-keyring." >&2
        echo "base: elsewhere, make it on a Debian machine and bring it here: docker save $tag | ssh HOST docker load" >&2
        exit 1
    fi
fi

# apt itself tells which mirrors it reads (it parses *.list and *.sources alike). The suite's security and update
# archives count where the machine has those of its own release; mmdebstrap's default mirror where it has no Debian one.
release=$( (. /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}") || true)
if [ -n "$release" ]; then
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
        awk -v release="$release" -v suite="$suite" '
            $3 == "main" && ($2 == release || $2 == release "-updates" || $2 == release "-security") {
                sub("^" release, suite, $2); if (!seen[$1 $2]++) print "deb", $1, $2, "main" }' >"$work/mirrors"
fi
mirrors=()
if [ -s "${work}/mirrors" ]; then mirrors=("$work/mirrors"); fi

# Debian 12's own keyring may predate the new suite's keys on an old installation; then mmdebstrap says NO_PUBKEY.
# Accounts with fixed numbers are made by passwd, which Debian 13 no longer counts as essential.
# Manuals, translations and documents are left out here and, by the dpkg option, in every recipe's apt-get.
exclude=()
for folder in man doc info locale i18n lintian bug groff; do exclude+=(--dpkgopt="path-exclude=/usr/share/$folder/*"); done
mmdebstrap --quiet --variant=apt --include=ca-certificates,passwd "${exclude[@]}" \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d" && chmod +x "$1/usr/sbin/policy-rc.d"' \
    --customize-hook='rm -rf "$1"/var/cache/debconf/*-old "$1"/var/log/* "$1"/etc/hostname "$1"/etc/resolv.conf' \
    "$suite" "$work/base.tar" "${mirrors[@]}"

version=$(tar -xOf "$work/base.tar" ./etc/debian_version)
docker import \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8' \
    --change 'CMD ["bash"]' \
    --change "LABEL stackctl.kind=local stackctl.version=$version org.opencontainers.image.title=stackctl/base org.opencontainers.image.version=$version" \
    --change 'LABEL org.opencontainers.image.description="Minimal Debian 13 that the local images start from"' \
    "$@" "$work/base.tar" "$tag"
