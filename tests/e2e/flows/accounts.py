"""Accounts, their groups and names (flows 16 to 18, 24)."""

from flows.frame import flow, pages

PASSWORD = "Str0ng-pass-phrase"

# In parity modes there is nothing of accounts: EventBus before 1.47 has no events of them.


def accounts(*names, groups=()):
    """For `before`: accounts, in these groups."""
    def make(on):
        for name in names:
            on.wiki.create_account(on(name), PASSWORD)
            if groups:
                on.wiki.user_rights(on(name), add="|".join(groups))
    return make


def script_ran_before(on):
    """For `before`: the script's own account is there, which 1.43 makes when it is first needed."""
    on.wiki.create_user(on("Other"), PASSWORD, "bot")


def without_groups(*groups):
    """For `before`: no account of an earlier flow is in these."""
    return lambda on: on.sql("DELETE FROM user_groups WHERE ug_group IN %s", groups)


def both(*makers):
    return lambda on: [make(on) for make in makers]


@flow("17 account, by oneself", events="""
    [complete] user create U by U
    rc log newusers/create User:U
""")
def create_account(on):
    on.wiki.as_user().create_account(on("U"), PASSWORD)


@flow("17 account, by another", events="""
    [complete] user create U
    rc log newusers/create2 User:U
""")
def create_account_for(on):
    on.wiki.create_account(on("U"), PASSWORD, "why")


@flow("17 account (createAndPromote.php)", route="script", before=script_ran_before, events="""
    [complete] user create U by nobody
""")
def create_account_by_script(on):
    on.wiki.create_user(on("U"), PASSWORD)


@flow("17 account in groups (createAndPromote.php)", route="script", before=script_ran_before, events="""
    [complete] user create U by nobody
    [complete] user groups_change U +bot by nobody -- each statement is a transaction
    [complete] user groups_change U +bureaucrat by nobody
    [mw43] rc log rights/rights User:U
""")
def create_account_in_groups(on):
    on.wiki.create_user(on("U"), PASSWORD, "bot", "bureaucrat")


AUTOCREATE = """
    $u = User::newFromName( '%s' );
    $s = MediaWiki\\MediaWikiServices::getInstance()->getAuthManager()->autoCreateUser( $u, MediaWiki\\Auth\\AuthManager::AUTOCREATE_SOURCE_SESSION, false );
    print $s->isOK() ? '' : $s;"""


@flow("17 account, autocreated, each statement a transaction", route="script", events="""
    [complete] user create U by nobody
""")
def autocreate_by_script(on):
    on.php(AUTOCREATE % on("U"))


@flow("17 account, autocreated in one transaction, as a request does it", events="""
    [complete] user create U autocreated by U
""")
def autocreate(on):
    on.php_round(AUTOCREATE % on("U"))


@flow("17 temporary account", route="script", versions=["43"], events="")
def create_temporary_account(on):
    on.php("""
        $s = MediaWiki\\MediaWikiServices::getInstance()->getTempUserCreator()->create( null, new MediaWiki\\Request\\FauxRequest() );
        print $s->isOK() ? '' : $s;""", "$wgAutoCreateTempUser['enabled'] = true;")


@flow("16 groups", before=accounts("U", groups=("bot",)), events="""
    [complete] user groups_change U +bureaucrat +sysop -bot
    rc log rights/rights User:U
""")
def change_groups(on):
    on.wiki.user_rights(on("U"), add="sysop|bureaucrat", remove="bot", reason="why")


@flow("16 groups for a while, and for longer", before=accounts("U"), events="""
    [complete] user groups_change U +bot
    rc log rights/rights User:U
    rc log rights/rights User:U -- the groups are the same
""")
def lend_groups(on):
    on.wiki.user_rights(on("U"), add="bot", expiry="2060-01-01T00:00:00Z", reason="why")
    on.wiki.user_rights(on("U"), add="bot", expiry="2061-01-01T00:00:00Z", reason="why")


