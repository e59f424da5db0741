/*
 * sql/tables/links.sql
 *	  Mirror tables: what pages link to.
 */

CREATE TABLE mediawiki.linktarget (
	wiki_id      text COLLATE "C" NOT NULL,
	lt_id        bigint NOT NULL,
	lt_namespace integer,
	lt_title     text COLLATE "C",
	PRIMARY KEY (wiki_id, lt_id)
);
-- a title to its id, the first step of every "what links here"; of two the mirror's own, which has the links by title, comes first
CREATE INDEX lt_namespace_title ON mediawiki.linktarget (wiki_id, lt_namespace, lt_title, lt_id);
COMMENT ON TABLE mediawiki.linktarget IS 'Titles that links point to, whether the pages exist or not.';
COMMENT ON COLUMN mediawiki.linktarget.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.linktarget.lt_id IS 'Id. Negative ids are the mirror''s own, for wikis whose links still hold titles.';
COMMENT ON COLUMN mediawiki.linktarget.lt_namespace IS 'Namespace of the target.';
COMMENT ON COLUMN mediawiki.linktarget.lt_title IS 'Title of the target.';

CREATE TABLE mediawiki.pagelinks (
	wiki_id           text COLLATE "C" NOT NULL,
	pl_from           bigint NOT NULL DEFAULT 0,
	pl_target_id      bigint NOT NULL,
	pl_from_namespace integer DEFAULT 0,
	PRIMARY KEY (wiki_id, pl_from, pl_target_id)
);
-- what links here
CREATE INDEX pl_target_id ON mediawiki.pagelinks (wiki_id, pl_target_id, pl_from);
COMMENT ON TABLE mediawiki.pagelinks IS 'Links between pages of the wiki.';
COMMENT ON COLUMN mediawiki.pagelinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.pagelinks.pl_from IS 'page.page_id that has the link.';
COMMENT ON COLUMN mediawiki.pagelinks.pl_target_id IS 'linktarget.lt_id of the target.';
COMMENT ON COLUMN mediawiki.pagelinks.pl_from_namespace IS 'Namespace of pl_from.';

CREATE TABLE mediawiki.templatelinks (
	wiki_id           text COLLATE "C" NOT NULL,
	tl_from           bigint NOT NULL DEFAULT 0,
	tl_target_id      bigint NOT NULL,
	tl_from_namespace integer DEFAULT 0,
	PRIMARY KEY (wiki_id, tl_from, tl_target_id)
);
-- where a template is used
CREATE INDEX tl_target_id ON mediawiki.templatelinks (wiki_id, tl_target_id, tl_from);
COMMENT ON TABLE mediawiki.templatelinks IS 'Templates (and other pages) that pages include.';
COMMENT ON COLUMN mediawiki.templatelinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.templatelinks.tl_from IS 'page.page_id that includes.';
COMMENT ON COLUMN mediawiki.templatelinks.tl_target_id IS 'linktarget.lt_id of what is included.';
COMMENT ON COLUMN mediawiki.templatelinks.tl_from_namespace IS 'Namespace of tl_from.';

CREATE TABLE mediawiki.imagelinks (
	wiki_id           text COLLATE "C" NOT NULL,
	il_from           bigint NOT NULL DEFAULT 0,
	il_target_id      bigint NOT NULL,
	il_from_namespace integer DEFAULT 0,
	PRIMARY KEY (wiki_id, il_from, il_target_id)
);
-- where a file is used
CREATE INDEX il_target_id ON mediawiki.imagelinks (wiki_id, il_target_id, il_from);
COMMENT ON TABLE mediawiki.imagelinks IS 'Files that pages show.';
COMMENT ON COLUMN mediawiki.imagelinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.imagelinks.il_from IS 'page.page_id that shows the file.';
COMMENT ON COLUMN mediawiki.imagelinks.il_target_id IS 'linktarget.lt_id of the file; up to MediaWiki 1.45 made of il_to.';
COMMENT ON COLUMN mediawiki.imagelinks.il_from_namespace IS 'Namespace of il_from.';

CREATE TABLE mediawiki.collation (
	wiki_id        text COLLATE "C" NOT NULL,
	collation_id   integer NOT NULL,
	collation_name text COLLATE "C",
	PRIMARY KEY (wiki_id, collation_id)
);
COMMENT ON TABLE mediawiki.collation IS 'Names of the collations that made categorylinks.cl_sortkey.';
COMMENT ON COLUMN mediawiki.collation.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.collation.collation_id IS 'Id. Negative ids are the mirror''s own, for wikis whose categorylinks still hold names.';
COMMENT ON COLUMN mediawiki.collation.collation_name IS 'Name, such as uppercase or uca-en-u-kn.';

