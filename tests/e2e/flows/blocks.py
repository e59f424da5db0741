"""Blocks of accounts, addresses and ranges; accounts that are hidden by one (flows 10 and 15)."""

import chain
import mw
from flows.accounts import PASSWORD, accounts
from flows.frame import flow

# In parity modes there is nothing of a block that ends: EventBus hears of BlockIpComplete only.

EXPIRY = "2060-01-01T00:00:00Z"
ALL = "account_create,sitewide,user_talk"


def blocked(*names, **more):
    """For `before`: accounts that are blocked."""
    def make(on):
        accounts(*names)(on)
        for name in names:
            on.wiki.block(on(name), "made before", **more)
    return make


@flow("15 block", before=accounts("U"), events="""
    blocks U account_create,sitewide,user_talk
    rc log block/block User:U
""")
def block(on):
    on.wiki.block(on("U"), "why")


@flow("15 reblock: it expires, and allows to talk", before=blocked("U"), events="""
    blocks U account_create,sitewide,expires was account_create,sitewide,user_talk
    rc log block/reblock User:U
""")
def reblock(on):
    on.wiki.block(on("U"), "why", expiry=EXPIRY, allowusertalk=True)


@flow("15 partial block, and others", before=accounts("U"), events="""
    blocks U ns:2,ns:4,page
    rc log block/block User:U
    blocks U ns:3 was ns:2,ns:4,page
    rc log block/reblock User:U
    blocks U account_create,sitewide was ns:3
    rc log block/reblock User:U
""")
def block_partially(on):
    def partly(**more):
        on.wiki.do("block", user=on("U"), reason="why", expiry="infinite", reblock=True, allowusertalk=True, **more)
    partly(partial=True, pagerestrictions="Main Page", namespacerestrictions="2|4")
    partly(partial=True, namespacerestrictions="3")
    partly(nocreate=True)


@flow("15a unblock", before=blocked("U"), events="""
    [complete] blocks U nothing was account_create,sitewide,user_talk
    rc log block/unblock User:U
""")
def unblock(on):
    on.wiki.unblock(on("U"), "why")


@flow("15, 15a an address, a range", events="""
    blocks 192.0.2.77 account_create,sitewide,user_talk,expires
    rc log block/block User:192.0.2.77
    blocks 198.51.0.0/16 account_create,sitewide,user_talk
    rc log block/block User:198.51.0.0/16
    [complete] blocks 192.0.2.77 nothing was account_create,sitewide,user_talk,expires
    rc log block/unblock User:192.0.2.77
    [complete] blocks 198.51.0.0/16 nothing was account_create,sitewide,user_talk
    rc log block/unblock User:198.51.0.0/16
""")
def block_addresses(on):
    on.wiki.block("192.0.2.77", "why", expiry=EXPIRY)
    on.wiki.block("198.51.0.0/16", "why")
    on.wiki.unblock("192.0.2.77", "why")
    on.wiki.unblock("198.51.0.0/16", "why")


@flow("15 autoblock, and its end with the block", before=accounts("U"), events="""
    blocks U account_create,sitewide,user_talk
    rc log block/block User:U
    [complete] blocks U nothing was account_create,sitewide,user_talk
    rc log block/unblock User:U
""")
def autoblock(on):
    other = on.wiki.as_user(on("U"), PASSWORD)
    on.wiki.block(on("U"), "why", autoblock=True)
    try:
        other.edit(on("A"), "text")
        raise AssertionError("a blocked user may edit")
    except mw.ApiError:
        pass
    on.wiki.unblock(on("U"), "why")


@flow("15, 15a (blockUsers.php)", route="script", before=accounts("U", "V"), events="""
    blocks U account_create,email,sitewide,user_talk by nobody -- the log row is in a transaction of its own
    rc log block/block User:U
    blocks V account_create,email,sitewide,user_talk by nobody
    rc log block/block User:V
    [complete] blocks U nothing was account_create,email,sitewide,user_talk by nobody
    rc log block/unblock User:U
    [complete] blocks V nothing was account_create,email,sitewide,user_talk by nobody
    rc log block/unblock User:V
""")
def block_by_script(on):
    names = ("%s\n%s\n" % (on("U"), on("V"))).encode()
    on.wiki.maintenance("blockUsers", "--performer", on.wiki.user, "--reason", "why", stdin=names)
    on.wiki.maintenance("blockUsers", "--performer", on.wiki.user, "--reason", "why", "--unblock", stdin=names)


