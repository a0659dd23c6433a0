"""The answer to labs/exercises/early_stopping.py."""


def early_stopping(losses, patience):
    best = 0
    for last, loss in enumerate(losses):
        if loss < losses[best]:
            best = last
        if last - best >= patience:
            break
    return last, best
