/*
 * tests/model/relay.pml
 *	  Relay, Kafka's transaction coordinator and partitions, a network that holds requests back, and the slot.
 *
 * README.md says what each step stands for in the code, what is bounded, and what is not modelled.
 *
 * What can go wrong is a flag each, so that the checker names it:
 *
 *	doubled         a read_committed reader sees an event again, or after a later one
 *	skipped         ... sees an event before the one in front of it
 *	position_ahead  a commit is decided that makes the position say more than the committed events
 *	slot_ahead      PostgreSQL is told a position that is not committed
 *	lost            a relay starts before what PostgreSQL still has
 *	chain_torn      a position record does not follow the one before it
 *	incomplete      all relays have ended, and not everything is there
 */

/* Bounds */
#ifndef N
#define N 3 /* source transactions, of one event each */
#endif
#ifndef RELAYS
#define RELAYS 2 /* processes: each starts at any moment after the one before it */
#endif
#ifndef HELD
#define HELD 1 /* requests that the network holds back */
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 0 /* transactions that the broker gives up */
#endif
#ifndef STRANGERS
#define STRANGERS 0 /* transactions of others on the position partition, one after the other */
#endif

/* A case may not look for some faults, to see which others there are. */
#ifndef LOOK_FOR_doubled
#define LOOK_FOR_doubled 1
#endif
#ifndef LOOK_FOR_position_ahead
#define LOOK_FOR_position_ahead 1
#endif
#ifndef LOOK_FOR_slot_ahead
#define LOOK_FOR_slot_ahead 1
#endif
#ifndef LOOK_FOR_chain_torn
#define LOOK_FOR_chain_torn 1
#endif
#define LOOK_FOR_skipped 1
#define LOOK_FOR_lost 1
#define LOOK_FOR_incomplete 1
#define CHECK(fault, condition) \
	fault = LOOK_FOR_##fault && (condition); \
	assert(!fault)

/* partitions, and their bits in a set */
#define EVENTS 0
#define POSITION 1
#define BIT(p) (1 << (p))

/* requests */
#define INIT 1
#define ADD 2
#define PRODUCE 3
#define END 4

/* answers, as the caller sees them */
#define NOTHING 0 /* the connection broke: the library sends the request again */
#define OK 1
#define REFUSED 2 /* fenced, invalid state, out of order */
#define BUSY 3    /* CONCURRENT_TRANSACTIONS: the library asks again */
#define GAVE_UP 4 /* the caller's patience has ended */

/* states of a transactional id in the coordinator */
#define EMPTY 0
#define ONGOING 1
#define PREPARE_COMMIT 2
#define PREPARE_ABORT 3
#define COMPLETE_COMMIT 4
#define COMPLETE_ABORT 5
#define PREPARED(i) (state[i] == PREPARE_COMMIT || state[i] == PREPARE_ABORT)

/* what became of a record */
#define OPEN 0
#define COMMITTED 1
#define ABORTED 2

#define STRANGER 2 /* as owner of a record; else a producer, 0 or 1 */

/* A partition's leader. Of its log only what lies behind the last stable offset is kept. */
#define LOG 6 /* so many records at most; if not, the checker says that an index is out of bounds */
typedef partition
{
	byte epoch[2]; /* of each producer, as far as this partition has heard */
	byte next[2];  /* the sequence number that it expects */
	byte size;
	byte owner[LOG];
	byte value[LOG];
	byte before[LOG]; /* in a position record: the position of the record before */
	byte fate[LOG];
}

typedef request
{
	byte kind;
	byte id;
	byte epoch;
	byte arg; /* partition; or whether to commit */
	byte sequence;
	byte value;
	byte before;
}

/* the coordinator */
byte epoch[2];
byte state[2];
byte parts[2]; /* of the transaction; while PREPARED, those whose marker is missing */

partition log[2];
byte visible;   /* a read_committed reader has seen events 1..visible */
byte committed; /* ... and this position last */

/* the network; behind the last held request there is an empty one */
request held[HELD + 2];
byte held_count; /* so far */

/* PostgreSQL */
byte confirmed;        /* by the slot */
short slot_owner = -1; /* a relay */

/* the relays, as far as others must know */
byte epochs[2 * RELAYS]; /* of their producers; 0: none */
byte unread[RELAYS];     /* records that a reader of positions has still to pass */
byte found[RELAYS];      /* by that reader */
byte ended;

