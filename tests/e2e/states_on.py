"""State streams, switched on for a while."""

import contextlib

import kafka


def of_states(box):
    """Topics of all state streams that there can be."""
    return [box.topic(name) for name, in box.pg_rows("SELECT name FROM mwmirror.streams() WHERE of_table IS NOT NULL")]


@contextlib.contextmanager
def states_on(box, private=(False, True)):
    """Those of what everyone may read, or of the rows as they are, of all wikis. They begin with nothing, and go with their topics."""
    def switch(is_on):
        for kind in private:
            box.pg_rows("SELECT mwmirror.state_switch(%s, %s)", (is_on, kind))

    def topics():
        made = box.mwmirror("topics")
        assert made.returncode == 0, made.stderr

    def forget():
        there = set(of_states(box)) & set(kafka.topics(box))
        if there:
            kafka.delete_topics(box, there)
    box.service("stop", "relay")
    forget()
    switch(True)
    topics()
    box.service("start", "relay")
    try:
        yield
    finally:
        box.service("stop", "relay")
        switch(None)
        forget()
        box.service("start", "relay")
