# deploy/lib/postgres.sh: the sandbox's PostgreSQL: deploy/postgresql.conf, no password on the socket in DIR/postgres
# (which only root and the server's own account can enter), passwords on TCP.

postgres_settings()
{
	setting POSTGRES_PORT "$(free_port)"
	setting POSTGRES_PASSWORD "$(random_word)"
	POSTGRES_BIN=$(pg_config --bindir)
	POSTGRES_SOCKETS=$DIR/postgres
	POSTGRES_DATABASE=mwmirror
	# PostgreSQL refuses to run as root
	POSTGRES_ACCOUNT=(env)
	[ "$(id -u)" != 0 ] || POSTGRES_ACCOUNT=(setpriv --reuid=postgres --regid=postgres --init-groups)
}

postgres_psql()
{
	psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$POSTGRES_SOCKETS" --port="$POSTGRES_PORT" \
		--username=postgres "$@"
}

# postgres_check: before anything starts
postgres_check()
{
	"${POSTGRES_ACCOUNT[@]}" test -x "$DIR" ||
		die "PostgreSQL does not run as root, and its account postgres cannot enter $DIR; choose another folder, such as /var/tmp/mwmirror"
}

postgres_create()
{
	local data=$DIR/postgres/data
	rm -rf "$DIR/postgres"
	mkdir -p "$DIR/postgres"
	chmod 700 "$DIR/postgres"
	[ "$(id -u)" != 0 ] || chown postgres:postgres "$DIR/postgres"
	"${POSTGRES_ACCOUNT[@]}" "$POSTGRES_BIN/initdb" --pgdata="$data" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=scram-sha-256 --no-sync --no-instructions
	cat "$ROOT/deploy/postgresql.conf" >>"$data/postgresql.conf"
	cat >>"$data/postgresql.conf" <<-EOF

	port = $POSTGRES_PORT
	listen_addresses = '127.0.0.1'
	unix_socket_directories = '$POSTGRES_SOCKETS'
	shared_buffers = 128MB
	max_slot_wal_keep_size = -1
	jit = off
	log_line_prefix = '%m [%p] %q%u %a '
	EOF
	"${POSTGRES_ACCOUNT[@]}" "$POSTGRES_BIN/postgres" -D "$data" -C output_plugin_libraries ||
		sed -i '/^output_plugin_libraries/d' "$data/postgresql.conf"
}

postgres_start()
{
	local pid=0 until=$((SECONDS + 30))
	# after a SIGKILL: PostgreSQL refuses to start as long as init has not yet collected the dead process
	read -r pid 2>/dev/null <"$DIR/postgres/data/postmaster.pid" || true
	while [ "$pid" -gt 0 ] && [ -e "/proc/$pid" ] && ! start_time "$pid" >/dev/null && [ $SECONDS -lt $until ]; do
		sleep 0.05
	done
	spawn postgres "${POSTGRES_ACCOUNT[@]}" "$POSTGRES_BIN/postgres" -D "$DIR/postgres/data"
	await postgres 60 "$POSTGRES_BIN/pg_isready" --quiet --host="$POSTGRES_SOCKETS" --port="$POSTGRES_PORT" \
		--username=postgres --dbname=postgres
}

postgres_roles()
{
	postgres_psql --dbname=postgres <<-EOF
	ALTER ROLE postgres PASSWORD '$POSTGRES_PASSWORD';
	CREATE DATABASE $POSTGRES_DATABASE;
	EOF
	(umask 077 && echo "127.0.0.1:$POSTGRES_PORT:*:postgres:$POSTGRES_PASSWORD" >"$DIR/pgpass")
}

postgres_up()
{
	[ -e "$DIR/postgres/ready" ] || postgres_create
	service_pid postgres >/dev/null || postgres_start
	[ -e "$DIR/postgres/ready" ] || postgres_roles
	touch "$DIR/postgres/ready"
}

postgres_env()
{
	export_line PGHOST "$POSTGRES_SOCKETS"
	export_line PGPORT "$POSTGRES_PORT"
	export_line PGDATABASE "$POSTGRES_DATABASE"
	export_line PGUSER postgres
	export_line PGPASSFILE "$DIR/pgpass"
}