byte timeouts;
byte strangers; /* odd while one is at work */

bool doubled, skipped, position_ahead, slot_ahead, lost, chain_torn, incomplete;

/* scratch of one step; 0 between steps. The byte k of each process is, too. */
byte answer;
byte x;
byte y;
bool unused;

/* ---- the broker ---- */

#define DECIDED(p, n) \
	(log[p].fate[n] == COMMITTED || \
	 (log[p].fate[n] == OPEN && log[p].owner[n] != STRANGER && state[log[p].owner[n]] == PREPARE_COMMIT && \
	  (parts[log[p].owner[n]] & BIT(p))))

/* x = the highest position whose commit is decided, y = the number of such events */
inline count_decided()
{
	x = committed;
	y = visible;
	k = 0;
	do
	:: k < LOG ->
		if
		:: k < log[POSITION].size && DECIDED(POSITION, k) && log[POSITION].value[k] > x ->
			x = log[POSITION].value[k]
		:: else
		fi;
		if
		:: k < log[EVENTS].size && DECIDED(EVENTS, k) -> y++
		:: else
		fi;
		k++
	:: else -> break
	od;
	k = 0
}

/* Takes the first record off partition p. */
inline shift(p)
{
	k = 0;
	do
	:: k + 1 < log[p].size ->
		log[p].owner[k] = log[p].owner[k + 1];
		log[p].value[k] = log[p].value[k + 1];
		log[p].before[k] = log[p].before[k + 1];
		log[p].fate[k] = log[p].fate[k + 1];
		k++
	:: else -> break
	od;
	log[p].owner[k] = 0;
	log[p].value[k] = 0;
	log[p].before[k] = 0;
	log[p].fate[k] = 0;
	log[p].size--;
	k = 0
}

/* The read_committed reader of events goes on to the last stable offset. */
inline read_events()
{
	do
	:: log[EVENTS].size > 0 && log[EVENTS].fate[0] != OPEN ->
		if
		:: log[EVENTS].fate[0] == COMMITTED ->
			CHECK(doubled, log[EVENTS].value[0] <= visible);
			CHECK(skipped, log[EVENTS].value[0] > visible + 1);
			visible = log[EVENTS].value[0]
		:: else
		fi;
		shift(EVENTS)
	:: else -> break
	od
}

/* So do the readers of positions. */
inline read_positions()
{
	do
	:: log[POSITION].size > 0 && log[POSITION].fate[0] != OPEN ->
		x = log[POSITION].fate[0] == COMMITTED && log[POSITION].owner[0] != STRANGER;
		if
		:: x ->
			CHECK(chain_torn, log[POSITION].before[0] != committed);
			committed = log[POSITION].value[0]
		:: else
		fi;
		y = 0;
		do
		:: y < RELAYS ->
			if
			:: unread[y] > 0 ->
				unread[y]--;
				found[y] = (x -> log[POSITION].value[0] : found[y])
			:: else
			fi;
			y++
		:: else -> break
		od;
		shift(POSITION)
	:: else -> break
	od;
	x = 0;
	y = 0
}

/* The marker of producer i's transaction reaches partition p. */
inline write_marker(i, p)
{
	k = 0;
	do
	:: k < log[p].size ->
		if
		:: log[p].owner[k] == i && log[p].fate[k] == OPEN ->
			log[p].fate[k] = (state[i] == PREPARE_COMMIT -> COMMITTED : ABORTED)
		:: else
		fi;
		k++
	:: else -> break
	od;
	k = 0;
	if
	:: epoch[i] > log[p].epoch[i] ->
		log[p].epoch[i] = epoch[i];
		log[p].next[i] = 0
	:: else
	fi;
	parts[i] = parts[i] & ~BIT(p);
	printf("broker: marker of T%d in partition %d\n", i, p);
	if
	:: parts[i] == 0 -> state[i] = (state[i] == PREPARE_COMMIT -> COMPLETE_COMMIT : COMPLETE_ABORT)
	:: else
	fi;
	if
	:: p == EVENTS -> read_events()
	:: else -> read_positions()
	fi
}

/* InitProducerId: what is open is aborted first; then the answer is a new epoch, which is in epoch[i]. */
inline handle_init(i)
{
	if
	:: state[i] == ONGOING ->
		epoch[i]++;
		state[i] = PREPARE_ABORT;
		answer = BUSY
	:: PREPARED(i) -> answer = BUSY
	:: else ->
		epoch[i]++;
		state[i] = EMPTY;
		answer = OK
	fi
}

