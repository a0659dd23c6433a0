"""The HParams tab: a run's options beside its final numbers, to sort runs by."""

from tensorboard.plugins.hparams import api_pb2, summary

NUMBER, STRING = api_pb2.DATA_TYPE_FLOAT64, api_pb2.DATA_TYPE_STRING


def experiment(options, headline):
    """What columns there are. All runs say the same, and TensorBoard reads it from one of them.

    Args:
        headline: the name of the number that counts.
    """
    # Which curve each metric is the last point of: the folder's name and the tag.
    curves = [("test", headline), ("train", headline), ("test", "loss"), ("train", "loss")]
    metrics = {curve: " ".join(curve) for curve in curves}
    metrics |= {("train", "images_per_second"): "images per second"}
    return summary.experiment_pb(
        hparam_infos=[
            api_pb2.HParamInfo(name=name, type=STRING if isinstance(value, str) else NUMBER)
            for name, value in options.items()
        ],
        metric_infos=[
            api_pb2.MetricInfo(name=api_pb2.MetricName(group=folder, tag=tag), display_name=name)
            for (folder, tag), name in metrics.items()
        ],
    )


def start(run, options):
    """A run's row; `run` is what tells it from one with the same options."""
    return summary.session_start_pb(options, group_name=run)


def end():
    """Says that the run is finished."""
    return summary.session_end_pb(api_pb2.STATUS_SUCCESS)