@flow("16 groups (createAndPromote.php, migrateUserGroup.php, emptyUserGroup.php)", route="script", before=both(
    script_ran_before, without_groups("bot", "suppress"), accounts("U")), events="""
    [complete] user groups_change U +bot by nobody
    [mw43] rc log rights/rights User:U
    [complete] user groups_change U +suppress -bot by nobody
    [complete] user groups_change U -suppress by nobody
""")
def change_groups_by_script(on):
    on.wiki.create_user(on("U"), PASSWORD, "bot")
    on.wiki.maintenance("migrateUserGroup", "bot", "suppress")
    on.wiki.maintenance("emptyUserGroup", "suppress")


@flow("16a expired groups, told as they did, are removed (purgeExpiredUserrights.php)", route="script", before=lambda on: (
    accounts("U")(on), on.wiki.user_rights(on("U"), add="bot|sysop", expiry="2060-01-01T00:00:00Z"), on.sql(
        "UPDATE user_groups, user SET ug_expiry = '20200101000000' WHERE user_id = ug_user AND user_name = %s", on("U")), on.ended()), events="")
def purge_expired_groups(on):
    on.wiki.maintenance("purgeExpiredUserrights")


@flow("16 promotion by the wiki itself", before=accounts("U"), events="""
    [complete] user groups_change U +bot by nobody
    rc log rights/autopromote User:U bot -- that is what the account is now
""")
def autopromote(on):
    on.php_round("""
        $s = MediaWiki\\MediaWikiServices::getInstance();
        $s->getUserGroupManager()->addUserToAutopromoteOnceGroups( User::newFromName( '%s' ), 'onEdit' );""" % on("U"),
                 "$wgAutopromoteOnce['onEdit'] = [ 'bot' => [ APCOND_EDITCOUNT, 0 ] ];")


@flow("18 rename, with the user's page (1.43) or without (the extension)", route="script", before=both(accounts("U"), pages("User:U")), events="""
    [complete] user rename V from U
    rc log renameuser/renameuser User:U
    [mw43] moved User:V #2 of #1 from User:U leaving User:U #3
    [mw43] made User:U #3 => User:V
    [mw43] tags User:U #3 +mw-new-redirect
    [mw43] links User:U #3 +User:V
    [mw43] rc log move/move User:U
    [mw43] touch User:U ?
""")
def rename_account(on):
    on.wiki.rename_user(on("U"), on("V"), "why")


@flow("18 usurped name: renamed away, another renamed onto it, and the other's name taken anew", route="script", before=lambda on: (
    accounts("U", "V")(on), on.wiki.block(on("U"), "made before")), events="""
    [complete] user rename Gone from U
    rc log renameuser/renameuser User:U
    [complete] user rename U from V
    rc log renameuser/renameuser User:V
    [complete] user create V
    rc log newusers/create2 User:V
""")
def usurp_name(on):
    on.wiki.rename_user(on("U"), on("Gone"), "why")
    on.wiki.rename_user(on("V"), on("U"), "why")
    on.wiki.create_account(on("V"), PASSWORD)


def forgotten(*names):
    """For `before`: accounts that nobody has used for long, alone in that."""
    def make(on):
        accounts(*names)(on)
        on.sql("UPDATE user SET user_touched = '20990101000000'")
        on.sql("UPDATE user SET user_touched = '20200101000000' WHERE user_name IN %s", [on(name) for name in names])
    return make


@flow("17 an account is deleted (removeUnusedAccounts.php), and its name taken anew", route="script", before=forgotten("U"), events="""
    [complete] user create U -- of the deletion nobody tells: a row of user only goes by such scripts
    rc log newusers/create2 User:U
""")
def recreate_deleted_account(on):
    on.wiki.maintenance("removeUnusedAccounts", "--delete")
    on.wiki.create_account(on("U"), PASSWORD)


@flow("24 preferences, watchlist, password", before=accounts("U"), events="")
def change_private(on):
    other = on.wiki.as_user(on("U"), PASSWORD)
    other.do("options", change="gender=female|timecorrection=ZoneInfo|60|Europe/Zurich")
    other.watch("Main Page")
    on.wiki.maintenance("changePassword", "--user", on("U"), "--password", "An0ther-pass-phrase")
    on.wiki.maintenance("resetUserEmail", "--no-reset-password", on("U"), "u@example.org")
