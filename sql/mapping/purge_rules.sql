/*
 * sql/mapping/purge_rules.sql
 *	  URLs that MediaWiki purges when a page changes: HTMLCacheUpdater::getUrls, of the page and, when it comes or goes, of the one that
 *	  it is the talk page of or that is its (WikiPage::onArticleCreate, onArticleDelete), 1.39 and 1.43.
 *
 * Scripts and styles are known by the ends of their titles, for which MediaWiki chooses their content model. The rules of mobile
 * sites, which the extension MobileFrontend adds, are off: their hosts differ.
 */

INSERT INTO mwmirror.purge_rule (rule_name, pattern, namespaces, title_like)
VALUES
	('10-view', '{url}', NULL, NULL),
	('20-history', '{server}{script}?title={title}&action=history', NULL, NULL),
	('30-raw-site-css', '{server}{script}?title={title}&action=raw&ctype=text/css', '{8}', '%.css'),
	('30-raw-site-js', '{server}{script}?title={title}&action=raw&ctype=text/javascript', '{8}', '%.js'),
	('30-raw-site-json', '{server}{script}?title={title}&action=raw&ctype=application/json', '{8}', '%.json'),
	('30-raw-user-css', '{server}{script}?title={title}&action=raw&ctype=text/css', '{2}', '%/%.css'),
	('30-raw-user-js', '{server}{script}?title={title}&action=raw&ctype=text/javascript', '{2}', '%/%.js'),
	('30-raw-user-json', '{server}{script}?title={title}&action=raw&ctype=application/json', '{2}', '%/%.json');
INSERT INTO mwmirror.purge_rule (rule_name, pattern, of_other, events)
VALUES
	('40-other-view', '{url}', true, '{create,move,delete,undelete}'),
	('50-other-history', '{server}{script}?title={title}&action=history', true, '{create,move,delete,undelete}');
INSERT INTO mwmirror.purge_rule (rule_name, pattern, enabled)
VALUES
	('60-mobile-view', 'https://{host0}.m.{host1}.{host2}{path}', false),
	('70-mobile-history', 'https://{host0}.m.{host1}.{host2}{script}?title={title}&action=history', false);
