/*
 * sql/tables/site.sql
 *	  Mirror tables: the wiki itself.
 */

CREATE TABLE mediawiki.site_stats (
	wiki_id              text COLLATE "C" NOT NULL,
	ss_row_id            bigint NOT NULL,
	ss_total_edits       bigint,
	ss_good_articles     bigint,
	ss_total_pages       bigint,
	ss_users             bigint,
	ss_active_users      bigint,
	ss_images            bigint,
	ss_temp_users        bigint,
	ss_active_temp_users bigint,
	PRIMARY KEY (wiki_id, ss_row_id)
);
COMMENT ON TABLE mediawiki.site_stats IS 'Counts over the wiki, kept by MediaWiki; one row.';
COMMENT ON COLUMN mediawiki.site_stats.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.site_stats.ss_row_id IS 'Always 1.';
COMMENT ON COLUMN mediawiki.site_stats.ss_total_edits IS 'Edits.';
COMMENT ON COLUMN mediawiki.site_stats.ss_good_articles IS 'Content pages.';
COMMENT ON COLUMN mediawiki.site_stats.ss_total_pages IS 'Pages.';
COMMENT ON COLUMN mediawiki.site_stats.ss_users IS 'Accounts.';
COMMENT ON COLUMN mediawiki.site_stats.ss_active_users IS 'Accounts active in the last 30 days.';
COMMENT ON COLUMN mediawiki.site_stats.ss_images IS 'Files.';
COMMENT ON COLUMN mediawiki.site_stats.ss_temp_users IS 'Temporary accounts; since MediaWiki 1.47.';
COMMENT ON COLUMN mediawiki.site_stats.ss_active_temp_users IS 'Temporary accounts active in the last 30 days; since MediaWiki 1.47.';

CREATE TABLE mediawiki.interwiki (
	wiki_id   text COLLATE "C" NOT NULL,
	iw_prefix text COLLATE "C" NOT NULL,
	iw_url    text COLLATE "C",
	iw_api    text COLLATE "C",
	iw_wikiid text COLLATE "C",
	iw_local  boolean,
	iw_trans  boolean DEFAULT false,
	PRIMARY KEY (wiki_id, iw_prefix)
);
COMMENT ON TABLE mediawiki.interwiki IS 'Interwiki prefixes.';
COMMENT ON COLUMN mediawiki.interwiki.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.interwiki.iw_prefix IS 'Prefix.';
COMMENT ON COLUMN mediawiki.interwiki.iw_url IS 'URL with $1 for the title.';
COMMENT ON COLUMN mediawiki.interwiki.iw_api IS 'URL of api.php; '''' if unknown.';
COMMENT ON COLUMN mediawiki.interwiki.iw_wikiid IS 'Database name; '''' if unknown.';
COMMENT ON COLUMN mediawiki.interwiki.iw_local IS 'True if the wiki belongs to the same project.';
COMMENT ON COLUMN mediawiki.interwiki.iw_trans IS 'True if pages may be included from there.';

CREATE TABLE mediawiki.sites (
	wiki_id         text COLLATE "C" NOT NULL,
	site_id         bigint NOT NULL,
	site_global_key text COLLATE "C",
	site_type       text COLLATE "C",
	site_group      text COLLATE "C",
	site_source     text COLLATE "C",
	site_language   text COLLATE "C",
	site_protocol   text COLLATE "C",
	site_domain     text COLLATE "C",
	site_data       text COLLATE "C",
	site_forward    boolean,
	site_config     text COLLATE "C",
	PRIMARY KEY (wiki_id, site_id)
);
COMMENT ON TABLE mediawiki.sites IS 'Wikis known to this one.';
COMMENT ON COLUMN mediawiki.sites.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.sites.site_id IS 'Id.';
COMMENT ON COLUMN mediawiki.sites.site_global_key IS 'Name, such as enwiki.';
COMMENT ON COLUMN mediawiki.sites.site_type IS 'Type: mediawiki, unknown.';
COMMENT ON COLUMN mediawiki.sites.site_group IS 'Group: wikipedia, ....';
COMMENT ON COLUMN mediawiki.sites.site_source IS 'Where the row came from.';
COMMENT ON COLUMN mediawiki.sites.site_language IS 'Language code.';
COMMENT ON COLUMN mediawiki.sites.site_protocol IS 'Protocol: http, https.';
COMMENT ON COLUMN mediawiki.sites.site_domain IS 'Host, reversed.';
COMMENT ON COLUMN mediawiki.sites.site_data IS 'Serialized PHP: paths.';
COMMENT ON COLUMN mediawiki.sites.site_forward IS 'True if titles may be forwarded.';
COMMENT ON COLUMN mediawiki.sites.site_config IS 'Serialized PHP: settings.';

CREATE TABLE mediawiki.site_identifiers (
	wiki_id text COLLATE "C" NOT NULL,
	si_type text COLLATE "C" NOT NULL,
	si_key  text COLLATE "C" NOT NULL,
	si_site bigint,
	PRIMARY KEY (wiki_id, si_type, si_key)
);
COMMENT ON TABLE mediawiki.site_identifiers IS 'Interwiki and language prefixes of sites.';
COMMENT ON COLUMN mediawiki.site_identifiers.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.site_identifiers.si_type IS 'interwiki or equivalent.';
COMMENT ON COLUMN mediawiki.site_identifiers.si_key IS 'The prefix.';
COMMENT ON COLUMN mediawiki.site_identifiers.si_site IS 'sites.site_id.';

CREATE TABLE mediawiki.updatelog (
	wiki_id  text COLLATE "C" NOT NULL,
	ul_key   text COLLATE "C" NOT NULL,
	ul_value text COLLATE "C",
	PRIMARY KEY (wiki_id, ul_key)
);
COMMENT ON TABLE mediawiki.updatelog IS 'Which schema and data updates the wiki has run.';
COMMENT ON COLUMN mediawiki.updatelog.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.updatelog.ul_key IS 'Name of the update.';
COMMENT ON COLUMN mediawiki.updatelog.ul_value IS 'Data of the update.';
