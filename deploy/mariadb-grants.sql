-- deploy/mariadb-grants.sql: the account that mwmirror uses on MariaDB (10.6 or newer).
-- Run once by a DBA. Choose the host and the password; repeat the last statement for each wiki's database.
-- Nothing here lets it write.

CREATE USER IF NOT EXISTS 'mwmirror'@'%' IDENTIFIED BY 'change-me';

-- reads the binlog as a replica does; BINLOG MONITOR: positions of the snapshot
GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'mwmirror'@'%';

-- the snapshot reads the wiki's tables
GRANT SELECT ON `enwiki`.* TO 'mwmirror'@'%';
