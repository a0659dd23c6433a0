"""How far chance reaches: 95 % confidence intervals."""

import math
import statistics

# Student's t: 95 % of the distribution with 1, 2, 3, ... degrees of freedom lie within plus and
# minus so much. Any textbook's table; beyond its end its last value is a little too wide.
T_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
Z_95 = statistics.NormalDist().inv_cdf(0.975)


def wilson(share, count):
    """The interval of a share that was found in `count` independent cases.

    Wilson's score interval: unlike share +- 1.96 deviations it holds where the share is near 0 or
    1, and that of a share of 1 has a width, too.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    1927.

    Args:
        share: in [0, 1].
        count: 1 or more.

    Returns:
        low, high.
    """
    z = Z_95
    middle = share + z * z / (2 * count)
    reach = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def student(values):
    """The interval of the mean of the distribution that a few values were drawn from.

    mean +- t * s / sqrt(n), with the values' deviation s and Student's t for n - 1 degrees of
    freedom.

    Args:
        values: numbers, at least 2.

    Returns:
        low, high.
    """
    t = T_95[min(len(values) - 1, len(T_95)) - 1]
    mean = statistics.fmean(values)
    reach = t * statistics.stdev(values) / math.sqrt(len(values))
    return mean - reach, mean + reach
