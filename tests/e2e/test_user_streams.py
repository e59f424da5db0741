"""
user_change and user-blocks-change, for both MediaWiki versions: which events each operation gives on them, in order, and
what they say; nothing of an account that is hidden.
"""

import json

import chain
import events
from test_page_change import all_events_of

CHANGE, BLOCKS = "mediawiki.user_change.v1", "mediawiki.user-blocks-change"
PASSWORD = "Str0ng-pass-phrase"


def told(box, wiki, act):
    """The events of the two streams that an action gives."""
    return all_events_of(box, wiki, act, (CHANGE, BLOCKS))[1]


def shape(found):
    return [(e.kind, e.user) for e in found]


def forbids(blocks):
    return {name for name, value in blocks.items() if value is True}


def states(event):
    """What was forbidden, None if that is not said; and what is now."""
    prior = event.value.get("prior_state", {}).get("blocks")
    return prior and forbids(prior), forbids(event.value["blocks"])


def test_accounts(wiki, box):
    """By oneself, by somebody, by a script, which commits statement by statement."""
    wiki.create_user("Made earlier", PASSWORD, "bot")      # and whom the script itself needs

    def act():
        wiki.as_user().create_account("Self made", PASSWORD)
        wiki.create_account("Made by admin", PASSWORD, "asked for")
        wiki.create_user("Made by script", PASSWORD, "bot")
    found = told(box, wiki, act)
    assert shape(found) == [("create", "Self made"), ("create", "Made by admin"), ("create", "Made by script"),
                            ("groups_change", "Made by script")]
    own, other, script, groups = (e.value for e in found)
    assert own["performer"]["user_text"] == "Self made" and own["is_autocreate"] is False
    assert other["performer"]["user_text"] == wiki.user and other["is_autocreate"] is False
    assert "performer" not in groups and "comment" not in groups
    assert set(groups["user"]["groups"]) - set(groups["prior_state"]["user"]["groups"]) == {"bot"}
    for value in (own, other, script):
        row = box.maria_rows("SELECT user_id, user_registration FROM `%s`.user WHERE user_name = %%s" % wiki.dbname,
                             (value["user"]["user_text"],))
        assert ((value["user"]["user_id"], value["dt"].translate(str.maketrans("", "", "-:TZ")).encode()),) == row
        assert value["user"]["registration_dt"] == value["dt"]


def test_rename(wiki, box):
    """With the name before; a block goes along without an event."""
    wiki.create_user("Before renaming", PASSWORD)
    wiki.block("Before renaming", "b")
    found = told(box, wiki, lambda: wiki.rename_user("Before renaming", "After renaming", "on request"))
    assert shape(found) == [("rename", "After renaming")]
    value = found[0].value
    assert value["prior_state"] == {"user": {"user_text": "Before renaming"}}
    assert value["performer"]["user_text"] == wiki.user and value["comment"] == "on request"
    found = told(box, wiki, lambda: wiki.unblock("After renaming", "u"))
    assert shape(found) == [("user-blocks-change", "After renaming")] and found[0].value["comment"] == "u"
    assert found[0].value["user_groups"] == ["*", "user", "autoconfirmed"]      # though the target's row is gone with the block


def test_blocks(wiki, box):
    """Set, changed, ended by somebody and by time; of an account, an address, a range."""
    wiki.edit("Not for the blocked", "text", "c")
    wiki.create_user("Blocked user", PASSWORD)
    page = wiki.get(action="query", titles="Not for the blocked")["query"]["pages"][0]["pageid"]

    def act():
        wiki.block("Blocked user", "first")
        wiki.do("block", user="Blocked user", reason="second", expiry="2035-01-01T00:00:00Z", reblock=True, partial=True,
                pagerestrictions="Not for the blocked", namespacerestrictions="4|2", allowusertalk=True)
        wiki.unblock("Blocked user", "enough")
        wiki.block("192.0.2.7", "address", expiry="1 hour")
        box.maria_rows("UPDATE `%s`.%s SET %s = '20200101000000'"
                       % ((wiki.dbname,) + (("ipblocks", "ipb_expiry") if wiki.name == "39" else ("block", "bl_expiry"))))
        chain.wait_for(lambda: box.pg_value("SELECT count(*) FROM mediawiki.block WHERE ended_at = '2020-01-01 00:00:00+00' AND wiki_id = %s",
                                            (wiki.dbname,)) == 1, "the end of the block to be told", 20)
        wiki.block("192.0.2.7", "again", expiry="1 hour")
        wiki.block("198.51.100.0/24", "range")
        wiki.unblock("198.51.100.0/24")
        wiki.unblock("192.0.2.7")
    # none that another test has set may expire
    for target in [b["user"] for b in wiki.get(action="query", list="blocks", bklimit="50", bkprop="user")["query"]["blocks"]
                   if "user" in b]:
        wiki.unblock(target)
    found = told(box, wiki, act)
    kind = "user-blocks-change"
    address = [(kind, "192.0.2.7")]
    account = [(kind, "Blocked user")]
    span = [(kind, "198.51.100.0/24")]
    assert shape(found) == 3 * account + 4 * address + 2 * span + address
    first, second, third = (e.value for e in found[:3])
    full = {"user_talk", "account_create", "sitewide"}
    assert [states(e) for e in found[:3]] == [(None, full), (full, set()), (set(), set())]
    assert [e.value["comment"] for e in found[:3]] == ["first", "second", "enough"]
    assert {e.value["performer"]["user_text"] for e in found[:3]} == {wiki.user}
    limits = [{"type": "page", "value": page}, {"type": "ns", "value": 2}, {"type": "ns", "value": 4}]
    assert second["blocks"]["restrictions"] == limits and second["blocks"]["expiry_dt"] == "2035-01-01T00:00:00Z"
    assert first["user_groups"] == second["user_groups"] == third["user_groups"]
    assert third["prior_state"]["blocks"] == second["blocks"] and "expiry_dt" not in third["blocks"]
    assert first["user_groups"] == ["*", "user", "autoconfirmed"] and "expiry_dt" not in first["blocks"]
    # the update by hand, the end, then the block that takes the place of the expired one
    lent, expired, ended, again = found[3:7]
    assert lent.value["user_groups"] == ["*"] and "user_id" not in lent.value
    assert expired.value["blocks"]["expiry_dt"] == "2020-01-01T00:00:00Z" and "performer" not in expired.value
    assert states(ended) == (full, set()) and "performer" not in ended.value
    assert again.value["comment"] == "again" and "prior_state" not in again.value
    assert "user_groups" not in found[7].value


