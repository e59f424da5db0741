#!/usr/bin/python3
"""deploy/lib/edit.py: what deploy/demo does on its wiki, through MediaWiki's web API.

Takes MW_API_URL, MW_ADMIN_USER and MW_ADMIN_PASSWORD from the environment.
"""

import itertools
import os
import time

import requests


class Wiki:
    """A session with a wiki's web API, logged in."""

    def __init__(self, url, user, password):
        self.url = url
        self.session = requests.Session()
        token = self.call("query", meta="tokens", type="login")["query"]["tokens"]["logintoken"]
        answer = self.call("clientlogin", username=user, password=password, loginreturnurl=url, logintoken=token)
        if answer["clientlogin"]["status"] != "PASS":
            raise SystemExit("cannot log in: %s" % answer["clientlogin"])
        self.token = self.call("query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def call(self, action, **parameters):
        """One request; returns MediaWiki's answer, ends the program with its message on an error."""
        parameters.update(action=action, format="json", formatversion="2")
        answer = self.session.post(self.url, data=parameters, timeout=60).json()
        if "error" in answer:
            raise SystemExit("%s: %s" % (action, answer["error"]["info"]))
        return answer

    def unused(self, *titles):
        """The titles; with a number if there has been a demo on this wiki before."""
        for number in itertools.count(1):
            tried = titles if number == 1 else ["%s %d" % (title, number) for title in titles]
            if all("missing" in page for page in self.call("query", titles="|".join(tried))["query"]["pages"]):
                return tried

    def change(self, what, action, **parameters):
        """A request that changes something; tells what."""
        answer = self.call(action, token=self.token, **parameters)
        print("  %s  %s" % (time.strftime("%H:%M:%S"), what), flush=True)
        return answer[action]


def main():
    wiki = Wiki(os.environ["MW_API_URL"], os.environ["MW_ADMIN_USER"], os.environ["MW_ADMIN_PASSWORD"])
    old, new = wiki.unused("Zürich", "City of Zürich")
    wiki.change("create %s" % old, "edit", title=old, text="A city.", summary="a first page")
    wiki.change("edit it", "edit", title=old, text="A city in Switzerland.", summary="where it is")
    wiki.change("move it to %s, leaving a redirect" % new, "move", reason="its full name", to=new, **{"from": old})
    wiki.change("delete it", "delete", title=new, reason="by mistake")
    wiki.change("undelete it", "undelete", title=new, reason="sorry")
    # page_change tells of the page's current revision, whose text MediaWiki does not let anyone hide
    page = wiki.call("query", prop="revisions", titles=new, rvprop="ids")["query"]["pages"][0]
    current = page["revisions"][0]["revid"]
    wiki.change("hide the comment of its current revision", "revisiondelete", type="revision", target=new,
                ids=current, hide="comment", reason="too chatty")
    wiki.change("suppress that revision's comment and author", "revisiondelete", type="revision", target=new,
                ids=current, hide="comment|user", suppress="yes", reason="private data")


if __name__ == "__main__":
    main()
