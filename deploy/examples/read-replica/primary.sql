-- deploy/examples/read-replica/primary.sql: what the primary needs for a standby, as superuser there.

-- How the standby connects. Elsewhere than on the primary's machine it also needs a password and a line of pg_hba.conf:
--	hostssl replication mwmirror_standby 192.0.2.7/32 scram-sha-256
CREATE ROLE mwmirror_standby LOGIN REPLICATION;

-- The primary keeps WAL for the standby until that has it, up to max_slot_wal_keep_size (deploy/postgresql.conf)
SELECT pg_create_physical_replication_slot('mwmirror_standby');
