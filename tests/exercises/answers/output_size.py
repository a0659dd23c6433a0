"""The answer to labs/exercises/output_size.py."""


def output_size(size, filter_size, stride, padding):
    return (size - filter_size + 2 * padding) // stride + 1
