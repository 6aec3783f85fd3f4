"""Ptychography by torch's autograd, written as one writes it for a lecture; runs in quantem's environment.

Reads the arrays of a problem, writes what torch makes of them as npz.

    python peer_torch.py problem.in result.npz slopes
    python peer_torch.py problem.in result.npz epochs --threads 2

slopes   of the amplitude loss, in double precision: with respect to object, probe and phases
epochs   an object from its patterns: windows indexed by meshgrids in a loop, autograd, Adam, batches of half of the
         patterns, single precision; the seconds of each epoch
"""

import argparse
import time

import numpy as np
import torch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem")
    parser.add_argument("result")
    parser.add_argument("what", choices=("slopes", "epochs"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--step", type=float, default=0.03)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with np.load(options.problem) as problem:
        arrays = {name: torch.from_numpy(problem[name]) for name in problem.files}
    found = slopes(**arrays) if options.what == "slopes" else epochs(options, **arrays)
    np.savez(options.result, version=torch.__version__, **found)


def slopes(probe, slices, positions, amplitudes, propagator):
    """The loss and what autograd says of it."""
    probe, slices = probe.requires_grad_(), slices.requires_grad_()
    loss = amplitude_loss(probe, slices, positions, amplitudes, propagator)
    loss.backward()
    phases = torch.angle(slices.detach()).requires_grad_()
    amplitude_loss(probe.detach(), torch.exp(1j * phases), positions, amplitudes, propagator).backward()
    found = {"loss": loss.detach(), "probe": probe.grad, "slices": slices.grad, "phases": phases.grad}
    return {name: value.numpy() for name, value in found.items()} | {"seconds": [0.0]}


def amplitude_loss(probe, slices, positions, amplitudes, propagator):
    """Σ (|Ψ| - √I)²."""
    wave = probe
    for number, layer in enumerate(slices):
        if number:
            wave = torch.fft.ifft2(torch.fft.fft2(wave) * propagator)
        wave = wave * windows(layer, positions, probe.shape)
    return torch.sum((torch.abs(torch.fft.fft2(wave, norm="ortho")) - amplitudes) ** 2)


def windows(image, positions, shape):
    """All windows of an image that goes on beyond its borders."""
    found = []
    for y, x in positions:
        rows, columns = torch.arange(y, y + shape[0]) % image.shape[0], torch.arange(x, x + shape[1]) % image.shape[1]
        found.append(image[torch.meshgrid(rows, columns, indexing="ij")])
    return torch.stack(found)


def epochs(options, probe, positions, amplitudes):
    """The object after the last epoch, and the seconds of each."""
    torch.manual_seed(options.seed)
    shape = amplitudes.shape[-2:]
    # a thousandth of a radian: what is below the resolution of single precision is no start
    guess = torch.polar(torch.ones(shape), 1e-3 * torch.randn(shape)).requires_grad_()
    optimizer = torch.optim.Adam([guess], lr=options.step)
    half, seconds, losses = len(positions) // 2, [], []
    for _ in range(options.epochs):
        start = time.perf_counter()
        order, total = torch.randperm(len(positions)), 0.0
        for first in range(0, len(positions), half):
            batch = order[first : first + half]
            wave = probe * windows(guess, positions[batch], shape)
            loss = torch.nn.functional.mse_loss(torch.abs(torch.fft.fft2(wave)), amplitudes[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        seconds.append(time.perf_counter() - start)
        losses.append(total)
    return {"seconds": seconds, "losses": losses, "slices": guess.detach().numpy()[None]}


if __name__ == "__main__":
    main()