inline handle_add(i, e, p)
{
	if
	:: e != epoch[i] -> answer = REFUSED
	:: e == epoch[i] && PREPARED(i) -> answer = BUSY
	:: else ->
		state[i] = ONGOING;
		parts[i] = parts[i] | BIT(p);
		answer = OK
	fi
}

/* The partition asks the coordinator before it begins a transaction. */
#ifdef NO_VERIFICATION
#define VERIFIED(i, e, p) true
#else
#define VERIFIED(i, e, p) (state[i] == ONGOING && epoch[i] == (e) && (parts[i] & BIT(p)))
#endif

/* x = producer i has open records in partition p */
inline find_open(i, p)
{
	x = 0;
	k = 0;
	do
	:: k < log[p].size ->
		x = x || (log[p].owner[k] == i && log[p].fate[k] == OPEN);
		k++
	:: else -> break
	od;
	k = 0
}

inline append(i, p, v, b)
{
	log[p].owner[log[p].size] = i;
	log[p].value[log[p].size] = v;
	log[p].before[log[p].size] = b;
	log[p].fate[log[p].size] = OPEN;
	log[p].size++
}

inline handle_produce(i, e, p, s, v, b)
{
	find_open(i, p);
	if
	:: e < log[p].epoch[i] -> answer = REFUSED
	:: e >= log[p].epoch[i] && !x && !VERIFIED(i, e, p) -> answer = REFUSED
	:: else ->
		if
		:: e > log[p].epoch[i] && s == 0 ->
			log[p].epoch[i] = e;
			log[p].next[i] = 0
		:: else
		fi;
		if
		:: e != log[p].epoch[i] || s > log[p].next[i] -> answer = REFUSED
		:: e == log[p].epoch[i] && s < log[p].next[i] -> answer = OK /* is written already */
		:: else ->
			append(i, p, v, b);
			log[p].next[i]++;
			answer = OK
		fi
	fi;
	x = 0
}

/* EndTxn is answered when the decision is in the coordinator's log; markers come later. */
inline handle_end(i, e, commit)
{
	if
	:: e != epoch[i] || state[i] == EMPTY -> answer = REFUSED
	:: e == epoch[i] && state[i] == ONGOING ->
		state[i] = (commit -> PREPARE_COMMIT : PREPARE_ABORT);
		answer = OK;
		count_decided();
		CHECK(position_ahead, x > y);
		x = 0;
		y = 0
	:: e == epoch[i] && (state[i] == PREPARE_COMMIT || state[i] == COMPLETE_COMMIT) && !(commit) -> answer = REFUSED
	:: e == epoch[i] && (state[i] == PREPARE_ABORT || state[i] == COMPLETE_ABORT) && (commit) -> answer = REFUSED
	:: else -> answer = (PREPARED(i) -> BUSY : OK)
	fi
}

inline handle(what, i, e, a, s, v, b)
{
	if
	:: what == INIT ->
		handle_init(i);
		printf("broker: InitProducerId T%d: answer %d, epoch is %d\n", i, answer, epoch[i])
	:: what == ADD ->
		handle_add(i, e, a);
		printf("broker: AddPartitions T%d epoch %d, partition %d: answer %d\n", i, e, a, answer)
	:: what == PRODUCE ->
		handle_produce(i, e, a, s, v, b);
		printf("broker: Produce T%d epoch %d, partition %d, sequence %d, value %d: answer %d\n", i, e, a, s, v, answer)
	:: what == END ->
		handle_end(i, e, a);
		printf("broker: EndTxn T%d epoch %d, commit %d: answer %d\n", i, e, a, answer)
	fi
}

/* ---- fewer states ---- */

/* Takes held[k] out. */
inline drop_held()
{
	x = k;
	do
	:: x < HELD ->
		held[x].kind = held[x + 1].kind;
		held[x].id = held[x + 1].id;
		held[x].epoch = held[x + 1].epoch;
		held[x].arg = held[x + 1].arg;
		held[x].sequence = held[x + 1].sequence;
		held[x].value = held[x + 1].value;
		held[x].before = held[x + 1].before;
		x++
	:: else -> break
	od;
	x = 0
}

