"""Contents of pages in events and in the mirror: what is kept of a wiki, and what MediaWiki's API gives."""

import contextlib

import chain

STREAM = "mediawiki.page_content_change.v1"
LIMIT = 3 << 19     # bytes of a content, so that a test can go beyond


def keep(box, wiki_id, policy, limit=LIMIT):
    """From now on."""
    box.service("stop", "follow")
    box.pg_rows("UPDATE mwmirror.wiki SET content_policy = %s, content_limit = %s WHERE wiki_id = %s", (policy, limit, wiki_id))
    box.service("start", "follow")


@contextlib.contextmanager
def telling(box, wiki_id, policy, limit=LIMIT):
    """The contents of a wiki are kept so, from none on, and told."""
    done = box.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    chain.wait_stream(box)
    box.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s", (wiki_id,))
    keep(box, wiki_id, policy, limit)
    box.pg_rows("SELECT mwmirror.stream_switch(%s, true, %s)", (STREAM, wiki_id))
    chain.wait_stream(box)
    try:
        yield
    finally:
        box.pg_rows("SELECT mwmirror.stream_switch(%s, NULL, %s)", (STREAM, wiki_id))
        keep(box, wiki_id, "none")
        box.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s", (wiki_id,))
        chain.wait_stream(box)


def told(event):
    """{role: text} of an event."""
    return {role: slot.get("content_body") for role, slot in event.value["revision"].get("content_slots", {}).items()}


def why(event):
    """Why an event has no content that may be seen; None: it has."""
    value = dict(event.header_list).get("content")
    return value and value.decode()


def of_api(wiki, rev_ids):
    """{revision: {role: text}} of those revisions that MediaWiki's API shows."""
    found = {}
    for at in range(0, len(rev_ids), 50):
        answer = wiki.get(action="query", prop="revisions", revids="|".join(map(str, rev_ids[at:at + 50])), rvprop="ids|content", rvslots="*")
        for page in answer["query"].get("pages", []):
            for revision in page.get("revisions", []):
                found[revision["revid"]] = {role: slot.get("content") for role, slot in revision.get("slots", {}).items()}
    return found
