"""
What MediaWiki does, flow by flow, and the exact list of events of each, on all streams, in order, for each mode.

A flow is a function in a file of this folder, with its events above it; test_flows.py finds it:

	@flow("6 move, the target is free", before=pages("A"), events='''
		moved B #2 of #1 from A
		rc log move/move A
		[complete] ...
	''')
	def move_without_redirect(on):
		on.wiki.move(on("A"), on("B"), "why", noredirect=True)

"6" is the flow's number, the rest says what is special; route="script" or "rows" (else "api") says how it is driven: "rows"
are written by hand as MediaWiki writes them, where none of both here does; versions=["43"]: it is not for both. `before` makes what must be there, and is not counted; the jobs that
it leaves are dropped. Of the flow everything counts that its wiki's
transactions give from its first request until all jobs have run: nothing is filtered away.

on("A") is a title, or the name of an account, that no other flow has; in events it is A. on.wiki (mw.Wiki) is the wiki as
its administrator, on.wiki.as_user(...) as others, on.box the sandbox, on.sql() and on.jobs() what their names say; on.revision("A", 0) is
the id of the newest revision of a page. on.php() runs PHP as a script does, on.php_round() in one transaction; on.ended() waits for what has
expired. Each request is over, with what MediaWiki does after its answer, before the next begins.

Lines of `events`, one an event in the notation of describe.py, or one of the words of several events in notation.py. `#2` is
the second revision that the wiki made since `before` began. Before a line there may be, in brackets, when it is there:
complete, 1.43, 1.45 (modes; parity is the last two), mw39, mw43 (versions of MediaWiki). `touch A ?` may be missing: MediaWiki sets
page_touched to the second that it is, which is no change within one second. What follows ` -- ` is a comment.

Of accounts, blocks and protection it is told who did it, unless that is the administrator, and why, unless that is "why".

The lists come from MediaWiki's rules (what EventBus of that version says of it) and from decoder/README.md, not from what
the decoder said.
"""
