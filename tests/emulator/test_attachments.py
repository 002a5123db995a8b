"""Facts 9.5: files are uploaded with their Attachable and fetched by an address that does not last."""

import base64
import json
from collections.abc import Mapping

import pytest
import requests

from tests.emulator.conftest import Shop
from tests.emulator_process import SECONDS, EmulatorCompany, Json

PICTURE = b"\x89PNG\r\n" + bytes(range(256)) * 8


def upload(
    company: EmulatorCompany, parts: Mapping[str, tuple[object, ...]], accept: str = "application/json"
) -> requests.Response:
    return requests.post(
        f"{company.emulator.url}/v3/company/{company.realm_id}/upload",
        files=parts,  # type: ignore[arg-type]
        headers={"Authorization": f"Bearer {company.access_token}", "Accept": accept},
        timeout=SECONDS,
    )


def fetch(url: str) -> requests.Response:
    return requests.get(url, timeout=SECONDS)


def attached(shop: Shop) -> Json:
    invoice = shop.invoice()
    link = {"EntityRef": {"type": "invoice", "value": invoice["Id"]}, "IncludeOnSend": "false"}
    metadata = {"AttachableRef": [link], "FileName": "photo.png", "ContentType": "image/png"}
    answer = upload(
        shop.company,
        {
            "file_metadata_01": (None, json.dumps(metadata), "application/json"),
            "file_content_01": ("photo.png", PICTURE, "image/png"),
        },
    )
    (member,) = answer.json()["AttachableResponse"]
    return dict(member["Attachable"])


def test_9_5_a_file_goes_in_with_its_metadata(shop: Shop) -> None:
    made = attached(shop)
    assert (made["FileName"], made["ContentType"], made["Size"]) == ("photo.png", "image/png", len(PICTURE))
    assert made["FileAccessUri"] == f"/v3/company/{shop.company.realm_id}/download/{made['Id']}"
    assert made["AttachableRef"][0]["EntityRef"]["type"] == "Invoice"
    assert made["SyncToken"] == "0"
    assert fetch(made["TempDownloadUri"]).content == PICTURE


def test_9_5_download_answers_an_address_that_works_for_fifteen_minutes(shop: Shop) -> None:
    made = attached(shop)
    answer = shop.company.call("GET", f"download/{made['Id']}")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert fetch(answer.text).content == PICTURE
    assert fetch(answer.text.replace("Signature=", "Signature=0")).status_code == 403
    shop.company.turn_clock(advance=901)
    assert fetch(answer.text).status_code == 403
    assert fetch(shop.company.read("Attachable", made["Id"])["TempDownloadUri"]).content == PICTURE


def test_9_5_several_files_and_none_of_them_with_metadata(company: EmulatorCompany) -> None:
    answer = upload(
        company,
        {
            "file_content_01": ("a.txt", b"one", "text/plain"),
            "file_content_02": ("b.txt", b"two", "text/plain"),
        },
    )
    made = [member["Attachable"] for member in answer.json()["AttachableResponse"]]
    assert [(one["FileName"], one["Size"]) for one in made] == [("a.txt", 3), ("b.txt", 3)]


def test_9_5_base64_is_decoded(company: EmulatorCompany) -> None:
    parts = {
        "file_content_01": (
            "a.txt",
            base64.b64encode(b"hello"),
            "text/plain",
            {"Content-Transfer-Encoding": "base64"},
        )
    }
    (member,) = upload(company, parts).json()["AttachableResponse"]
    assert fetch(member["Attachable"]["TempDownloadUri"]).content == b"hello"


def test_9_5_metadata_and_answer_may_be_xml(shop: Shop) -> None:
    note = "<Attachable xmlns='http://schema.intuit.com/finance/v3'><Note>from the shop</Note></Attachable>"
    answer = upload(
        shop.company,
        {
            "file_metadata_01": (None, note, "application/xml"),
            "file_content_01": ("a.txt", b"x", "text/plain"),
        },
        accept="application/xml",
    )
    assert "<AttachableResponse><Attachable" in answer.text
    assert "<Note>from the shop</Note>" in answer.text


def test_9_5_a_deleted_attachable_takes_its_file_along(shop: Shop) -> None:
    made = attached(shop)
    shop.company.api("POST", "attachable?operation=delete", made)
    assert fetch(made["TempDownloadUri"]).status_code == 404
    assert shop.company.call("GET", f"download/{made['Id']}").code == "610"


def test_9_5_a_note_has_nothing_to_download(company: EmulatorCompany) -> None:
    note = company.create("Attachable", {"Note": "only words"})
    assert "TempDownloadUri" not in note
    assert company.call("GET", f"download/{note['Id']}").code == "610"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"file_metadata_01": (None, "{}", "application/json")}, "2020"),
        (
            {"file_content_01": ("a.txt", b"x!", "text/plain", {"Content-Transfer-Encoding": "base64"})},
            "2010",
        ),
        (
            {
                "file_metadata_01": (None, "{", "application/json"),
                "file_content_01": ("a.txt", b"x", "text/plain"),
            },
            "2010",
        ),
    ],
)
def test_9_5_what_is_not_an_upload_is_refused(
    company: EmulatorCompany, parts: Mapping[str, tuple[object, ...]], code: str
) -> None:
    assert upload(company, parts).json()["Fault"]["Error"][0]["code"] == code


def test_9_5_a_json_body_is_no_upload(company: EmulatorCompany) -> None:
    assert company.call("POST", "upload", {"Note": "x"}).code == "2020"
