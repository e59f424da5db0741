"""
Canaries: values that a wiki hides, told apart from all others, and the search for them in messages.

What was public may be in the events of that time. So a canary is hidden from a place in the source's order of commits
on, and up to another if it is shown again; a message belongs to the transaction that its header gtid names.
"""

import base64
import hashlib
import json
import random
import re
import urllib.parse

import canary_fields
import chain
import scenario

LETTERS = "bcdfghjklmnpqrstvwxz"
WORD = re.compile("cnry[a-z]{10}|龘[一-龠]{5}")
HASH = re.compile("[0-9a-z]{25,}")
# sizes of texts and files: of five digits, as no id, count or number of a test's wiki is
SIZES = range(20011, 60000, 17)
# Of a hidden text not even this may be said.
FACTS = {"rev_content_changed": (True, False), "page_is_redirect": (True,)}
UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Canary:
    """A value of a field, and what gives it away: words, hashes, sizes."""

    def __init__(self, field, value):
        self.field, self.value = field, value
        self.words = set(WORD.findall(value.lower())) if isinstance(value, str) else set()
        self.hashes, self.sizes, self.revisions = set(), set(), set()
        self.hidden = []        # [from, to, streams that may say it nevertheless]; places as source_place gives
        self.told_before = 0    # messages of the time when it was public that say it
        self.beside = set()     # words: what says one of these may say it, too
        self.elsewhere = set()  # streams that may always say it: it is public there by itself

    def add_content(self, data):
        """Of a text or a file: what would be said of it."""
        digest = hashlib.sha1(data)
        self.hashes |= {digest.hexdigest().lstrip("0"), scenario.sha1_base36(data).lstrip("0")}
        self.sizes.add(len(data))
        return self

    def add_revision(self, wiki, revision):
        """The text is that of a revision: what FACTS say of it says something of the text."""
        self.revisions.add((wiki, revision))

    def hidden_at(self, place, stream):
        """Nobody knows whose a message without a place is: it may say nothing that is hidden."""
        return stream not in self.elsewhere and any((place is None or begin < place and (end is None or place <= end)) and stream not in allowed
                   for begin, end, allowed in self.hidden)

    def __repr__(self):
        return "%s (%s)" % (self.field, ", ".join(sorted(self.words)) or self.sizes)


class Canaries:
    """All canaries of a test: none was there before, in a sandbox that is used again."""

    def __init__(self, box):
        self.box = box
        self.dice = random.Random()
        self.sizes = list(SIZES)
        self.dice.shuffle(self.sizes)
        self.all = []

    def new(self, field):
        """One to be written as it is: as a comment, name or title. Letters that URLs and JSON write otherwise are in it."""
        word = "cnry" + "".join(self.dice.choices(LETTERS, k=10))
        other = "龘" + "".join(chr(self.dice.randrange(0x4e00, 0x9fa0)) for _ in range(5))
        return self._add(Canary(field, "%s %s &(é)" % (word.capitalize(), other)))

    def text(self, field="text", beside=""):
        """A text of a size that no other has; beside: what else it has to say."""
        canary = self.new(field)
        text = "%s %s " % (beside, canary.value)
        size = self.sizes.pop()
        text += "".join(self.dice.choices(LETTERS, k=size - len(text.encode())))
        canary.value = text
        return canary.add_content(text.encode())

    def file(self, make):
        """A file's content: make(word, noise) gives one that says a word in its metadata, with any length of noise."""
        canary = self.new("file")
        word = next(word for word in canary.words if word.startswith("cnry"))
        canary.words = {word}
        canary.value = make(word.encode(), self.dice.randbytes(self.sizes.pop()))
        return canary.add_content(canary.value)

    def _add(self, canary):
        self.all.append(canary)
        return canary

    # when

    def quiet(self):
        """Until no request of a wiki is at work, what it does after its answer included."""
        chain.wait_for(lambda: not self.box.maria_rows("SELECT 1 FROM information_schema.processlist WHERE user = 'wiki'"),
                       "an end of the wikis' requests", 30, 0.005)

    def place(self):
        self.quiet()
        return source_place(chain.source_position(self.box))

    def hide(self, action, *canaries, named_by=()):
        """
        Does what hides them: from its first commit on. named_by: streams whose event of this very action may still say
        them, for it names what was hidden.
        """
        begin = self.place()
        result = action()
        end = self.place()
        assert end > begin, "nothing was committed"
        for canary in canaries:
            canary.hidden.append([begin, end, tuple(named_by)])
            canary.hidden.append([end, None, ()])
        return result

    def show(self, action, *canaries):
        """Does what shows them again: from its first commit on they may be said."""
        begin = self.place()
        result = action()
        for canary in canaries:
            canary.hidden[-1][1] = begin
        return result


def source_place(gtid):
    """A place in the order of commits, of a sandbox's one source; None of what a request made."""
    if gtid.startswith("Q"):
        return None
    positions = chain.parse_gtid_list(gtid)
    assert len(positions) == 1, gtid
    return next(iter(positions.values()))


class Message:
    """
    What of any source of messages is searched. place: None if nothing says it; is_asked: a request made it; lsn: of the PostgreSQL
    transaction, for Kafka's.
    """

    def __init__(self, topic, value, key=None, place=None, headers="", lsn=None, is_asked=False):
        self.is_asked = is_asked
        self.topic, self.value, self.place, self.lsn = topic, value or "", place, lsn
        # a tombstone can only name what is gone by its key, until it goes itself (compaction.py)
        self.around = (key if key and value else "") + "\n" + headers
        try:
            self.json = json.loads(self.value)
        except ValueError:
            self.json = None    # of a tombstone


