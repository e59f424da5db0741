"""Pages are made and edited (flows 1 to 5, 14, 21)."""

from flows.frame import flow, pages


@flow("1 create", events="""
    made A #1
    rc new A #1
""")
def create(on):
    on.edit("A")


@flow("2 edit", before=pages("A"), events="""
    edited A #2 of #1
    rc edit A #2 of #1
""")
def edit(on):
    on.edit("A", "other text")
