"""RoundTransfer: the transfer of a round lens, in closed form and exact, against sums over pixels of the disk."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.round_transfer import RoundTransfer
from tcbf_widgets.transfer import disk_grid, scherzer_defocus, summed_transfer, tcbf_transfer

# defocus in Å, C30 in Å, semi-angle in mrad
OPTICS = [(15_000, 2.7e7, 4), (7_000, 2.7e7, 8), (-3_000, 1e7, 6), (892.9, 2.7e7, 4)]


def vectors(q):
    return np.stack([np.zeros_like(q), q], axis=-1)


@pytest.mark.parametrize("defocus, c30, semiangle", OPTICS)
def test_closed_form_and_exact_sum_are_those_of_the_library(defocus, c30, semiangle):
    transfer = RoundTransfer(defocus, c30, semiangle, 300e3)
    aberrations = tcbf.Aberrations.from_defocus(defocus, C30=c30)
    q = np.linspace(0, 2, 21) * transfer.rim
    assert np.allclose(transfer.closed(q), tcbf_transfer(vectors(q), aberrations, 300e3, semiangle), atol=1e-12)
    sums = [
        summed_transfer(vectors(q), disk_grid(300e3, semiangle, across), aberrations, 300e3, semiangle).real
        for across in (61, 121)
    ]
    away = [np.abs(transfer.exact(q).imag - total).max() for total in sums]
    # a sum over pixels approaches the integral over the disk as the pixels get finer
    assert away[1] < 2e-3
    assert away[1] < away[0]


def test_spherical_aberration_parts_exact_sum_and_closed_form_by_known_amounts():
    assert RoundTransfer(15_000, 2.7e7, 4, 300e3).largest_difference() == pytest.approx(0.14, abs=0.005)
    assert RoundTransfer(7_000, 2.7e7, 8, 300e3).largest_difference() == pytest.approx(0.80, abs=0.005)
    assert RoundTransfer(15_000, 0, 8, 300e3).largest_difference() < 1e-14


def test_negative_spherical_aberration_and_defocus_reverse_the_transfer():
    plus, minus = RoundTransfer(8_000, 2e7, 7, 300e3), RoundTransfer(-8_000, -2e7, 7, 300e3)
    q = np.linspace(0, 2, 50) * plus.rim
    assert np.allclose(plus.exact(q).imag, -minus.exact(q).imag, atol=1e-14)


# the last: Scherzer's defocus at 10 mrad, where the sum turns long before the closed form does
@pytest.mark.parametrize("defocus, c30, semiangle", [*OPTICS, (15_000, 0, 4), (0, 2.7e7, 4), (892.9, 2.7e7, 10)])
def test_first_zero_is_where_the_sum_over_pixels_first_changes_its_sign(defocus, c30, semiangle):
    zero = RoundTransfer(defocus, c30, semiangle, 300e3).first_zero()
    limit = 2e-3 * semiangle / tcbf.optics.electron_wavelength(300e3)
    q = np.array([*np.linspace(0.1, 0.97, 20), 1.03]) * min(zero, limit)
    aberrations, k = tcbf.Aberrations.from_defocus(defocus, C30=c30), disk_grid(300e3, semiangle, 101)
    signs = np.sign(summed_transfer(vectors(q), k, aberrations, 300e3, semiangle).real)
    assert (signs[:-1] == signs[0]).all()
    assert signs[-1] == (-signs[0] if np.isfinite(zero) else 0)


def test_first_zero_without_spherical_aberration_is_known():
    wavelength = tcbf.optics.electron_wavelength(300e3)
    assert RoundTransfer(15_000, 0, 4, 300e3).first_zero() == pytest.approx((wavelength * 15_000) ** -0.5, rel=1e-9)
    assert RoundTransfer(0, 0, 4, 300e3).first_zero() == np.inf


def test_at_ten_mrad_exact_sum_and_closed_form_have_opposite_signs_at_scherzers_defocus():
    transfer = RoundTransfer(scherzer_defocus(2.7e7, 300e3), 2.7e7, 10, 300e3)
    q = 0.02
    assert transfer.closed(q) < 0 < transfer.exact(q).imag


def test_picture_is_the_modulus_of_the_transfer_where_it_is_resolved_and_its_mean_elsewhere():
    transfer = RoundTransfer(3_000, 2.7e7, 8, 300e3)
    size, reach = 64, 0.1
    picture = transfer.picture(size, reach)
    axis = (np.arange(size) - 31.5) * 2 * reach / size
    q = np.hypot(axis[:, None], axis)
    near = q < 0.03
    left = np.arange(size) < 32
    expected = np.where(left, np.abs(transfer.closed(q)), np.abs(transfer.exact(q).imag))
    assert np.allclose(picture[near], expected[near], atol=0.01)
    # the mean of |sin| is 2/π
    for fine in (RoundTransfer(100_000, 0, 8, 300e3), RoundTransfer(100_000, 1e6, 8, 300e3)):
        flat, q = fine.picture(size, 0.6)[5, [5, 58]], np.hypot(26.5, 26.5) * 1.2 / 64
        assert flat == pytest.approx(2 / np.pi * np.abs([fine.envelope(q), fine.exact(q)]), rel=0.01)


def test_fringes_about_as_fine_as_a_pixel_make_no_rings_of_their_own():
    transfer = RoundTransfer(15_000, 2.7e7, 4, 300e3)
    row = transfer.picture(256, 0.45)[128]
    q = np.abs(np.arange(256) - 127.5) * 0.9 / 256
    # from 0.2 1/Å on, a fringe is less than 2.5 pixels wide; the sampled |sin| would go from 0 to 1 in rings
    beyond = (q > 0.2) & (q < 0.35)
    assert beyond.sum() > 80
    left = np.arange(256) < 128
    mean = 2 / np.pi * np.where(left, transfer.envelope(q), np.abs(transfer.exact(q)))
    assert np.abs(row - mean)[beyond].max() < 0.03