def of_kafka(topic, prefix, message):
    headers = {name: (value or b"").decode(errors="replace") for name, value in message.headers() or []}
    text = lambda data: (data or b"").decode("utf-8", "replace")
    return Message(topic[len(prefix):], text(message.value()), text(message.key()),
                   source_place(headers["gtid"]) if "gtid" in headers else None, "\n".join(headers.values()), headers.get("lsn"), "request" in headers)


def of_lines(lines):
    """Of the plugin's text format."""
    place, is_asked = None, False
    for line in lines:
        if line.startswith("BEGIN "):
            gtid = line.split(" ")[2]
            is_asked = "-" not in gtid
            place = source_place(gtid) if "-" in gtid else place    # what a request tells is of what was there by then
        elif not line.startswith(("COMMIT ", "REQUEST ", "row ")):
            stream, rest = line.split(" ", 1)
            end = 1 if rest.startswith("- ") else json.JSONDecoder().raw_decode(rest)[1]
            key, value = rest[:end], rest[end + 1:]
            yield Message(stream, None if value == "-" else value, key, place, is_asked=is_asked)


def leaves(node):
    """All names and values of JSON, strings and numbers."""
    if isinstance(node, dict):
        for name, item in node.items():
            yield name
            yield from leaves(item)
    elif isinstance(node, list):
        for item in node:
            yield from leaves(item)
    elif node is not None:
        yield node


BASE64 = re.compile(r"[A-Za-z0-9+/]{15,}={0,2}")


def decoded(value):
    """What a string says if it is base64; else nothing."""
    if not isinstance(value, str) or len(value) % 4 != 0 or not BASE64.fullmatch(value):
        return ""
    return base64.b64decode(value).decode("utf-8", "replace")


def readings(message):
    """The message in every way that somebody might read it: as it is, without JSON's escapes, without those of URLs, twice; and what is in base64."""
    found = list(leaves(message.json))
    text = "\n".join([*(str(leaf) for leaf in found), *map(decoded, found)])
    text = UNICODE_ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    raw = message.value + "\n" + message.around
    once = urllib.parse.unquote(text)
    return [reading.lower() for reading in (raw, text, once, urllib.parse.unquote(once), urllib.parse.unquote(raw))], \
        {int(leaf) for leaf in found if not isinstance(leaf, bool) and str(leaf).isdigit()}


def facts(message):
    """What the older schemas say of a revision's text otherwise: ((wiki, revision), member)."""
    if isinstance(message.json, dict) and "rev_id" in message.json:
        named = (message.json.get("database"), message.json["rev_id"])
        yield from ((named, name) for name, values in FACTS.items() if message.json.get(name) in values)


def report(finds):
    """A line for each canary and topic: how often, and the first message."""
    by_kind = {}
    for canary, what, message in finds:
        by_kind.setdefault((repr(canary), what, message.topic), []).append(message)
    return "\n".join("%s of %s on %s, %d times: %s %s" % (what, canary, topic, len(found), found[0].place, found[0].value[:2000])
                     for (canary, what, topic), found in sorted(by_kind.items()))


def is_event(message):
    """Not a record of a position, nor a tombstone."""
    return isinstance(message.json, dict) and "$schema" in message.json


class Search:
    """
    Of messages, for what is hidden: finds; how many messages are of after the first hiding (later); {stream: {$schema: paths}}
    of fields that are said; {stream: paths} of those that told something while it was public. Counts in each canary the messages that told it.
    """

    def __init__(self, messages, canaries):
        self.finds, self.later, self.said, self.told = [], 0, {}, {}
        self.by_word = {word: canary for canary in canaries for word in canary.words}
        self.by_size = {size: canary for canary in canaries for size in canary.sizes}
        self.by_revision = {revision: canary for canary in canaries for revision in canary.revisions}
        self.by_hash = {text: canary for canary in canaries for text in canary.hashes}
        first = min(begin for canary in canaries for begin, _, _ in canary.hidden)
        seen = set()    # most are the same in all modes
        for message in messages:
            self.later += message.place is None or message.place > first
            known = (message.topic, message.place, message.value, message.around)
            if known not in seen:
                self._look_at(message)
            seen.add(known)

    def _look_at(self, message):
        texts, numbers = readings(message)
        words = {word for text in texts for word in WORD.findall(text) if word in self.by_word}
        said = {(self.by_word[word], "word") for word in words}
        if is_event(message):   # records of positions count events
            said |= {(self.by_size[number], "size") for number in numbers if number in self.by_size}
        hashes = {token.lstrip("0") for text in texts[:2] for token in HASH.findall(text)}
        said |= {(self.by_hash[text], "hash") for text in hashes if text in self.by_hash}
        said |= {(self.by_revision[named], name) for named, name in facts(message) if named in self.by_revision}
        public = set()
        for canary, what in said:
            if canary.beside & words:
                continue
            if canary.hidden_at(message.place, message.topic):
                self.finds.append((canary, what, message))
            else:
                canary.told_before += 1
                public.add(canary)
        self._note_paths(message, public)

    def _note_paths(self, message, public):
        if not is_event(message):
            return
        values = list(canary_fields.leaves(message.json))
        self.said.setdefault(message.topic, {}).setdefault(message.json["$schema"], set()).update(path for path, _ in values)
        public = [canary for canary in public if canary.hidden]
        for path, value in values if public else ():
            text = (urllib.parse.unquote(urllib.parse.unquote(str(value))) + decoded(value)).lower()
            if any(text == str(size) for canary in public for size in canary.sizes) or \
                    any(part in text for canary in public for part in canary.words | canary.hashes):
                self.told.setdefault(message.topic, set()).add(path)
