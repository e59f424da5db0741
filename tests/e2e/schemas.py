#!/usr/bin/python3
"""
The schemas of events, by the $schema that an event names: those in data/, compiled once; and those of state streams, which mwmirror.state_schema() gives.

	tests/e2e/schemas.py FILE...    checks each event in files of text, as the plugin's text format writes them: a line with
	                                stream, key and value, whatever stands before; ends with a count. The schemas of state streams are lines of them
"""

import functools
import glob
import json
import os
import re
import sys

import fastjsonschema

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
OWN = os.path.join(DATA, "..", "..", "..", "decoder", "schemas")       # those that are mwmirror's
LINE = re.compile(r"(?:^|[ |\"])((?:mediawiki\.|mwmirror\.|resource)[\w.-]*) ((?:-|\{.*?\}) \{.*\"\$schema\":.*\})$")
SCHEMA = re.compile(r"(\{\"\$id\": \"/mwmirror/state/.*\})$")               # as mwmirror.state_schema() writes it
DECODER = json.JSONDecoder()


class InvalidEvent(AssertionError):
    """An event that is not what its schema says."""


@functools.lru_cache(None)
def validators():
    found = {}
    for path in glob.glob(os.path.join(DATA, "*.json")) + glob.glob(os.path.join(OWN, "**", "*.json"), recursive=True):
        with open(path) as file:
            schema = json.load(file)
        found[schema["$id"]] = fastjsonschema.compile(schema)
    return found


def learn(schema):
    """Takes a schema of a state stream, as an object."""
    validators()[schema["$id"]] = fastjsonschema.compile(schema)


def learn_states(box):
    """Takes the schemas of all state streams, as the box has them."""
    for schema, in box.pg_rows("SELECT mwmirror.state_schema(name) FROM mwmirror.streams() WHERE of_table IS NOT NULL"):
        learn(schema)


def refuse_doubles(pairs):
    """Of JSON objects: a member that comes twice is not what a reader expects."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member comes twice: %s" % [name for name, _ in pairs])
    return found


STRICT = json.JSONDecoder(object_pairs_hook=refuse_doubles)


def parse(text):
    """An event's JSON, which holds no member twice and is followed by nothing."""
    try:
        return STRICT.decode(text)
    except ValueError as wrong:
        raise InvalidEvent(str(wrong)) from None


def check(value):
    """Raises InvalidEvent if the event is not what the schema that it names says."""
    validate = validators().get(value.get("$schema"))
    if validate is None:
        raise InvalidEvent("%s has no schema of %s" % (DATA, value.get("$schema")))
    try:
        validate(value)
    except fastjsonschema.JsonSchemaException as wrong:
        raise InvalidEvent("not %s: %s" % (value["$schema"], wrong.message)) from None
    return value


def check_text(text):
    """The event that is this text, and as its schema says."""
    return check(parse(text))


def split_line(line):
    """stream, key as text, value as text of a line of the plugin's text format, BEGIN and COMMIT left aside."""
    stream, rest = line.split(" ", 1)
    end = DECODER.raw_decode(rest)[1] if rest.startswith("{") else rest.index(" ")
    return stream, rest[:end], rest[end + 1:]


def check_lines(lines):
    """Checks the events in lines of text; returns how many there were, and what is wrong with some."""
    number, wrong = 0, []
    for line in lines:
        found = LINE.search(line.rstrip("\n"))
        if not found:
            continue
        number += 1
        try:
            check_text(split_line(found.group(1) + " " + found.group(2))[2])
        except InvalidEvent as error:
            wrong.append("%s: %s" % (error, line.rstrip("\n")))
    return number, wrong


def main(paths):
    number, wrong = 0, []
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as file:
            for found in filter(None, map(SCHEMA.search, file)):
                learn(json.loads(found.group(1)))
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as file:
            in_file = check_lines(file)
        number += in_file[0]
        wrong += ["%s: %s" % (path, text) for text in in_file[1]]
    for text in wrong[:20]:
        print(text)
    print("%d events are as their schemas say, %d are not" % (number - len(wrong), len(wrong)))
    return 1 if wrong or number == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
