#!/bin/bash
# deploy/examples/kcat.sh: one-liners with kcat, to copy or to run.
#
#	kcat.sh follow STREAM            each event from now on
#	kcat.sh since TIME STREAM        all events since a time: kcat.sh since '1 hour ago' mediawiki.page_change.v1
#	kcat.sh latest STREAM KEY        the latest state of a key, from a compacted topic; nothing if it is gone:
#	                                 kcat.sh latest mwmirror.state.page.v1 '{"wiki_id":"enwiki","page_id":22}'
#	kcat.sh count [STREAM...]        how many events there are of each stream
#	kcat.sh headers STREAM           the headers, one message a line
#	kcat.sh topics                   the topics of all streams
#
# KAFKA_BOOTSTRAP says where Kafka is; in a sandbox: . DIR/env
# isolation.level=read_committed is what makes "exactly once": without it, events of transactions that were given up are seen, too.
set -euo pipefail
: "${KAFKA_BOOTSTRAP:=localhost:9092}"

follow()
{
	kcat -C -b "$KAFKA_BOOTSTRAP" -X isolation.level=read_committed -o end -q -u -t "$1"
}

since()
{
	kcat -C -b "$KAFKA_BOOTSTRAP" -X isolation.level=read_committed -o "s@$(date -d "$1" +%s000)" -e -q -t "$2"
}

# the last message of the key; nothing if that is a tombstone (size -1)
latest()
{
	kcat -C -b "$KAFKA_BOOTSTRAP" -X isolation.level=read_committed -o beginning -e -q -t "$1" -f '%k\t%S\t%s\n' |
		awk -F '\t' -v key="$2" '$1 == key { last = $2 < 0 ? "" : $3 } END { if (last != "") print last }'
}

count()
{
	for topic in "$@"; do
		kcat -C -b "$KAFKA_BOOTSTRAP" -X isolation.level=read_committed -o beginning -e -q -t "$topic" -f '%t\n'
	done | sort | uniq -c
}

headers()
{
	kcat -C -b "$KAFKA_BOOTSTRAP" -X isolation.level=read_committed -o beginning -e -q -t "$1" -f '%o %k %h\n'
}

topics()
{
	kcat -L -b "$KAFKA_BOOTSTRAP" -J | jq -r '.topics[].topic' | grep -v -e '^__' -e '^mwmirror[.]position$' | sort
}

case ${1:-} in
	follow | since | latest | headers | topics) "$@" ;;
	count)
		shift
		[ $# -gt 0 ] || mapfile -t streams < <(topics)
		count "${@:-${streams[@]}}"
		;;
	*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