#define HAS_EPOCH(n, i) ((held[n].kind == ADD || held[n].kind == PRODUCE || held[n].kind == END) && held[n].id == i)
#define OLDER(e) ((e) > x -> (e) - 1 : (e))

/* Nobody has epoch x of producer y: those above it come down. */
inline close_gap()
{
	epoch[y]--;
	log[EVENTS].epoch[y] = OLDER(log[EVENTS].epoch[y]);
	log[POSITION].epoch[y] = OLDER(log[POSITION].epoch[y]);
	k = 0;
	do
	:: k < RELAYS ->
		epochs[2 * k + y] = OLDER(epochs[2 * k + y]);
		k++
	:: else -> break
	od;
	k = 0;
	do
	:: k < HELD ->
		if
		:: HAS_EPOCH(k, y) -> held[k].epoch = OLDER(held[k].epoch)
		:: else
		fi;
		k++
	:: else -> break
	od
}

/* Nothing that this request can do, now or later, changes anything. */
#define STALE(n) \
	(((held[n].kind == ADD || held[n].kind == END) && held[n].epoch < epoch[held[n].id]) || \
	 (held[n].kind == PRODUCE && held[n].epoch < log[held[n].arg].epoch[held[n].id]) || \
	 (held[n].kind == PRODUCE && held[n].epoch == log[held[n].arg].epoch[held[n].id] && \
	  held[n].sequence < log[held[n].arg].next[held[n].id]))

/* Makes states equal that differ in nothing that matters: drops stale requests, and counts epochs without gaps. */
inline tidy()
{
	k = 0;
	do
	:: k < HELD ->
		if
		:: STALE(k) -> drop_held()
		:: else -> k++
		fi
	:: else -> break
	od;
	y = 0;
	do
	:: y < 2 ->
		x = 1;
		do
		:: x < epoch[y] ->
			unused = x != log[EVENTS].epoch[y] && x != log[POSITION].epoch[y];
			k = 0;
			do
			:: k < RELAYS -> unused = unused && epochs[2 * k + y] != x; k++
			:: else -> break
			od;
			k = 0;
			do
			:: k < HELD -> unused = unused && !(HAS_EPOCH(k, y) && held[k].epoch == x); k++
			:: else -> break
			od;
			if
			:: unused -> close_gap()
			:: else -> x++
			fi
		:: else -> break
		od;
		y++
	:: else -> break
	od;
	unused = false;
	x = 0;
	y = 0;
	k = 0
}

/* ---- the library and the network ---- */

/* The request stays in the network when its connection breaks. */
inline hold(what, i, e, a, s, v, b)
{
	k = 0;
	do
	:: held[k].kind != 0 -> k++
	:: else -> break
	od;
	held[k].kind = what;
	held[k].id = i;
	held[k].epoch = e;
	held[k].arg = a;
	held[k].sequence = s;
	held[k].value = v;
	held[k].before = b;
	held_count++;
	k = 0;
	printf("network: holds a request of kind %d from T%d\n", what, i)
}

/* While markers are missing the library asks again and again, which is waiting here. */
#define ANSWERS(what, i, e) (what == PRODUCE || !PREPARED(i) || (what != INIT && (e) != epoch[i]))

/* Sends a request once. */
inline call(what, i, e, a, s, v, b)
{
	if
	:: ANSWERS(what, i, e) ->
		d_step
		{
			handle(what, i, e, a, s, v, b);
			tidy()
		}
	:: held_count < HELD ->
		d_step
		{
			hold(what, i, e, a, s, v, b)
		}
		if
		:: answer = NOTHING
		:: answer = GAVE_UP
		fi
#ifdef DOUBLED_REQUESTS
	:: held_count < HELD && ANSWERS(what, i, e) ->
		d_step
		{
			hold(what, i, e, a, s, v, b);
			handle(what, i, e, a, s, v, b);
			tidy()
		}
#endif
	fi
}

/* ---- the relay ---- */

#define MINE(i) epochs[2 * me + (i)]

/* The slot's confirmed position moves, if this relay still has the slot. */
inline confirm(p)
{
	if
	:: slot_owner == me && p > confirmed ->
		d_step
		{
			count_decided();
			CHECK(slot_ahead, p > x || p > y);
			x = 0;
			y = 0;
			confirmed = p;
			printf("slot: confirmed %d\n", p)
		}
	:: else
	fi
}

