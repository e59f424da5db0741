# deploy/lib/packages.sh: installs what deploy/packages lists and is missing.
# Used by sandbox, demo and tests/run, after common.sh.

# packages_missing [NAME...]: prints the lines of deploy/packages, or those that are named, of which no alternative is installed
packages_missing()
{
	local installed line
	installed=" $(dpkg-query -W -f='${db:Status-Status}/${Package}\n' | sed -n 's,^installed/,,p' | tr '\n' ' ')"
	while read -r line; do
		package_alternatives "$line" | while read -r name; do
			[[ $installed != *" $name "* ]] || exit 1
		done && echo "$line"
	done < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else grep -v '^#' "$ROOT/deploy/packages" | grep .; fi) || true
}

# package_alternatives LINE: one name a line
package_alternatives()
{
	tr '|' '\n' <<<"${1%@*}"
}

# package_candidate LINE: prints the first alternative that apt can install
package_candidate()
{
	local name
	for name in $(package_alternatives "$1"); do
		if apt-cache --quiet=2 policy "$name" | grep 'Candidate: [^(]' >/dev/null; then
			echo "$name"
			return
		fi
	done
	return 1
}

# packages_install [NAME...]: all, or those that are named; quick when nothing is missing. Debian's package scripts do not get to
# start services.
packages_install()
{
	local missing
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "these packages are missing, and only root can install them: ${missing[*]}"
	say "installing ${#missing[@]} Debian packages and what they need (log: $CACHE/packages.log)"
	mkdir -p "$CACHE"
	: >"$CACHE/packages.log"
	# 6: what the user shall see
	logged "$CACHE/packages.log" packages_install_missing "${missing[@]}" 6>&2
	[ $LOGGED = 0 ] || die_with_log "the packages could not be installed" "$CACHE/packages.log"
}

packages_install_missing()
{
	local line name suite names=() policy=/usr/sbin/policy-rc.d apt
	local -A others=()
	if [ ! -e $policy ]; then
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
	fi
	for line in "$@"; do
		if ! package_candidate "$line" >/dev/null; then
			apt-get update
			break
		fi
	done
	for line in "$@"; do
		if name=$(package_candidate "$line"); then
			names+=("$name")
		elif [[ $line == *@* ]]; then
			others[${line#*@}]+=" ${line%@*}"
		else
			echo "no package source of this machine has ${line//|/ or }" >&2
			return 1
		fi
	done
	[ ${#names[@]} = 0 ] || apt_install "${names[@]}" || { apt-get update && apt_install "${names[@]}"; }
	# these last: what they depend on comes from this release where it has it
	for suite in "${!others[@]}"; do
		debian_suite "$suite" "$CACHE/packages"
		# shellcheck disable=SC2086 # words
		apt_install "${apt[@]}" ${others[$suite]}
		rm -rf "$CACHE/packages"
	done
}

# apt_install [OPTION...] NAME...
apt_install()
{
	local apt=(apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold)
	export DEBIAN_FRONTEND=noninteractive
	"${apt[@]}" --download-only "$@" 6>&- || return
	echo "all are downloaded; unpacking and setting them up takes a few minutes" >&6
	"${apt[@]}" "$@" 6>&-
}

# debian_source SUITE: prints the line for apt with which this machine gets another Debian suite: from the mirror and with the keys
# that it already uses
debian_source()
{
	local mirror
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
	[ -n "$mirror" ] || die "apt knows no Debian mirror; run apt-get update"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main"
}

# debian_suite SUITE FOLDER: sets apt to the options with which apt-get uses another Debian suite alone; this machine's package
# sources and lists stay as they are. FOLDER/apt may go afterwards
debian_suite()
{
	local suite=$1 folder=$2
	mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
	debian_source "$suite" >"$folder/apt/sources.list"
	apt=(-o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o APT::Sandbox::User=root)
	apt-get "${apt[@]}" update
}

# debian_download SUITE FOLDER PACKAGE...: .deb files of another Debian suite, whatever is installed here
debian_download()
{
	local suite=$1 folder=$2 apt
	shift 2
	debian_suite "$suite" "$folder"
	(cd "$folder" && apt-get "${apt[@]}" -o Dir::State::status=/dev/null download "$@")
	rm -rf "$folder/apt"
}

# debian_root VARIANT SUITE FOLDER [PACKAGE...]: a root of another Debian suite with these packages and what they depend on. VARIANT
# is mmdebstrap's: `extract` only unpacks them, `minbase` installs a Debian that can install more. FOLDER keeps how apt reaches the
# mirror
debian_root()
{
	local variant=$1 suite=$2 folder=$3 network
	shift 3
	packages_install mmdebstrap
	mkdir -p "$folder"
	mapfile -t network < <(apt-config dump | grep -E '^Acquire::(Check-|https?::)')
	debian_source "$suite" | mmdebstrap --mode=root --variant="$variant" "${network[@]/#/--aptopt=}" "${@/#/--include=}" \
		"$suite" "$folder" -
}
