"""tcbf_widgets: tilt-corrected bright-field STEM, computed in Python and answered in the browser."""

from importlib import import_module as _import_module

__version__ = "0.1.0"

# name -> module; loaded on first use, so that `import tcbf_widgets` stays quick
_HOMES = {
    "AberrationFit": "aberrations",
    "Aberrations": "optics",
    "Alignment": "alignment",
    "BrightFieldStack": "bright_field",
    "ChallengeScan": "challenges",
    "CrystalliteScan": "polycrystal",
    "CrystalliteTree": "crystallites",
    "Descan": "descan",
    "Diffraction": "ptychography",
    "DirectPhase": "direct_phase",
    "Epoch": "epochs",
    "ExitWave": "imaging",
    "FeatureVectors": "features",
    "Finding": "surveying",
    "FourDSTEM": "fourdstem",
    "FrameMaps": "frame_maps",
    "OverlapScan": "ptychography_scan",
    "ParallaxImage": "parallax_image",
    "Peaks": "peaks",
    "ProbeShape": "probe_shapes",
    "PositionErrors": "disk_errors",
    "Refinement": "refinement",
    "ScanDiffraction": "scan_diffraction",
    "Specimen": "specimen",
    "Survey": "surveying",
    "Template": "templates",
    "adjusted_rand_index": "rand_index",
    "align": "alignment",
    "apoferritin_in_ice": "specimen",
    "bin_detector": "detector_binning",
    "bright_field_stack": "collecting",
    "bullseye_template": "templates",
    "challenge": "challenges",
    "circle_template": "templates",
    "cluster_crystallites": "crystallites",
    "correct_contrast": "contrast",
    "correlation_map": "peaks",
    "counted_image": "counting",
    "crystallite_scan": "polycrystal",
    "diffraction_of_scan": "scan_diffraction",
    "direct_ptychography": "direct_phase",
    "electron_wavelength": "optics",
    "exit_wave": "imaging",
    "feature_vectors": "features",
    "find_peaks": "peaks",
    "fit_aberrations": "aberrations",
    "fourier_ring_correlation": "resolution",
    "half_sets": "resolution",
    "map_frames": "frame_maps",
    "measure_descan": "descan_fit",
    "measured_template": "templates",
    "overlap_scan": "ptychography_scan",
    "plane_wave_image": "imaging",
    "poisson_counts": "counting",
    "position_bound": "disk_bound",
    "position_errors": "disk_errors",
    "radius_series": "virtual_images",
    "reconstruct": "reconstruction",
    "refine_aberrations": "refinement",
    "report": "reporting",
    "ring_template": "templates",
    "save": "files",
    "show": "showing",
    "simulate_scan": "simulate",
    "slice_correlation": "slice_metrics",
    "survey": "surveying",
    "tilted_image": "imaging",
    "upsample": "upsampling",
}
_MODULES = (
    "aberrations",
    "alignment",
    "bright_field",
    "check",
    "counting",
    "defects",
    "demo",
    "depth",
    "direct_transfer",
    "disk",
    "distributed",
    "image_metrics",
    "imaging",
    "lens",
    "microscopes",
    "multislice",
    "optics",
    "ptychography",
    "question_lists",
    "questions",
    "rays",
    "reconstruction",
    "simulate",
    "specimen",
    "transfer",
    "widgets",
)

__all__ = [*_HOMES, "open", *_MODULES]


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(_import_module(f".{_HOMES[name]}", __name__), name)
    if name == "open":
        return _import_module(".files", __name__).open_scan
    if name in _MODULES:
        return _import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
