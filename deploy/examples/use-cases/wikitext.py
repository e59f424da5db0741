"""Sections of a wikitext, as MediaWiki's parser finds them."""

import re

# what is no wikitext to the one who looks for headings; a comment behind a heading counts as a space
OPAQUE = re.compile(r"<!--.*?(?:-->|\Z)|<(nowiki|pre)\b[^>]*>.*?</\1\s*>|\{\{[^{}]*\}\}", re.S | re.I)
HEADING = re.compile(r"^(={1,6})(.+?)(={1,6})[ \t]*$", re.M)


def sections(text):
    """[(level, heading, text with the sections below it)], the lead first, as MediaWiki numbers them."""
    seen = OPAQUE.sub(lambda found: (" " if found.group().startswith("<!--") else "\0") * len(found.group()), text)
    heads = [(min(len(m.group(1)), len(m.group(3))), text[m.start(2):m.end(2)].strip(), m.start()) for m in HEADING.finditer(seen)]
    found = [(0, "", text[:heads[0][2]] if heads else text)]
    for number, (level, name, start) in enumerate(heads):
        end = next((s for l, _, s in heads[number + 1:] if l <= level), len(text))
        found.append((level, name, text[start:end]))
    return found