/* what the open transaction has; all of it: 15 */
#define EVENTS_ADDED 1
#define EVENT 2
#define POSITION_ADDED 4
#define POSITION_WRITTEN 8
#define ALL 15

#ifdef POSITION_WITH_EVENTS
#define POSITION_DUE true
#else
#define POSITION_DUE (has & EVENT)
#endif

/* Ends a step of a transaction: its part is there, or is tried again, or the producers are given up. */
#define STEP_ENDS(part) \
	if \
	:: answer == OK -> has = has | (part) \
	:: answer == NOTHING \
	:: else -> answer = 0; goto give_up \
	fi; \
	answer = 0

/*
 * A process that is killed is one that does no more steps; its successor starts at any moment and takes the slot.
 * One that goes on nevertheless is a zombie.
 */
proctype relay(byte me)
{
	byte at;       /* the position that is published, as far as this process knows */
	byte turn;     /* the producer of the open or next transaction */
	byte count[2]; /* transactions of each: its sequence number in each partition */
	byte has;      /* of the open transaction */
	byte sends;    /* of EndTxn: 0, 1, or 2 for more */
	bool begun;
	bool knows; /* goes on without reading the position */
	byte k;

open:
	atomic
	{
		at = (knows -> at : 0);
		turn = 0;
		count[0] = 0;
		count[1] = 0;
		MINE(0) = 0;
		MINE(1) = 0;
		d_step
		{
			tidy()
		}
		if
		:: !begun && slot_owner == me - 1 ->
			begun = true;
			slot_owner = me;
			printf("relay %d: has the slot\n", me)
		:: begun && slot_owner == me
		:: begun && slot_owner != me -> goto end
		fi
	}
init_producers:
	do
	:: atomic
		{
			MINE(turn) == 0 ->
			call(INIT, turn, 0, 0, 0, 0, 0);
			if
			:: answer == OK ->
				MINE(turn) = epoch[turn];
#ifndef ONE_INIT
				turn = 1 - turn
#endif
			:: answer == GAVE_UP -> answer = 0; goto open
			:: answer == BUSY && slot_owner != me -> answer = 0; goto end
			:: else
			fi;
			answer = 0
		}
	:: atomic
		{
			MINE(turn) != 0 ->
			if
			:: knows || turn == 1 -> knows = false; goto transaction
			:: else -> break
			fi
		}
	od;
read_position:
	atomic
	{
		found[me] = committed;
#ifndef READ_COMMITTED_END_ONLY
		unread[me] = log[POSITION].size
#endif
	}
	atomic
	{
		unread[me] == 0 ->
		at = found[me];
		found[me] = 0;
		if
		:: slot_owner != me -> goto end
		:: else
		fi;
		printf("relay %d: goes on after position %d\n", me, at);
		CHECK(lost, at < confirmed);
		confirm(at)
	}
transaction:
	do
	:: atomic
		{
			at == N -> goto end
		}
#ifdef ONE_INIT
	:: atomic
		{
			at < N && MINE(turn) == 0 -> goto init_producers
		}
#endif
	:: atomic
		{
			at < N && MINE(turn) != 0 && !(has & EVENTS_ADDED) ->
			call(ADD, turn, MINE(turn), EVENTS, 0, 0, 0);
			STEP_ENDS(EVENTS_ADDED)
		}
	:: atomic
		{
			(has & EVENTS_ADDED) && !(has & EVENT) ->
			call(PRODUCE, turn, MINE(turn), EVENTS, count[turn], at + 1, 0);
			STEP_ENDS(EVENT)
		}
	:: atomic
		{
			at < N && MINE(turn) != 0 && POSITION_DUE && !(has & POSITION_ADDED) ->
			call(ADD, turn, MINE(turn), POSITION, 0, 0, 0);
			STEP_ENDS(POSITION_ADDED)
		}
	:: atomic
		{
			(has & POSITION_ADDED) && !(has & POSITION_WRITTEN) ->
			call(PRODUCE, turn, MINE(turn), POSITION, count[turn], at + 1, at);
			STEP_ENDS(POSITION_WRITTEN)
		}
	:: atomic
		{
			has == ALL -> break
		}
	od;
#ifdef CONFIRM_BEFORE_COMMIT
	atomic
	{
		confirm(at + 1)
	}
#endif
commit:
	atomic
	{
		sends = (sends < 2 -> sends + 1 : 2);
		call(END, turn, MINE(turn), true, 0, 0, 0);
		if
		:: answer == NOTHING -> goto commit
#ifdef KEEP_PRODUCERS
		:: answer == OK ->
#else
		:: answer == OK && sends == 1 ->
#endif
			answer = 0;
			sends = 0;
			has = 0;
			at++;
			count[turn]++;
			turn = 1 - turn
#ifdef TRUST_RETURN_CODE
		:: answer == OK && sends > 1 -> answer = 0; has = 0; at++; knows = true; goto give_up
		:: answer != OK && answer != NOTHING -> answer = 0; knows = true; goto give_up
#else
		:: else -> answer = 0; goto give_up
#endif
		fi
	}
	atomic
	{
		confirm(at);
		goto transaction
	}
give_up:
	atomic
	{
		sends = 0;
#ifdef PARTING_ABORT
		if
		:: true
		:: has != 0 && (!PREPARED(turn) || MINE(turn) != epoch[turn]) ->
			d_step
			{
				handle_end(turn, MINE(turn), false);
				answer = 0
			}
		:: has != 0 && held_count < HELD ->
			d_step
			{
				hold(END, turn, MINE(turn), false, 0, 0, 0)
			}
		fi;
#endif
		has = 0;
		goto open
	}
end:
	atomic
	{
		at = 0;
		turn = 0;
		count[0] = 0;
		count[1] = 0;
		MINE(0) = 0;
		MINE(1) = 0;
		d_step
		{
			tidy()
		}
		ended++
	}
}

