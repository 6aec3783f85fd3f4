"""One scan by tilt correction, direct and iterative ptychography, for several tests."""

from functools import cache

import tcbf_widgets as tcbf


@cache
def images_of_demo() -> dict:
    """What DirectPtychography shows, by the names of its arguments; two pixels per scan step, so that it is quick."""
    data = tcbf.demo.apoferritin()
    stack = tcbf.bright_field_stack(data)
    fit = tcbf.fit_aberrations(tcbf.align(stack))
    ready = tcbf.diffraction_of_scan(data, fit)
    *_, last = tcbf.reconstruct(ready.data, ready.probe, epochs=3, batches=4, phase_only=True)
    return {
        "fit": fit,
        "summed": tcbf.correct_contrast(tcbf.upsample(stack, fit.shifts, 2), fit, "wiener"),
        "direct": tcbf.direct_ptychography(stack, fit, 2),
        "iterative": ready.on_scan(last.slices, 2),
        "truth": tcbf.demo.true_phase(data, 2),
    }
