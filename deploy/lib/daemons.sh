# deploy/lib/daemons.sh: the sandbox's mwmirror: build and install, configuration, set-up by its verbs, follow and relay.

MWMIRROR=$ROOT/build/mwmirror

# daemons_installed: are the installed module and extensions those of the tree?
daemons_installed()
{
	local extensions version file
	extensions=$(pg_config --sharedir)/extension
	version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$ROOT/sql/mwmirror.control")
	cmp -s "$ROOT/decoder/mwmirror.so" "$(pg_config --pkglibdir)/mwmirror.so" || return 1
	for file in "$ROOT"/sql/*.control "$ROOT"/build/mwmirror{,_mysql_compat}--"$version.sql" "$ROOT"/sql/updates/*.sql; do
		[[ ! -e $file ]] || cmp -s "$file" "$extensions/${file##*/}" || return 1
	done
}

# daemons_build: the tree's program, module and extension; installs them if the installed ones differ
daemons_build()
{
	mkdir -p "$CACHE"
	(
		flock 9
		make --silent -C "$ROOT" -j2
		daemons_installed || make --silent -C "$ROOT" install
	) 9>"$CACHE/build.lock"
}

daemons_configure()
{
	(umask 077 && cat >"$DIR/mwmirror.conf") <<-EOF
	[source]
	name = sandbox
	host = 127.0.0.1
	port = $MARIADB_PORT
	user = mwmirror
	password_file = $DIR/mariadb/mwmirror.password

	[postgres]
	conninfo = host=$POSTGRES_SOCKETS port=$POSTGRES_PORT dbname=$POSTGRES_DATABASE user=mwmirror_follow
	admin_conninfo = host=$POSTGRES_SOCKETS port=$POSTGRES_PORT dbname=$POSTGRES_DATABASE user=postgres

	[relay]
	conninfo = host=$POSTGRES_SOCKETS port=$POSTGRES_PORT dbname=$POSTGRES_DATABASE user=mwmirror_relay_login
	sink = $(with kafka && echo kafka || echo stdout)
	EOF
	! with kafka || cat >>"$DIR/mwmirror.conf" <<-EOF

	[kafka]
	bootstrap = $KAFKA_BOOTSTRAP
	EOF
}

mwmirror()
{
	"$MWMIRROR" -c "$DIR/mwmirror.conf" "$@"
}

# daemons_prepare: once; what README's "attach it to an existing wiki" does by hand
daemons_prepare()
{
	local version
	daemons_configure
	mwmirror init --writer-role mwmirror_follow --relay-role mwmirror_relay_login
	for version in $MEDIAWIKI_VERSIONS; do
		mediawiki_use "$version"
		mwmirror add-wiki "$WIKI_DB" --siteinfo "$WIKI_URL/api.php"
	done
	mwmirror snapshot
	! with kafka || mwmirror topics
	touch "$DIR/mwmirror.ready"
}

# daemon_start follow|relay
daemon_start()
{
	service_pid "$1" >/dev/null || spawn "$1" "$MWMIRROR" -c "$DIR/mwmirror.conf" "$1"
}

daemons_up()
{
	if [ ! -e "$DIR/mwmirror.ready" ]; then
		logged "$DIR/log/up-mwmirror.log" daemons_prepare
		[ $LOGGED = 0 ] || die_with_log "mwmirror could not be set up" "$DIR/log/up-mwmirror.log"
	fi
	daemon_start follow
	! with kafka || daemon_start relay
	await follow 30 mwmirror status --json
}

daemons_env()
{
	export_line MWMIRROR_CONF "$DIR/mwmirror.conf"
	export_line MWMIRROR_BIN "$MWMIRROR"
}