def expired(name):
    """For `before`: an account with a block that has expired, which was told as it did."""
    def make(on):
        blocked(name)(on)
        if on.wiki.name == "39":
            on.sql("UPDATE ipblocks SET ipb_expiry = '20200101000000' WHERE ipb_address = %s", on(name))
        else:
            on.sql("UPDATE block, block_target SET bl_expiry = '20200101000000' WHERE bt_id = bl_target AND bt_user_text = %s", on(name))
        on.ended()
    return make


@flow("15b expired block, removed (purgeExpiredBlocks.php)", route="script", before=expired("U"), events="")
def purge_expired_block(on):
    on.wiki.maintenance("purgeExpiredBlocks")


@flow("15b expired block, when the account is blocked anew", before=expired("U"), events="""
    blocks U account_create,sitewide,user_talk
    rc log block/block User:U
""")
def block_after_expiry(on):
    on.wiki.block(on("U"), "why")


@flow("15b block that expires", before=accounts("U"), events="""
    blocks U account_create,sitewide,user_talk,expires
    rc log block/block User:U
    [complete] blocks U nothing was account_create,sitewide,user_talk,expires by nobody
""")
def block_for_a_second(on):
    on.wiki.block(on("U"), "why", expiry="2 seconds")
    at = on.sql("SELECT UTC_TIMESTAMP() + INTERVAL 2 SECOND")[0][0]
    chain.wait_for(lambda: on.sql("SELECT UTC_TIMESTAMP() > %s", at)[0][0], "the block's end", 20, 0.05)
    on.ended()


def with_edits(*names):
    """For `before`: accounts that have edited and uploaded; so has another."""
    def make(on):
        accounts(*names)(on)
        for name in names:
            other = on.wiki.as_user(on(name), PASSWORD)
            on.edit("A", "1")
            other.edit(on("A"), "2")                                # 2
            on.edit("A", "3")
            other.edit(on("B"), "1")                                # 4, 5
            other.edit(on("B"), "2")
            other.edit(on("C"), "1")                                # archived
            on.wiki.delete(on("C"))
            other.upload(on("D.png"), on.png(), "1", "text")    # 7
            on.wiki.upload(on("D.png"), on.png(), "2")
    return make


# An account is hidden in all modes alike: of its block there is no event, for the schema wants the name. MediaWiki writes no log
# row of what it hides of revisions, and EventBus says nothing of them.
@flow("10 hide-user block, and unblock", before=with_edits("U"), events="""
    [complete] visibility A #2 -user by nobody
    purge A
    [complete] visibility B #4 -user by nobody
    purge B
    [complete] visibility_change B #5 -user by nobody
    [complete] visibility B #5 -user by nobody
    purge B
    [complete] visibility File:D.png #7 -user by nobody
    purge File:D.png
    file visibility_change D.png old -user by nobody
    [complete] blocks U nothing -- by the block log, which is public; what was before is not said
    [complete] visibility A #2 +user by nobody
    purge A
    [complete] visibility B #4 +user by nobody
    purge B
    [complete] visibility_change B #5 +user by nobody
    [complete] visibility B #5 +user by nobody
    purge B
    [complete] visibility File:D.png #7 +user by nobody
    purge File:D.png
    file visibility_change D.png old +user by nobody
    rc log block/unblock User:U
""")
def hide_user(on):
    on.wiki.block(on("U"), "why", hidename=True)
    on.wiki.unblock(on("U"), "why")


@flow("10 an account that is blocked is hidden, then shown", before=blocked("U"), events="""
    blocks U account_create,sitewide,user_talk -- it is as a new block: what was before is not said
    rc log block/reblock User:U
""")
def hide_and_show_user(on):
    on.wiki.block(on("U"), "why", hidename=True)
    on.wiki.block(on("U"), "why", hidename=False)
