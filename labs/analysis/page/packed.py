"""Weights as text: what a page of less than 3 MB holds of 600,000 of them."""

import base64
import gzip

import numpy as np

# Of the 23 bits after a float32's point, the last four are rounded away. That is an error of one in
# a million, of which the numbers of ten layers show less than 1e-4, and gzip gets the byte that
# they lie in to half its size. The bytes are sorted by their place in the number: those of the
# exponents are alike. nn5's 602,434 numbers become 2.3 MB of text; whole float32 would be 3.2 MB.
DROPPED = 4


def packed(weights):
    """Float32 numbers (n,) as Base64 of gzip of their bytes: all lowest ones first."""
    bits = np.ascontiguousarray(rounded(weights), "<f4").view(np.uint8).reshape(-1, 4)
    # Without the time, the same run gives the same page.
    return base64.b64encode(gzip.compress(bits.T.tobytes(), mtime=0)).decode()


def rounded(weights):
    """The nearest float32 with so few bits, (n,)."""
    bits = np.asarray(weights, np.float32).view(np.uint32)
    half = np.uint32(2 ** (DROPPED - 1))
    nearest = (bits + half) & np.uint32(2**32 - 2**DROPPED)
    return np.where(np.isfinite(weights), nearest, bits).view(np.float32)
