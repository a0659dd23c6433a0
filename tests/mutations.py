"""What may happen to the bytes of a file, for hypothesis."""

from hypothesis import strategies as st


@st.composite
def mutated(draw, content):
    """`content` after a few changes: bytes set, flipped, cut out, put in; cut short; made empty."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(changed)))
        kind = draw(st.sampled_from(["set", "flip", "delete", "insert", "truncate", "repeat"]))
        if kind == "set":
            changed[at : at + 4] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "flip" and at < len(changed):
            changed[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "delete":
            del changed[at : at + draw(st.integers(1, 3000))]
        elif kind == "insert":
            changed[at:at] = draw(st.binary(min_size=1, max_size=40))
        elif kind == "truncate":
            del changed[at:]
        elif kind == "repeat":
            changed += changed[at:][:5000]
    return bytes(changed)
