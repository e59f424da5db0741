# deploy/lib/kafka.sh: the sandbox's Kafka: one broker that is its own controller (KRaft), jars by Maven.

kafka_settings()
{
	setting KAFKA_PORT "$(free_port)"
	setting KAFKA_CONTROLLER_PORT "$(free_port)"
	# a listener whose clients are told to come to KAFKA_PROXY_PORT, where a test may have a proxy in front of it
	setting KAFKA_PROXIED_PORT "$(free_port)"
	setting KAFKA_PROXY_PORT "$(free_port)"
	KAFKA_BOOTSTRAP=127.0.0.1:$KAFKA_PORT
	KAFKA_JARS=$CACHE/kafka-$(cksum <"$ROOT/deploy/kafka/pom.xml" | cut -d' ' -f1)
}

# kafka_fetch: the jars into the cache, once per machine
kafka_fetch()
{
	mkdir -p "$CACHE"
	(
		flock 9
		[ ! -e "$KAFKA_JARS" ] || exit 0
		rm -rf "$KAFKA_JARS.part"
		mvn --batch-mode --no-transfer-progress --file "$ROOT/deploy/kafka/pom.xml" \
			org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
			-DincludeScope=runtime -DoutputDirectory="$KAFKA_JARS.part"
		mv "$KAFKA_JARS.part" "$KAFKA_JARS"
	) 9>"$CACHE/kafka.lock"
}

# Small and quick for one user. Topics are made by `mwmirror topics`: a missing one must show, not appear by itself
# with other settings.
kafka_create()
{
	rm -rf "$DIR/kafka"
	mkdir -p "$DIR/kafka"
	cat >"$DIR/kafka/server.properties" <<-EOF
	process.roles=broker,controller
	node.id=1
	controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT
	controller.listener.names=CONTROLLER
	listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,PROXIED://127.0.0.1:$KAFKA_PROXIED_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT
	advertised.listeners=PLAINTEXT://$KAFKA_BOOTSTRAP,PROXIED://127.0.0.1:$KAFKA_PROXY_PORT
	listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
	inter.broker.listener.name=PLAINTEXT
	log.dirs=$DIR/kafka/data
	auto.create.topics.enable=false
	message.max.bytes=10485760
	replica.fetch.max.bytes=10485760
	offsets.topic.num.partitions=1
	offsets.topic.replication.factor=1
	transaction.state.log.num.partitions=1
	transaction.state.log.replication.factor=1
	transaction.state.log.min.isr=1
	transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
	share.coordinator.state.topic.num.partitions=1
	share.coordinator.state.topic.replication.factor=1
	share.coordinator.state.topic.min.isr=1
	broker.session.timeout.ms=3000
	broker.heartbeat.interval.ms=500
	group.initial.rebalance.delay.ms=0
	num.network.threads=2
	num.io.threads=2
	log.cleaner.backoff.ms=1000
	log.cleaner.dedupe.buffer.size=8388608
	EOF
	"${KAFKA_JAVA[@]}" -Xmx128m -XX:TieredStopAtLevel=1 -cp "$KAFKA_JARS/*" kafka.tools.StorageTool format \
		--cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d =)" \
		--config "$DIR/kafka/server.properties"
}

KAFKA_JAVA=(java -XX:+UseSerialGC -Xshare:auto -Djava.awt.headless=true
	-Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true
	-Dlog4j2.disable.jmx=true)


# kafka_answers: metadata is the only sure sign of a broker that works
kafka_answers()
{
	kcat -L -b "$KAFKA_BOOTSTRAP" -m 2 2>/dev/null | grep '^ 1 brokers'
}

kafka_start()
{
	spawn kafka "${KAFKA_JAVA[@]}" -Xms64m -Xmx512m -cp "$KAFKA_JARS/*" kafka.Kafka "$DIR/kafka/server.properties"
	await kafka 60 kafka_answers
}

kafka_up()
{
	kafka_fetch
	[ -e "$DIR/kafka/ready" ] || kafka_create
	touch "$DIR/kafka/ready"
	service_pid kafka >/dev/null || kafka_start
}

kafka_env()
{
	export_line KAFKA_BOOTSTRAP "$KAFKA_BOOTSTRAP"
	export_line KAFKA_PROXIED "127.0.0.1:$KAFKA_PROXIED_PORT"
	export_line KAFKA_PROXY_LISTEN "127.0.0.1:$KAFKA_PROXY_PORT"
	export_line KAFKA_JARS "$KAFKA_JARS"
}