/* ---- what happens by itself ---- */

#define MARKER_DUE(i, p) (PREPARED(i) && (parts[i] & BIT(p)))

/* The broker's patience with an open transaction ends: it is aborted, under a new epoch. */
inline time_out(i)
{
	timeouts++;
	epoch[i]++;
	state[i] = PREPARE_ABORT;
	printf("broker: gives up the transaction of T%d\n", i);
	tidy()
}

proctype world()
{
	byte kind;
	byte id;
	byte e;
	byte arg;
	byte sequence;
	byte value;
	byte before;
	byte n;
	byte k;

	do
	:: atomic
		{
			held[0].kind != 0 ->
			if
			:: true
			:: held[1].kind != 0 -> n = 1
			fi;
			d_step
			{
				kind = held[n].kind;
				id = held[n].id;
				printf("network: a held request arrives\n");
				e = held[n].epoch;
				arg = held[n].arg;
				sequence = held[n].sequence;
				value = held[n].value;
				before = held[n].before;
				k = n;
				drop_held();
				handle(kind, id, e, arg, sequence, value, before);
				tidy();
				n = 0;
				answer = 0;
				kind = 0;
				id = 0;
				e = 0;
				arg = 0;
				sequence = 0;
				value = 0;
				before = 0
			}
		}
	:: d_step { MARKER_DUE(0, EVENTS) -> write_marker(0, EVENTS); tidy() }
	:: d_step { MARKER_DUE(0, POSITION) -> write_marker(0, POSITION); tidy() }
	:: d_step { MARKER_DUE(1, EVENTS) -> write_marker(1, EVENTS); tidy() }
	:: d_step { MARKER_DUE(1, POSITION) -> write_marker(1, POSITION); tidy() }
	:: d_step { timeouts < TIMEOUTS && state[0] == ONGOING -> time_out(0) }
	:: d_step { timeouts < TIMEOUTS && state[1] == ONGOING -> time_out(1) }
	:: d_step { strangers < STRANGERS * 2 && strangers % 2 == 0 -> strangers++; append(STRANGER, POSITION, 0, 0) }
	:: d_step
		{
			strangers % 2 == 1 ->
			strangers++;
			k = 0;
			do
			:: log[POSITION].owner[k] != STRANGER || log[POSITION].fate[k] != OPEN -> k++
			:: else -> break
			od;
			log[POSITION].fate[k] = COMMITTED;
			k = 0;
			read_positions()
		}
	:: atomic
		{
			ended == RELAYS && !PREPARED(0) && !PREPARED(1) && strangers % 2 == 0 && held[0].kind == 0 ->
			CHECK(incomplete, visible != N || committed != N);
			break
		}
	od
}

init
{
	byte i;

	atomic
	{
		run world();
		do
		:: i < RELAYS ->
			run relay(i);
			i++
		:: else -> break
		od;
		i = 0
	}
}
