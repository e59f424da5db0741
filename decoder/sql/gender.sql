-- Pages of users are named by the user's gender, in languages that have names for it; here Portuguese.
\pset format unaligned
\pset footer off
SELECT t.follow();
UPDATE mwmirror.wiki_namespace SET namespace_name = 'Usuário', female_name = 'Usuária' WHERE wiki_id = 'testwiki' AND namespace_id = 2;
UPDATE mwmirror.wiki_namespace SET namespace_name = 'Utilizador_Discussão', male_name = 'Discussão_dele', female_name = 'Discussão_dela'
	WHERE wiki_id = 'testwiki' AND namespace_id = 3;
BEGIN;
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name) VALUES ('testwiki', 90, 'Ana Maria'), ('testwiki', 91, 'Zé'), ('testwiki', 92, 'Ninguém'), ('testwiki', 93, 'Outra');
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value)
	VALUES ('testwiki', 90, 'gender', 'female'), ('testwiki', 90, 'watchlisttoken', 'secret'), ('testwiki', 91, 'gender', 'male'),
		('testwiki', 92, 'watchlisttoken', 'female'), ('testwiki', 93, 'gender', 'unknown');
SELECT t.mark(300);
COMMIT;
-- nothing of these users changes any more: what is known of them comes with the pages
SELECT t.page(3700, 2, 'Ana_Maria', 3700, 1, 'c', 301), t.page(3701, 3, 'Ana_Maria/2023/Jan', 3701, 1, 'c', 301), t.page(3702, 2, 'Zé', 3702, 1, 'c', 301),
	t.page(3703, 3, 'Zé/x_y', 3703, 1, 'c', 301), t.page(3704, 3, 'Ninguém', 3704, 1, 'c', 301), t.page(3705, 2, 'Outra', 3705, 1, 'c', 301),
	t.page(3706, 3, '192.0.2.1', 3706, 1, 'c', 301), t.page(3707, 0, 'Ana_Maria', 3707, 1, 'c', 301), t.page(3708, 4, 'Ana_Maria', 3708, 1, 'c', 301),
	t.page(3709, 2, 'Ana', 3709, 1, 'c', 301), t.mark(301);
SELECT e->'page'->>'page_title' AS title, e->'meta'->>'uri' AS uri FROM t.events() e;

-- edited, hidden, moved, deleted, restored: what did not change is known as well
SELECT t.edit(3700, 3710, 1, 'c', 302), t.mark(302);
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 3710;
SELECT t.mark(303);
COMMIT;
BEGIN;
UPDATE mediawiki.page SET page_title = 'Zé/old' WHERE wiki_id = 'testwiki' AND page_id = 3700;
SELECT t.page(3710, 2, 'Ana_Maria', 3711, 1, 'c', 304, 'Zé/old'), t.edit(3700, 3712, 1, 'moved', 304), t.log(191, 'move', 'move', 1, 'why', 2, 'Ana_Maria', 3700, 304);
UPDATE mediawiki.redirect SET rd_namespace = 2 WHERE wiki_id = 'testwiki' AND rd_from = 3710;
SELECT t.mark(304);
COMMIT;
SELECT t.delete(3701), t.mark(305);
SELECT t.restore('{3701}', 3701, 3, 'Ana_Maria/2023/Jan'), t.mark(306);
SELECT e->>'page_change_kind' AS kind, e->'page'->>'page_title' AS title, e->'prior_state'->'page'->>'page_title' AS before,
	e->'created_redirect_page'->>'page_title' AS left, e->'page'->'redirect_page_link'->>'page_title' AS leads FROM t.events() e;

-- redirects to pages of users, there and not there, and changed by a statement of their own
BEGIN;
SELECT t.page(3711, 0, 'To_Ana', 3713, 1, 'c', 307, 'x'), t.page(3712, 0, 'To_nothing', 3714, 1, 'c', 307, 'x');
UPDATE mediawiki.redirect SET rd_namespace = 3, rd_title = 'Ana_Maria/2023/Jan' WHERE wiki_id = 'testwiki' AND rd_from = 3711;
UPDATE mediawiki.redirect SET rd_namespace = 3, rd_title = 'Ana_Maria/none' WHERE wiki_id = 'testwiki' AND rd_from = 3712;
SELECT t.mark(307);
COMMIT;
SELECT t.edit(3711, 3715, 1, 'c', 308), t.edit(3712, 3716, 1, 'c', 308), t.mark(308);
SELECT e->>'page_change_kind' AS kind, e->'page'->'redirect_page_link'->>'page_title' AS leads FROM t.events() e;

-- as of the mark, also when several share a transaction: chosen, changed, given up; an account under another name
BEGIN;
SELECT t.edit(3705, 3720, 1, 'c', 310), t.mark(310);
UPDATE mediawiki.user_properties SET up_value = 'female' WHERE wiki_id = 'testwiki' AND up_user = 93;
SELECT t.mark(311);
SELECT t.edit(3705, 3721, 1, 'c', 312), t.mark(312);
DELETE FROM mediawiki.user_properties WHERE wiki_id = 'testwiki' AND up_user = 93;
SELECT t.edit(3705, 3722, 1, 'c', 313), t.mark(313);
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value) VALUES ('testwiki', 93, 'gender', 'female');
SELECT t.edit(3705, 3723, 1, 'c', 314), t.mark(314);
UPDATE mediawiki."user" SET user_name = 'Nova' WHERE wiki_id = 'testwiki' AND user_id = 93;
SELECT t.edit(3705, 3724, 1, 'c', 315), t.page(3713, 2, 'Nova', 3725, 1, 'c', 315), t.mark(315);
COMMIT;
SELECT e->'page'->>'page_title' AS title, e->'revision'->'rev_id' AS rev FROM t.events() e;

-- a long preference that an UPDATE leaves alone
ALTER TABLE mediawiki.user_properties ALTER COLUMN up_value SET STORAGE EXTERNAL;
BEGIN;
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value) VALUES ('testwiki', 93, 'long', repeat('x', 100000));
SELECT t.mark(316);
SELECT set_config('t.writer', '', true);
UPDATE mediawiki.user_properties SET up_user = 92 WHERE wiki_id = 'testwiki' AND up_user = 93 AND up_property = 'long';
SELECT t.page(3714, 0, 'After', 3726, 1, 'c', 317), t.mark(317);
COMMIT;
SELECT e->'page'->>'page_title' AS title FROM t.events() e;
ALTER TABLE mediawiki.user_properties ALTER COLUMN up_value SET STORAGE EXTENDED;

UPDATE mwmirror.wiki_namespace n SET namespace_name = o.namespace_name, male_name = NULL, female_name = NULL
	FROM mwmirror.wiki_namespace o WHERE n.wiki_id = 'testwiki' AND o.wiki_id = 'tempwiki' AND n.namespace_id = o.namespace_id AND n.namespace_id IN (2, 3);
