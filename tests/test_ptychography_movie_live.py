"""PtychographyMovie while a reconstruction goes on: what it sends, when, and what it keeps."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tcbf_widgets.widgets import PtychographyMovie, run_news
from tcbf_widgets.widgets.arrays import unpack
from tests.ptychography_runs import epochs_of, two_methods, two_slices


@pytest.fixture(scope="module")
def methods():
    return two_methods()


class Front:
    """What a front end knows of a movie: its state, put together from the messages."""

    def __init__(self, movie, monkeypatch):
        self.state, self.bytes, self.messages = {}, 0, 0
        self.runs = {}
        monkeypatch.setattr(movie, "_send", self.receive)

    def receive(self, message, buffers=None):
        assert message["method"] == "update"
        self.messages += 1
        self.bytes += sum(len(buffer) for buffer in buffers)
        for path, buffer in zip(message["buffer_paths"], buffers, strict=True):
            parent = message["state"]
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = buffer
        self.state |= message["state"]
        if "runs" in message["state"]:
            self.runs = {run["label"]: numbers_of(run) for run in self.state["runs"].values()}
        elif latest := message["state"].get("latest"):
            known = self.runs[latest["label"]]
            known += [number for number in numbers_of(latest) if number > known[-1]]


def numbers_of(packed):
    return unpack(packed["numbers"]).tolist()


@pytest.fixture
def patient(monkeypatch):
    """Every epoch is sent, however soon it comes."""
    monkeypatch.setattr(run_news, "_INTERVAL", 0.0)


def test_every_epoch_reaches_a_view_as_it_comes(methods, monkeypatch, patient):
    movie = PtychographyMovie()
    front = Front(movie, monkeypatch)

    def watched():
        for epoch in methods["Adam"]:
            if epoch.number:
                assert front.runs["Adam"] == list(range(epoch.number))
            yield epoch

    assert movie.follow(watched(), label="Adam") is methods["Adam"][-1]
    assert front.runs == {"Adam": list(range(7))}
    assert front.state["run"] == "Adam"
    assert front.state["meta"]["shape"] == [1, 64, 64]
    assert np.allclose(unpack(front.state["arrays"]["truth"]), np.angle(methods["Adam"][0].truth))
    movie.follow(methods["ePIE"], label="ePIE")
    assert front.runs == {"Adam": list(range(7)), "ePIE": list(range(4))}
    assert (movie.run, movie.number()) == ("ePIE", 3)


def test_what_was_followed_is_what_was_given(methods):
    followed = PtychographyMovie(sampling=0.5)
    for label, epochs in methods.items():
        followed.follow(epochs, label)
    followed.run = "Adam"
    given = PtychographyMovie(methods, sampling=0.5)
    assert followed.get_state(["runs", "latest", "arrays"]) == given.get_state(["runs", "latest", "arrays"])
    assert followed.meta == given.meta
    assert all(np.array_equal(followed.panels()[name].values, panel.values) for name, panel in given.panels().items())


def test_only_what_is_new_travels(monkeypatch, patient):
    movie = PtychographyMovie()
    front = Front(movie, monkeypatch)
    movie.follow(epochs_of(100, (1, 32, 32)))
    whole = sum(len(one.image["data"]) for one in movie.runs._kept[""])
    # all of it by itself, again at 2, 4, 8 ... 64 epochs, and at the end
    assert front.bytes < 4 * whole
    assert front.runs[""] == list(range(100))


def test_epochs_that_come_too_fast_to_see_share_their_updates(monkeypatch):
    movie = PtychographyMovie()
    front = Front(movie, monkeypatch)
    monkeypatch.setattr(run_news, "_INTERVAL", 1e9)
    movie.follow(epochs_of(50))
    # what tells of the object; all of the run by itself, at 2 and 4 epochs, and at the end; and a few ahead
    assert front.messages <= 8 + run_news._AHEAD
    assert front.runs[""] == list(range(50))


def test_an_epoch_that_comes_early_does_not_wait_for_a_late_one(monkeypatch):
    """Time stands still while a few come, and a second passes before each of the next ones."""
    clock = [100.0]
    monkeypatch.setattr(run_news, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    movie = PtychographyMovie()
    front = Front(movie, monkeypatch)

    def irregular():
        for epoch in epochs_of(12):
            clock[0] += (epoch.number % 3 == 0) * 1.0  # three come at once, every second
            assert front.runs.get("", []) == list(range(epoch.number))
            yield epoch

    movie.follow(irregular())
    # a stream without an end has its updates one by one: in ten intervals as many, and the few that came before
    news, sent = run_news.News(movie.runs), 0
    for _ in range(1000):
        clock[0] += run_news._INTERVAL / 100
        if news.due():
            news.take("")
            sent += 1
    assert sent <= 10 + run_news._AHEAD


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_what_has_come_and_is_passed_on(methods, error):
    def broken():
        yield from methods["Adam"][:4]
        raise error

    movie = PtychographyMovie()
    with pytest.raises(error):
        movie.follow(broken(), label="Adam")
    assert movie.runs.numbers("Adam") == [0, 1, 2, 3]
    assert "epoch 3 of 3 of Adam" in movie.alt_text()


def test_a_label_that_comes_again_begins_anew(methods):
    movie = PtychographyMovie(methods, epoch=2, playing=True)
    movie.follow(methods["ePIE"][:2], label="Adam")
    assert movie.runs.labels == ["Adam", "ePIE"]
    assert movie.runs.numbers("Adam") == [0, 1]
    assert (movie.run, movie.epoch, movie.playing) == ("Adam", -1, False)


def test_a_run_alone_may_be_replaced_by_that_of_another_object(methods):
    movie = PtychographyMovie(two_slices(), layer=1)
    movie.follow(methods["Adam"])
    assert movie.layer == 0
    assert movie.panels()["truth"].values.shape == (64, 64)
    other = [replace(epoch, truth=np.conj(epoch.truth)) for epoch in methods["Adam"]]
    movie.follow(other)
    assert np.allclose(movie.panels()["truth"].values, -np.angle(methods["Adam"][0].truth[0]), atol=1e-6)


def test_before_the_first_epoch_it_says_that_it_waits(methods):
    movie = PtychographyMovie(truth=methods["Adam"][0].truth)
    assert movie.panels() == {}
    assert "waits for its first epoch" in movie.alt_text()
    assert movie.poster_png().startswith(b"\x89PNG")


def test_follows_where_a_page_without_kernel_is_made(methods, monkeypatch):
    monkeypatch.setenv("TCBF_STATIC", "1")
    movie = PtychographyMovie()
    movie.follow(iter(methods["Adam"]), label="Adam")
    html = movie._repr_mimebundle_()[0]["text/html"]
    assert "at epoch 6 of 6 of Adam" in html


@pytest.mark.parametrize(
    "epochs, label, error, words",
    [
        (lambda m: iter(()), "a", ValueError, "epochs yielded none; give what tcbf.reconstruct"),
        (lambda m: None, "a", TypeError, "epochs must be the epochs of a reconstruction.* got NoneType"),
        (lambda m: m["Adam"], 3, TypeError, "label must be a str, the name of the run; got int"),
        (lambda m: [3], "a", TypeError, r"runs\['a'\] must be an Epoch.* got int"),
    ],
)
def test_what_cannot_be_followed_is_named(methods, epochs, label, error, words):
    with pytest.raises(error, match=words):
        PtychographyMovie().follow(epochs(methods), label)