CREATE TABLE mediawiki.categorylinks (
	wiki_id           text COLLATE "C" NOT NULL,
	cl_from           bigint NOT NULL DEFAULT 0,
	cl_target_id      bigint NOT NULL,
	cl_sortkey        bytea DEFAULT '',
	cl_sortkey_prefix text COLLATE "C" DEFAULT '',
	cl_timestamp      timestamptz,
	cl_collation_id   integer DEFAULT 0,
	cl_type           text COLLATE "C" DEFAULT 'page',
	PRIMARY KEY (wiki_id, cl_from, cl_target_id)
);
-- members of a category
CREATE INDEX cl_target_id ON mediawiki.categorylinks (wiki_id, cl_target_id, cl_type, cl_from);
COMMENT ON TABLE mediawiki.categorylinks IS 'Categories that pages are in.';
COMMENT ON COLUMN mediawiki.categorylinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_from IS 'page.page_id in the category.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_target_id IS 'linktarget.lt_id of the category; up to MediaWiki 1.43 made of cl_to.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_sortkey IS 'Binary sort key by cl_collation_id; not text under the uca collations.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_sortkey_prefix IS 'Sort key as the page gave it; '''' if none.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_timestamp IS 'When the row was last written.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_collation_id IS 'collation.collation_id that made cl_sortkey; up to MediaWiki 1.43 made of cl_collation.';
COMMENT ON COLUMN mediawiki.categorylinks.cl_type IS 'page, subcat or file.';

CREATE TABLE mediawiki.category (
	wiki_id     text COLLATE "C" NOT NULL,
	cat_id      bigint NOT NULL,
	cat_title   text COLLATE "C",
	cat_pages   integer DEFAULT 0,
	cat_subcats integer DEFAULT 0,
	cat_files   integer DEFAULT 0,
	PRIMARY KEY (wiki_id, cat_id)
);
COMMENT ON TABLE mediawiki.category IS 'Counts of category members, kept by MediaWiki; may drift.';
COMMENT ON COLUMN mediawiki.category.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.category.cat_id IS 'Id.';
COMMENT ON COLUMN mediawiki.category.cat_title IS 'Title of the category, without namespace.';
COMMENT ON COLUMN mediawiki.category.cat_pages IS 'Members of every type.';
COMMENT ON COLUMN mediawiki.category.cat_subcats IS 'Members that are categories.';
COMMENT ON COLUMN mediawiki.category.cat_files IS 'Members that are files.';

CREATE TABLE mediawiki.externallinks (
	wiki_id            text COLLATE "C" NOT NULL,
	el_id              bigint NOT NULL,
	el_from            bigint DEFAULT 0,
	el_to_domain_index text COLLATE "C" DEFAULT '',
	el_to_path         text COLLATE "C",
	PRIMARY KEY (wiki_id, el_id)
);
ALTER TABLE mediawiki.externallinks REPLICA IDENTITY FULL;
-- links of a page: the key alone does not lead there
CREATE INDEX el_from ON mediawiki.externallinks (wiki_id, el_from);
COMMENT ON TABLE mediawiki.externallinks IS 'Links to other sites.';
COMMENT ON COLUMN mediawiki.externallinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.externallinks.el_id IS 'Id.';
COMMENT ON COLUMN mediawiki.externallinks.el_from IS 'page.page_id that has the link.';
COMMENT ON COLUMN mediawiki.externallinks.el_to_domain_index IS 'Scheme and reversed host, such as https://org.example.; up to MediaWiki 1.39 split from el_index.';
COMMENT ON COLUMN mediawiki.externallinks.el_to_path IS 'Path, query and fragment; up to MediaWiki 1.39 split from el_index.';

CREATE TABLE mediawiki.langlinks (
	wiki_id  text COLLATE "C" NOT NULL,
	ll_from  bigint NOT NULL DEFAULT 0,
	ll_lang  text COLLATE "C" NOT NULL DEFAULT '',
	ll_title text COLLATE "C" DEFAULT '',
	PRIMARY KEY (wiki_id, ll_from, ll_lang)
);
COMMENT ON TABLE mediawiki.langlinks IS 'Links to the same subject in other languages.';
COMMENT ON COLUMN mediawiki.langlinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.langlinks.ll_from IS 'page.page_id that has the link.';
COMMENT ON COLUMN mediawiki.langlinks.ll_lang IS 'Language prefix.';
COMMENT ON COLUMN mediawiki.langlinks.ll_title IS 'Full title in that wiki.';

CREATE TABLE mediawiki.iwlinks (
	wiki_id    text COLLATE "C" NOT NULL,
	iwl_from   bigint NOT NULL DEFAULT 0,
	iwl_prefix text COLLATE "C" NOT NULL DEFAULT '',
	iwl_title  text COLLATE "C" NOT NULL DEFAULT '',
	PRIMARY KEY (wiki_id, iwl_from, iwl_prefix, iwl_title)
);
COMMENT ON TABLE mediawiki.iwlinks IS 'Interwiki links in page text.';
COMMENT ON COLUMN mediawiki.iwlinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.iwlinks.iwl_from IS 'page.page_id that has the link.';
COMMENT ON COLUMN mediawiki.iwlinks.iwl_prefix IS 'Interwiki prefix.';
COMMENT ON COLUMN mediawiki.iwlinks.iwl_title IS 'Title in that wiki.';

CREATE TABLE mediawiki.existencelinks (
	wiki_id       text COLLATE "C" NOT NULL,
	exl_from      bigint NOT NULL DEFAULT 0,
	exl_target_id bigint NOT NULL,
	PRIMARY KEY (wiki_id, exl_from, exl_target_id)
);
-- where it matters whether a page is there
CREATE INDEX exl_target_id ON mediawiki.existencelinks (wiki_id, exl_target_id, exl_from);
COMMENT ON TABLE mediawiki.existencelinks IS 'Pages of which pages ask whether they are there (#ifexist); since MediaWiki 1.45.';
COMMENT ON COLUMN mediawiki.existencelinks.wiki_id IS 'Database name of the wiki: mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mediawiki.existencelinks.exl_from IS 'page.page_id that asks.';
COMMENT ON COLUMN mediawiki.existencelinks.exl_target_id IS 'linktarget.lt_id of what it asks of.';
