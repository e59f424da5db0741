#!/usr/bin/python3
"""
deploy/examples/analyst/history.py: three months of a small wiki about gardens, for the examples of README.md beside it. The same whenever it is run.

	history.py users     PHP for MediaWiki's maintenance script eval, which makes the accounts
	history.py pages     the pages with all revisions, as XML for importDump
"""

import datetime
import random
import sys
from xml.sax.saxutils import escape

FIRST, DAYS = datetime.datetime(2025, 3, 1), 92
FAIR = 70   # day of an edit-a-thon
PEOPLE = ["Ada", "Bruno", "Carla", "Deniz", "Emil", "Fatou", "Goran", "Hana", "Ines", "Jonas"]
WEIGHTS = [30, 18, 14, 9, 7, 5, 4, 3, 2, 2]
BOT, ADDRESSES = "TidyBot", ["192.0.2.17", "198.51.100.4", "203.0.113.80"]
KINDS = {
    "Trees": ["Apple", "Pear", "Quince", "Medlar", "Cherry", "Plum", "Apricot", "Fig", "Hazel", "Walnut", "Sweet chestnut", "Black mulberry", "Elder", "Rowan"],
    "Herbs": ["Sage", "Thyme", "Rosemary", "Lavender", "Peppermint", "Hyssop", "Rue", "Fennel", "Lovage", "Lady's mantle"],
    "Techniques": ["Grafting", "Pruning", "Espalier", "Compost", "Crop rotation", "Cold frame"],
    "Gardens": ["Orchard", "Herb garden", "Walled garden", "Jardin des Plantes", "Klostergärtnerei Reichenau", "Allotment"],
}
MISSING = ["Beekeeping", "Rainwater", "Slug"]
SENTENCES = ["It likes a sunny place.", "It needs little water in summer.", "It was known to the Romans.", "Its flowers are visited by bees.", "Frost does it no harm.",
             "It is kept low by cutting in February.", "The harvest begins in September.", "Old kinds are grown again.", "It is best planted in autumn.",
             "Monasteries kept it for medicine.", "Wet soil makes it ill.", "Neighbours dislike its shade."]
SUMMARIES = ["more on soil", "typo", "source added", "links", "copy edit", "", "harvest", "see talk page", "shorter"]


class Page:
    def __init__(self, title, kind):
        self.title, self.kind, self.revisions = title, kind, []
        self.sentences, self.links = [], []

    def text(self):
        parts = ["'''%s''' is one of our [[:Category:%s|%s]]." % (self.title, self.kind, self.kind.lower())] + self.sentences
        if self.links:
            parts.append("See also " + ", ".join("[[%s]]" % title for title in self.links) + ".")
        return " ".join(parts) + "\n\n[[Category:%s]]" % self.kind

    def save(self, when, who, summary, text=None, minor=False):
        self.revisions.append((when, who, summary, self.text() if text is None else text, minor))


def edits_on(day, dice):
    """More on Sundays, more from month to month, many on one day."""
    weekday = (FIRST + datetime.timedelta(day)).weekday()
    return 21 if day == FAIR else round(dice.uniform(0.4, 1.4) * (1.6 + day / 40) * {5: 1.5, 6: 2.1}.get(weekday, 1))


def edit(page, everything, when, dice):
    who = dice.choices(PEOPLE + ADDRESSES, WEIGHTS + [3] * 3)[0]
    before = page.text()
    if who in ADDRESSES and dice.random() < 0.5:
        page.save(when, who, "", dice.choice(["gardens are boring", "HELLO", page.title.upper() * 3]))
        page.save(when + datetime.timedelta(minutes=dice.randint(1, 50)), dice.choices(PEOPLE, WEIGHTS)[0], "rv", before)
        return
    if dice.random() < 0.45:
        others = [other.title for other in everything if other is not page and other.title not in page.links and other.title != "Allotment"]
        page.links = page.links[-5:] + [dice.choice(MISSING if dice.random() < 0.06 else others)]
        page.save(when, who, "links")
        return
    page.sentences = page.sentences[-9:] + [dice.choice([sentence for sentence in SENTENCES if sentence not in page.sentences[-9:]])]
    page.save(when, who, dice.choice(SUMMARIES), minor=dice.random() < 0.2)


def pages():
    dice = random.Random(7)
    coming = [Page(title, kind) for kind, titles in KINDS.items() for title in titles]
    dice.shuffle(coming)
    there = []
    for day in range(DAYS):
        minutes = sorted(dice.sample(range(7 * 60, 23 * 60), edits_on(day, dice)))
        for minute in minutes:
            when = FIRST + datetime.timedelta(day, minutes=minute, seconds=dice.randint(0, 59))
            if coming and (len(there) < 4 or dice.random() < 0.2):
                there.append(coming.pop())
                there[-1].save(when, dice.choices(PEOPLE, WEIGHTS)[0], "new page")
                continue
            # few pages get most edits
            page = there[int(len(there) * dice.random() ** 2.2)]
            if page.revisions[-1][0] < when:
                edit(page, there, when, dice)
        if (FIRST + datetime.timedelta(day)).weekday() == 6:
            for page in dice.sample(there, min(len(there), 2)):
                page.save(FIRST + datetime.timedelta(day, hours=23, minutes=55), BOT, "tidied", page.text() + "\n", minor=True)
    return there


def write_pages(out):
    out.write('<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">\n')
    for page in pages():
        out.write("<page><title>%s</title><ns>0</ns>\n" % escape(page.title))
        for when, who, summary, text, minor in page.revisions:
            name = "<ip>%s</ip>" if who in ADDRESSES else "<username>%s</username>"
            out.write("<revision><timestamp>%s</timestamp><contributor>%s</contributor>%s<comment>%s</comment><model>wikitext</model>"
                      "<format>text/x-wiki</format><text xml:space=\"preserve\">%s</text></revision>\n" % (
                          when.strftime("%Y-%m-%dT%H:%M:%SZ"), name % escape(who), "<minor/>" if minor else "", escape(summary), escape(text)))
        out.write("</page>\n")
    out.write("</mediawiki>\n")


def write_users(out):
    for name in PEOPLE + [BOT]:
        out.write("User::createNew('%s');\n" % name)


if __name__ == "__main__":
    if sys.argv[1:] == ["users"]:
        write_users(sys.stdout)
    elif sys.argv[1:] == ["pages"]:
        write_pages(sys.stdout)
    else:
        sys.exit(__doc__)
