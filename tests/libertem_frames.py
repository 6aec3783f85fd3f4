"""Frames as LiberTEM reads them, in one tile: its analyses would give the same, after seconds of compilation."""

import numpy as np


def read_by_libertem(dataset):
    """(scan_y, scan_x, ny, nx) counts of one of its data sets that fits one partition, which is not initialized yet."""
    from libertem.common import Shape
    from libertem.executor.inline import InlineJobExecutor
    from libertem.io.dataset.base import TilingScheme

    dataset = dataset.initialize(InlineJobExecutor())
    (partition,) = dataset.get_partitions()
    frames = Shape((partition.shape.nav.size, *dataset.shape.sig), sig_dims=2)
    (tile,) = partition.get_tiles(TilingScheme.make_for_shape(tileshape=frames, dataset_shape=dataset.shape))
    return np.array(tile.data).reshape(tuple(dataset.shape))
