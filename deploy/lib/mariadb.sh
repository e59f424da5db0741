# deploy/lib/mariadb.sh: the sandbox's MariaDB: deploy/mariadb.cnf plus what keeps a throwaway server small and quick.

# mariadb_settings: chosen before anything starts, so that the others know where it will be
mariadb_settings()
{
	setting MARIADB_PORT "$(free_port)"
	setting MARIADB_WIKI_PASSWORD "$(random_word)"
	setting MARIADB_REPLICATION_PASSWORD "$(random_word)"
	MARIADB_SOCKET=$DIR/mariadb/mariadb.sock
}

# --host: since MariaDB 11 the client takes the setting MARIADB_HOST for it
mariadb_sql()
{
	mariadb --no-defaults --host=localhost --socket="$MARIADB_SOCKET" --user=root "$@"
}

mariadb_create()
{
	mkdir -p "$DIR/mariadb/tmp"
	chmod 700 "$DIR/mariadb"
	sed '/^expire_logs_days/d' "$ROOT/deploy/mariadb.cnf" >"$DIR/mariadb/my.cnf"
	cat >>"$DIR/mariadb/my.cnf" <<-EOF

	datadir                        = $DIR/mariadb/data
	tmpdir                         = $DIR/mariadb/tmp
	socket                         = $MARIADB_SOCKET
	pid_file                       = $DIR/mariadb/mariadb.pid
	port                           = $MARIADB_PORT
	bind_address                   = 127.0.0.1
	skip_name_resolve              = ON
	character_set_server           = binary
	max_allowed_packet             = 64M
	max_connections                = 200
	innodb_buffer_pool_size        = 128M
	innodb_log_file_size           = 64M
	innodb_use_native_aio          = OFF
	# survives kill -9 of the server; a crash of the whole machine is not the sandbox's concern
	innodb_flush_log_at_trx_commit = 2
	sync_binlog                    = 0
	performance_schema             = OFF
	# MediaWiki's UPDATEs expect what REPEATABLE READ was before 11.6.2, not error 1020
	loose_innodb_snapshot_isolation = OFF
	EOF
	rm -rf "$DIR/mariadb/data"
	# plugin_maturity etc. come from the defaults file too; the bootstrap must not write to the binlog
	# a server that starts takes away what it finds of others' temporary tables: not in the folder of all
	mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$DIR/mariadb/data" --tmpdir="$DIR/mariadb/tmp" --skip-test-db \
		--skip-name-resolve --auth-root-authentication-method=normal
}

mariadb_start()
{
	spawn mariadb mariadbd --defaults-file="$DIR/mariadb/my.cnf" --user="$(id -un)"
	await mariadb 60 mariadb_sql --execute='SELECT 1'
}

# mariadb_users: once; the replication account by the file that a DBA uses
mariadb_users()
{
	mariadb_sql --execute="CREATE USER wiki@'127.0.0.1' IDENTIFIED BY '$MARIADB_WIKI_PASSWORD';
		GRANT ALL ON \`wiki%\`.* TO wiki@'127.0.0.1'"
	sed -e "s/'mwmirror'@'%'/'mwmirror'@'127.0.0.1'/; s/change-me/$MARIADB_REPLICATION_PASSWORD/; s/\`enwiki\`/\`wiki%\`/" \
		"$ROOT/deploy/mariadb-grants.sql" | mariadb_sql
	(umask 077 && echo "$MARIADB_REPLICATION_PASSWORD" >"$DIR/mariadb/mwmirror.password")
}

mariadb_up()
{
	[ -e "$DIR/mariadb/ready" ] || mariadb_create
	service_pid mariadb >/dev/null || mariadb_start
	[ -e "$DIR/mariadb/ready" ] || mariadb_users
	touch "$DIR/mariadb/ready"
}

mariadb_env()
{
	export_line MARIADB_SOCKET "$MARIADB_SOCKET"
	export_line MARIADB_HOST 127.0.0.1
	export_line MARIADB_PORT "$MARIADB_PORT"
	export_line MARIADB_ROOT_USER root
	export_line MARIADB_REPLICATION_USER mwmirror
	export_line MARIADB_REPLICATION_PASSWORD_FILE "$DIR/mariadb/mwmirror.password"
}
