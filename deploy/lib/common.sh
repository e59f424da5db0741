# deploy/lib/common.sh: what every part of the sandbox uses: messages, settings, ports, processes.
#
# DIR is the sandbox's folder:
#	settings    shell assignments made once: ports, passwords, what was asked for
#	env         what users and tests source
#	log/        one file per service
#	run/        one file per service: process id and its start time, so that no other process is ever taken for it
# Sourced after ROOT (the top of the tree) is set. Functions return non-zero on failure, callers run under set -e.

# programs' messages are read here, and pages have titles in UTF-8, whatever the user's language is
export LC_ALL=C.UTF-8
# servers of other accounts read what is made here; what is secret says so itself
umask 022
# root's, also after `su`, which keeps the user's
export PATH=$PATH:/usr/sbin:/sbin

CACHE=${MWMIRROR_CACHE:-~/.cache/mwmirror}

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# die_with_log MESSAGE FILE: the last lines of FILE, then the message
die_with_log()
{
	tail -n 15 "$2" 2>/dev/null | sed 's/^/    /' >&2 || true
	die "$1 (log: $2)"
}

# logged FILE COMMAND...: output to the file; sets LOGGED to the command's exit code and returns 0. (Bash ignores set -e
# in everything under `||` or `if`; so that it holds inside the command, neither logged nor its callers stand there.)
logged()
{
	local file=$1
	shift
	(set -e; "$@") >>"$file" 2>&1 &
	LOGGED=0
	wait $! || LOGGED=$?
}

# setting NAME VALUE: remembers NAME=VALUE for this sandbox unless it is known already
setting()
{
	[ -z "${!1+known}" ] || return 0
	printf '%s=%q\n' "$1" "$2" >>"$DIR/settings"
	printf -v "$1" %s "$2"
}

# random_word: 24 letters and digits, as a password
random_word()
{
	od -An -N18 -tx1 /dev/urandom | tr -d ' \n' | head -c 24
}

# free_port: a port nobody listens on, below the range from which the kernel takes client ports, so that it stays free
# for a service that is stopped for a while
free_port()
{
	local port
	while :; do
		port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
		grep -q "=$port\$" "$DIR/settings" || [ -n "$(ss -Hltn "sport = :$port")" ] || break
	done
	echo $port
}

# start_time PID: when that process started (clock ticks since boot); fails if there is none or it is a zombie
start_time()
{
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	stat=${stat##*) }
	[ "${stat:0:1}" != Z ] || return 1
	set -- $stat
	echo "${20}"
}

# service_pid SERVICE: its process id; fails if it does not run
service_pid()
{
	local pid started
	read -r pid started 2>/dev/null <"$DIR/run/$1" || return 1
	[ "$(start_time "$pid")" = "$started" ] || return 1
	echo "$pid"
}

# spawn SERVICE COMMAND...: runs it in a session of its own, output to its log
spawn()
{
	local service=$1 pid
	shift
	setsid "$@" >>"$DIR/log/$service.log" 2>&1 </dev/null 7>&- 8>&- 9>&- &
	pid=$!
	echo "$pid $(start_time $pid)" >"$DIR/run/$service"
}

# await SERVICE SECONDS COMMAND...: until the command succeeds; fails at once when the service ends
await()
{
	local service=$1 until=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		if ! service_pid "$service" >/dev/null; then
			die_with_log "$service ended while it started" "$DIR/log/$service.log"
		elif [ $SECONDS -ge $until ]; then
			die_with_log "$service does not answer" "$DIR/log/$service.log"
		fi
		sleep 0.05
	done
}

# process_tree PID: it and all its descendants
process_tree()
{
	local child
	echo "$1"
	for child in $(pgrep -P "$1"); do
		process_tree "$child"
	done
}

# signal_service SERVICE SIGNAL SECONDS: sends the signal (KILL and php's: to all its processes), waits for the end of
# them, SIGKILLs what is left then
signal_service()
{
	local service=$1 signal=$2 until=$((SECONDS + $3)) pid tree=() started=() i
	if ! pid=$(service_pid "$service"); then
		rm -f "$DIR/run/$service"
		return 0
	fi
	mapfile -t tree < <(process_tree "$pid")
	for i in "${!tree[@]}"; do
		started[i]=$(start_time "${tree[i]}") || started[i]=ended
	done
	if [ "$signal" = KILL ] || [[ $service == mediawiki* ]]; then
		kill -s "$signal" "${tree[@]}" 2>/dev/null || true
	else
		kill -s "$signal" "$pid" 2>/dev/null || true
	fi
	for i in "${!tree[@]}"; do
		while [ "$(start_time "${tree[i]}")" = "${started[i]}" ]; do
			[ $SECONDS -lt $until ] || kill -s KILL "${tree[i]}" 2>/dev/null || true
			sleep 0.02
		done
	done
	rm -f "$DIR/run/$service"
}
