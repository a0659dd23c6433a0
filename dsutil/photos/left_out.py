"""Which pictures are left out, and why: counted for each reason, with examples."""

from typing import NamedTuple

EXAMPLES = 10  # paths kept for each reason


class LeftOut(NamedTuple):
    """How many pictures are left out for a reason, and which, for example."""

    count: int
    examples: list


def leave_out(left_out, reason, path, detail=None):
    """Adds a picture to {reason: LeftOut}."""
    count, examples = left_out.get(reason, (0, []))
    if len(examples) < EXAMPLES:
        example = {"path": path, "detail": detail} if detail else {"path": path}
        examples.append(example)
    left_out[reason] = LeftOut(count + 1, examples)


def reasons(left_out):
    """The reasons in a sentence."""
    return "; ".join(f"{some.count:,}: {reason}" for reason, some in left_out.items()) + "."
