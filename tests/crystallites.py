"""A small scan of crystallites and all that is made of it, which several tests show."""

from functools import cache

import tcbf_widgets as tcbf


@cache
def small_crystallites() -> dict:
    """Scan of 14 x 18 frames on 5 grains: "features", "tree", "data", "descan", "maps" and "truth"."""
    scan = tcbf.crystallite_scan(
        600,
        scan_shape=(14, 18),
        detector_shape=(60, 64),
        reciprocal_sampling=0.04,
        grains=5,
        descan=((2.0, 0.3), (-0.4, 1.0)),
    )
    template = tcbf.bullseye_template(1.1, 3, 4.5)
    descan = tcbf.measure_descan(scan.data, template)
    maps = tcbf.map_frames(scan.data, descan)
    peaks = tcbf.find_peaks(maps.log_std, template, 30)
    features = tcbf.feature_vectors(scan.data, peaks, template, descan)
    tree = tcbf.cluster_crystallites(features)
    return {
        "data": scan.data,
        "descan": descan,
        "maps": maps,
        "features": features,
        "tree": tree,
        "truth": scan.grain_map,
    }