def test_autoblocks(wiki, box):
    """The address that a blocked account uses is nobody's business."""
    wiki.create_user("Autoblocked", PASSWORD)
    other = wiki.as_user("Autoblocked", PASSWORD)

    def act():
        wiki.block("Autoblocked", "with addresses", autoblock=True)
        try:
            other.edit("Forbidden", "text")
        except Exception:
            pass
    try:
        found = told(box, wiki, act)
        autoblocks = box.pg_value("SELECT count(*) FROM mediawiki.block_target WHERE bt_auto AND wiki_id = '%s'" % wiki.dbname)
    finally:
        wiki.unblock("Autoblocked")     # they would be in other tests' way
    assert autoblocks > 0
    assert shape(found) == [("user-blocks-change", "Autoblocked")]
    assert b"127.0.0.1" not in found[0].value_bytes.replace(wiki.api_url[:-len("/api.php")].encode(), b"").replace(
        b'"domain":"127.0.0.1"', b"")


def test_hidden(wiki, box):
    """While an account is hidden its blocks are not told, and its changes by its id alone; then it is told again."""
    name, other = "CANARYhidden%s" % wiki.name, "CANARYrenamed%s" % wiki.name
    wiki.create_user(name, PASSWORD)

    def hide():
        wiki.block(name, "CANARYreason", hidename=True)
        wiki.block(name, "CANARYreason 2", hidename=True)
        wiki.user_rights(name, add="bot", reason="CANARYreason")
        wiki.rename_user(name, other, "CANARYreason")
    found = told(box, wiki, hide)
    assert shape(found) == [("groups_change", None), ("rename", None)]
    assert not [e for e in found if b"CANARY" in e.value_bytes]
    found = told(box, wiki, lambda: wiki.block(other, "shown", hidename=False))
    assert shape(found) == [("user-blocks-change", other)]
    assert states(found[0])[0] is None and b"CANARYreason" not in found[0].value_bytes
    found = told(box, wiki, lambda: wiki.unblock(other, "done"))
    assert shape(found) == [("user-blocks-change", other)] and found[0].value["comment"] == "done"


def test_examples(wiki, box):
    """The recorded ones, but for what the mirror knows better: what was before has its own restrictions."""
    recorded = events.examples("user-blocks-change")
    wiki.edit("Alpha C", "a", "c")
    wiki.create_user("Bob C", PASSWORD, "interface-admin")
    page = wiki.get(action="query", titles="Alpha C")["query"]["pages"][0]["pageid"]

    def act():
        wiki.do("block", user="Bob C", reason="b", expiry="infinite", nocreate=True)
        wiki.do("block", user="Bob C", reason="b2", expiry="2030-01-01T00:00:00Z", reblock=True, partial=True,
                pagerestrictions="Alpha C", allowusertalk=True)
    found = told(box, wiki, act)
    assert len(found) == len(recorded) == 2
    recorded[1]["prior_state"]["blocks"]["restrictions"] = []
    ours, theirs = ([json.loads(json.dumps(v).replace('"value": %d' % page, '"value": 23')) for v in values]
                    for values in ([e.value for e in found], recorded))
    for mine, example in zip(ours, theirs):
        for value in (mine, example):
            for name in ("meta", "database", "user_id"):
                value.pop(name)
            for name in ("user_registration_dt", "user_edit_count"):
                value["performer"].pop(name)
        for value in (mine, example):
            value["user_groups"] = [g for g in value["user_groups"] if g != "autoconfirmed"]
        assert mine == example
    assert events.key_order(found[1].value["blocks"]) == events.key_order(recorded[1]["blocks"])
