"""The progress of a full read."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from qbo.models import Company, ImportRun
from qbo.sync import importing
from tests.qbo.views.conftest import HTMX


@pytest.fixture
def run(company: Company) -> ImportRun:
    """Half way: the first kinds of record are read, the next is being read."""
    made = importing.start(company)
    for step in made.steps:
        step["total"] = 100
    made.steps[0].update(done=100, finished=True)
    made.steps[1].update(done=40)
    made.quickbooks_time = timezone.now()
    made.save()
    return made


def url(company: Company, *parts: str) -> str:
    return "".join([f"/c/{company.pk}/import/", *(f"{part}/" for part in parts)])


def test_a_bar_for_each_kind(run: ImportRun, viewer: Client) -> None:
    html = viewer.get(url(run.company)).content.decode()
    assert f"140 of {len(run.steps) * 100:,} records" in html
    for word in ("Terms", "Done", "Reading", "Waiting", 'hx-trigger="load delay:1s"', 'http-equiv="refresh"'):
        assert word in html


def test_the_bar_alone_for_htmx(run: ImportRun, viewer: Client) -> None:
    html = viewer.get(url(run.company), headers=HTMX).content.decode()
    assert html.strip().startswith('<section class="sheet" id="progress"')


def test_done_it_goes_on_to_the_dashboard(run: ImportRun, viewer: Client) -> None:
    run.state, run.finished_at = ImportRun.State.DONE, timezone.now()
    run.save()
    home = run.company.get_absolute_url()
    assert viewer.get(url(run.company), headers=HTMX)["HX-Redirect"] == home
    assert viewer.get(f"{url(run.company)}?watch=1").url == home
    html = viewer.get(url(run.company)).content.decode()
    assert "Kestrel Ridge is here" in html
    assert "hx-trigger" not in html


def test_trouble_is_told_and_goes_by_itself(run: ImportRun, viewer: Client) -> None:
    run.problem = "Service unavailable."
    run.save()
    html = viewer.get(url(run.company)).content.decode()
    assert "Tries again by itself." in html
    assert "“Service unavailable.”" in html


def test_failed_it_can_be_tried_again(run: ImportRun, manager: Client, viewer: Client) -> None:
    run.state, run.problem = ImportRun.State.FAILED, "The company has no plan."
    run.save()
    assert "Read Kestrel Ridge again" not in viewer.get(url(run.company)).content.decode()
    html = manager.get(url(run.company)).content.decode()
    assert "stopped" in html
    assert "Read Kestrel Ridge again" in html
    manager.post(url(run.company, "start"))
    assert importing.running(run.company) is not None


def test_starting_twice_is_one_run(company: Company, manager: Client) -> None:
    for _ in range(2):
        assert manager.post(url(company, "start")).url == url(company)
    assert company.imports.count() == 1


def test_a_worker_that_sleeps_is_noticed(company: Company, viewer: Client) -> None:
    importing.start(company)
    assert "Nobody has begun yet." not in viewer.get(url(company)).content.decode()
    ImportRun.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    assert "Nobody has begun yet." in viewer.get(url(company)).content.decode()


def test_before_the_first_read(company: Company, viewer: Client) -> None:
    assert "was not read yet" in viewer.get(url(company)).content.decode()
