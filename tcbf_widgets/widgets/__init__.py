"""The widgets: each takes what a stage of the computation returns, and shows it."""

from importlib import import_module

# imported when first asked for, so that `import tcbf_widgets` stays quick
_MODULES = {
    "AberrationExplorer": "aberration_explorer",
    "AberrationFitView": "aberration_fit_view",
    "AlignmentMovie": "alignment_movie",
    "BullseyeTemplate": "bullseye_template",
    "Challenge": "challenge",
    "ContrastTransfer": "contrast_transfer",
    "CrystalliteMap": "crystallite_map",
    "DirectPtychography": "direct_ptychography",
    "LiveImage": "live_image",
    "MaskSchedule": "mask_schedule",
    "MissingWedge": "missing_wedge",
    "PhaseContrast": "phase_contrast",
    "ProbeAndScan": "probe_and_scan",
    "PtychographyMovie": "ptychography_movie",
    "Quiz": "quiz",
    "Reciprocity": "reciprocity",
    "ShiftField": "shift_field",
    "TcbfWidget": "widget",
    "TiltCorrection": "tilt_correction",
    "TiltedIllumination": "tilted_illumination",
    "Upsampling": "upsampling",
    "VirtualBrightField": "virtual_bright_field",
}

__all__ = list(_MODULES)


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
