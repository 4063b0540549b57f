"""Reading a request once, and what happens with an SDK that was not read."""

import threading

import pytest

from policies.core import requests


def test_outside_of_a_request_everything_is_made_anew() -> None:
    subject = object()
    assert requests.once("step", subject, object) is not requests.once("step", subject, object)


def test_within_a_request_each_thread_makes_it_once() -> None:
    subject, seen = object(), list[object]()

    def answer(*_: object) -> object:
        first = requests.once("step", subject, object)
        assert requests.once("step", subject, object) is first
        assert requests.once("other", subject, object) is not first
        assert requests.once("step", object(), object) is not first
        seen.append(first)
        return first

    call = requests._request(answer)  # pyright: ignore[reportPrivateUsage]  # what wraps the SDK's calls
    threads = [threading.Thread(target=call, args=(None, None, None)) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    call(None, None, None)
    assert len(set(map(id, seen))) == 3


def test_the_installed_sdk_is_the_one_that_was_read() -> None:
    assert requests.misfit() == ""


def test_another_version_runs_as_it_is_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "VERSION", "1.22.0")
    stock = vars(requests.sdk)["deserialize_properties"]
    assert requests.install().startswith("pulumi_policy is 1.22.0, its inner workings are known for 1.21.0")
    assert vars(requests.sdk)["deserialize_properties"] is stock


def test_a_name_that_moved_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "STEPS", ("deserialize_properties", "gone"))
    assert "has no gone: policies run as the SDK runs them" in requests.install()
