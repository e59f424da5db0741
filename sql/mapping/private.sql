/*
 * sql/mapping/private.sql
 *	  What is private by its name, in tables that no other file here names: those of extensions.
 */

INSERT INTO mwmirror.private_name (pattern, reason)
VALUES
	('%token%', 'secret'),
	('%secret%', 'secret'),
	('%passw%', 'password, or its state'),
	('%\_pwd%', 'password'),
	('%salt%', 'secret'),
	('%private\_key%', 'secret'),
	('%rsa\_key%', 'key'),
	('%api\_key%', 'secret'),
	('%cookie%', 'secret'),
	('%session%', 'secret'),
	('%email%', 'email address, or its state'),
	('%\_mail', 'email address'),
	('%phone%', 'telephone number'),
	('%\_ip', 'IP address'),
	('%\_ip\_hex', 'IP address'),
	('%\_xff%', 'IP address'),
	('%\_agent', 'browser of a person'),
	('%\_ua', 'browser of a person'),
	('%user\_agent%', 'browser of a person');

INSERT INTO mwmirror.table_skipped (source_table, reason)
VALUES
	('oathauth_users', 'secrets of two-factor authentication'),
	('oathauth_devices', 'secrets of two-factor authentication'),
	('oauth_registered_consumer', 'secrets of OAuth'),
	('oauth_accepted_consumer', 'secrets of OAuth'),
	('oauth2_access_tokens', 'secrets of OAuth'),
	('cu_changes', 'addresses and browsers of people (CheckUser)'),
	('cu_log_event', 'addresses and browsers of people (CheckUser)'),
	('cu_private_event', 'addresses and browsers of people (CheckUser)'),
	('cu_useragent', 'browsers of people (CheckUser)'),
	('cu_useragent_headers', 'browsers of people (CheckUser)'),
	('cu_useragent_headers_map', 'browsers of people (CheckUser)'),
	('cu_log', 'whose addresses were asked for (CheckUser)'),
	('loginnotify_seen_net', 'from where people sign in (LoginNotify)');
