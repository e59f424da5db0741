# deploy/lib/mediawiki.sh: the sandbox's wikis, each a real MediaWiki, installed by its own installer and served by php.
# VERSION is 1.39 or 1.43; its service and folder are mediawiki39 or mediawiki43, its database wiki39 or wiki43.

# mediawiki_suite VERSION: the Debian suite that has it
mediawiki_suite()
{
	case $1 in
		1.39) echo bookworm ;;
		1.43) echo trixie ;;
	esac
}

mediawiki_settings()
{
	local version
	for version in $MEDIAWIKI_VERSIONS; do
		setting "MEDIAWIKI${version#1.}_PORT" "$(free_port)"
	done
	setting MEDIAWIKI_ADMIN_PASSWORD "$(random_word)"
}

# mediawiki_tree VERSION: prints its folder: the installed one or, in the cache, another suite's
mediawiki_tree()
{
	local installed=/usr/share/mediawiki
	if grep -qs "define( 'MW_VERSION', '$1\." $installed/includes/Defines.php; then
		echo $installed
	else
		echo "$CACHE/mediawiki-$1$installed"
	fi
}

# mediawiki_use VERSION: sets WIKI_SERVICE WIKI_DB WIKI_DIR WIKI_PORT WIKI_URL WIKI_TREE
mediawiki_use()
{
	local port=MEDIAWIKI${1#1.}_PORT
	WIKI_SERVICE=mediawiki${1#1.}
	WIKI_DB=wiki${1#1.}
	WIKI_DIR=$DIR/$WIKI_SERVICE
	WIKI_PORT=${!port}
	WIKI_URL=http://127.0.0.1:$WIKI_PORT
	WIKI_TREE=$(mediawiki_tree "$1")
}

# mediawiki_fetch VERSION: another Debian suite's packages, unpacked into the cache, once per machine
mediawiki_fetch()
{
	local tree=$CACHE/mediawiki-$1
	[[ $(mediawiki_tree "$1") == "$CACHE"/* ]] || return 0
	mkdir -p "$CACHE"
	(
		flock 9
		[ ! -e "$tree" ] || exit 0
		rm -rf "$tree.part"
		debian_download "$(mediawiki_suite "$1")" "$tree.part" mediawiki mediawiki-classes
		for package in "$tree.part"/*.deb; do
			dpkg-deb --extract "$package" "$tree.part"
			rm "$package"
		done
		# Debian links these to /etc and /var, which belong to the installed version
		rm -f "$tree.part/usr/share/mediawiki/LocalSettings.php"
		ln -sfn extensions-core "$tree.part/usr/share/mediawiki/extensions"
		mv "$tree.part" "$tree"
	) 9>"$CACHE/mediawiki-$1.lock"
}

# mediawiki_maintenance VERSION SCRIPT ARG...: one of MediaWiki's maintenance scripts on the sandbox's wiki
mediawiki_maintenance()
{
	local version=$1 script=$2
	shift 2
	mediawiki_use "$version"
	if [ -e "$WIKI_TREE/maintenance/run.php" ] && [ "$version" != 1.39 ]; then
		set -- "$WIKI_TREE/maintenance/run.php" "$script" "$@"
	else
		set -- "$WIKI_TREE/maintenance/$script.php" "$@"
	fi
	# most of a script's time is reading MediaWiki's code; what was read before is there again
	MW_CONFIG_FILE=$WIKI_DIR/LocalSettings.php php -d opcache.enable_cli=1 -d opcache.file_cache_only=1 \
		-d opcache.file_cache="$WIKI_DIR/opcache" "$@"
}

mediawiki_install()
{
	mkdir -p "$WIKI_DIR/images" "$WIKI_DIR/cache"
	rm -f "$WIKI_DIR/LocalSettings.php"
	mariadb_sql --execute="DROP DATABASE IF EXISTS $WIKI_DB"
	mediawiki_maintenance "$1" install --dbtype=mysql --dbserver="127.0.0.1:$MARIADB_PORT" --dbname="$WIKI_DB" \
		--dbuser=wiki --dbpass="$MARIADB_WIKI_PASSWORD" --server="$WIKI_URL" --scriptpath= --confpath="$WIKI_DIR" \
		--pass="$MEDIAWIKI_ADMIN_PASSWORD" "Wiki $1" Admin
	cat >>"$WIKI_DIR/LocalSettings.php" <<-EOF

	require '$ROOT/deploy/lib/LocalSettings.php';
	\$wgUploadDirectory = '$WIKI_DIR/images';
	\$wgCacheDirectory = '$WIKI_DIR/cache';
	EOF
}

mediawiki_start()
{
	MW_CONFIG_FILE=$WIKI_DIR/LocalSettings.php PHP_CLI_SERVER_WORKERS=4 spawn "$WIKI_SERVICE" \
		php -d opcache.enable_cli=1 -d upload_max_filesize=16M -d post_max_size=32M -d memory_limit=256M \
		-S "127.0.0.1:$WIKI_PORT" -t "$WIKI_TREE"
	# the first request also fills MediaWiki's message cache
	await "$WIKI_SERVICE" 60 curl --silent --fail "$WIKI_URL/api.php?action=query&meta=siteinfo&format=json"
}

# mediawiki_up VERSION
mediawiki_up()
{
	mediawiki_use "$1"
	mediawiki_fetch "$1"
	mkdir -p "$WIKI_DIR/opcache"
	if [ ! -e "$WIKI_DIR/ready" ]; then
		mediawiki_install "$1"
		touch "$WIKI_DIR/ready"
	fi
	service_pid "$WIKI_SERVICE" >/dev/null || mediawiki_start
}

# mediawiki_after_mariadb VERSION: fetches what it needs while MariaDB starts
mediawiki_after_mariadb()
{
	local until
	mediawiki_use "$1"
	mediawiki_fetch "$1"
	until=$((SECONDS + 120))
	until [ -e "$DIR/mariadb/ready" ] && mariadb_sql --execute='SELECT 1' >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || die "MariaDB does not answer"
		sleep 0.05
	done
	mediawiki_up "$1"
}

# mediawiki_jobs: runs the jobs that wait, in all wikis ($wgJobRunRate is 0: nothing else does)
mediawiki_jobs()
{
	local version
	for version in $MEDIAWIKI_VERSIONS; do
		mediawiki_maintenance "$version" runJobs --quiet
	done
}

# mediawiki_env: MW_... are the first wiki's, MW39_... and MW43_... each one's
mediawiki_env()
{
	local version prefix prefixes=MW
	for version in $MEDIAWIKI_VERSIONS; do
		mediawiki_use "$version"
		for prefix in $prefixes "MW${version#1.}"; do
			export_line "${prefix}_API_URL" "$WIKI_URL/api.php"
			export_line "${prefix}_DBNAME" "$WIKI_DB"
			export_line "${prefix}_ADMIN_USER" Admin
			export_line "${prefix}_ADMIN_PASSWORD" "$MEDIAWIKI_ADMIN_PASSWORD"
			export_line "${prefix}_CONFIG_FILE" "$WIKI_DIR/LocalSettings.php"
			export_line "${prefix}_TREE" "$WIKI_TREE"
		done
		prefixes=
	done
}
